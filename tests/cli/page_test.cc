// On the smallest window the parent at the bedside must see which alarms are open, and what was
// left out for want of room must be told.
#include "gateway/cli/page.h"

#include <gmock/gmock.h>

#include <sstream>

namespace lamplight::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> rows_of(const std::string& text) {
  std::vector<std::string> rows;
  std::istringstream in(text);
  for (std::string row; std::getline(in, row);) rows.push_back(row);
  return rows;
}

size_t width_of(const std::string& row) {
  size_t width = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '\x1b')
      i = row.find('m', i);
    else
      width += (static_cast<uint8_t>(row[i]) & 0xc0U) != 0x80 ? 1U : 0U;
  }
  return width;
}

Readouts a_night(int alarms, int readings) {
  Readouts r;
  r.status = R"({"home":"h-1","open":)" + std::to_string(alarms) + R"(,"audible":1,"record":"ok",
    "broker":"up","notice":"Secondary notification; stay within hearing of the bedside devices.",
    "lanes":{"alarm":{"newest":5,"durable":5}}})";
  r.alarms = R"({"alarms":[)";
  for (int i = 1; i <= alarms; ++i) {
    r.alarms += std::string(i > 1 ? "," : "") + R"({"occurrence":)" + std::to_string(i) +
                R"(,"priority":"high","title":"Breathing circuit disconnected","audible":true,
      "condition":"raised","signal":"on","raised_at":"2026-03-02T02:14:08.250Z","age_ms":4000,
      "do":"Follow the tube from the machine to Mia and reconnect it."})";
  }
  r.alarms += "]}";
  r.vitals = R"({"vitals":[)";
  for (int i = 1; i <= readings; ++i) {
    r.vitals += std::string(i > 1 ? "," : "") + R"({"signal":"ventilator.s)" + std::to_string(i) +
                R"(","value":1,"unit":"cmH2O","quality":"ok","age_ms":400})";
  }
  r.vitals += "]}";
  r.links = R"({"links":[{"name":"oxi","driver":"masimo","state":"running","for_ms":1},
                         {"name":"pump","driver":"modbus","state":"waiting","for_ms":1}]})";
  r.devices = R"({"devices":[{"device":"ox1","role":"oximeter","link":"up"}]})";
  return r;
}

std::string shown(const Readouts& r, Window window, bool colour = false) {
  return fitted(page_of(r, {colour}), window);
}

TEST(Page, AWindowWithoutEndShowsEverything) {
  const std::string page = shown(a_night(2, 40), {});
  for (const char* word : {"#1", "#2", "-> Follow", "ventilator.s40", "LINKS", "RECORD"}) {
    EXPECT_THAT(page, HasSubstr(word));
  }
  EXPECT_THAT(page, Not(HasSubstr("more line")));
}

TEST(Page, NoWindowIsOverrunAndEveryOpenAlarmIsNamed) {
  for (const size_t columns : {40U, 60U, 80U, 200U}) {
    for (const size_t rows : {12U, 24U, 50U}) {
      for (const int alarms : {0, 1, 3}) {
        const std::string page = shown(a_night(alarms, 40), {columns, rows}, true);
        const auto all = rows_of(page);
        EXPECT_LE(all.size(), rows) << columns << "x" << rows << "\n" << page;
        for (const std::string& row : all) EXPECT_LE(width_of(row), columns) << row;
        for (int i = 1; i <= alarms; ++i) EXPECT_THAT(page, HasSubstr("#" + std::to_string(i)));
        EXPECT_THAT(page, HasSubstr("more line")) << page;
      }
    }
  }
}

TEST(Page, ASmallWindowKeepsTheAlarmWithWhatToDoAndTellsWhatWent) {
  const std::string page = shown(a_night(1, 40), {40, 12});
  EXPECT_THAT(page, HasSubstr("Breathing circuit"));
  EXPECT_THAT(page, HasSubstr("-> Follow the tube"));
  EXPECT_THAT(page, HasSubstr("Secondary notification"));
  EXPECT_THAT(page, HasSubstr("make the window taller"));
  EXPECT_THAT(page, Not(HasSubstr("alarms too")));
}

TEST(Page, ThatNothingSoundsAtHomeOutlastsTheReadings) {
  Readouts night = a_night(1, 40);
  night.status.pop_back();
  night.status += R"(,"sounder":{"connected":0,"heard_ms":0,"trouble":""}})";
  EXPECT_THAT(shown(night, {40, 12}), HasSubstr("no sounder is connected"));
}

TEST(Page, LinksInTroubleOutlastReadingsAndReadingsOutlastTheRecord) {
  const std::string page = shown(a_night(1, 40), {80, 24});
  EXPECT_THAT(page, HasSubstr("pump"));
  EXPECT_THAT(page, HasSubstr("ventilator.s1 "));
  EXPECT_THAT(page, Not(HasSubstr("RECORD")));
}

TEST(Page, WhatIsLeftOutIsCountedExactly) {
  const Readouts night = a_night(1, 40);
  size_t lines = 0;
  for (const std::string& row : rows_of(shown(night, {}))) {
    lines += !row.empty() && row != "ALARMS" ? 1U : 0U;
  }
  const auto rows = rows_of(shown(night, {200, 12}));
  size_t left = 0;
  for (const std::string& row : rows) left += !row.empty() && row != "ALARMS" ? 1U : 0U;
  EXPECT_THAT(rows.back(), HasSubstr("… " + std::to_string(lines - (left - 1)) + " more lines"));
}

TEST(Page, WhatIsOverStandsBelowUnboldWithItsStateAndHidesNeitherAlarmNorReadings) {
  // At 3 a.m. one alarm rings, and seven of the night are over.
  Readouts night = a_night(1, 40);
  std::string over;
  for (int i = 11; i <= 17; ++i) {
    over += R"({"occurrence":)" + std::to_string(i) + R"(,"priority":"high","condition":"idle",
      "title":"Oxygen low","raised_at":"2026-03-02T01:14:08.250Z","age_ms":3600000,
      "do":"Look at Mia first."},)";
  }
  night.alarms.insert(night.alarms.find('[') + 1, over);
  const std::string page = shown(night, {80, 24}, true);
  const auto rows = rows_of(page);
  EXPECT_LE(rows.size(), 24U) << page;
  EXPECT_THAT(page, HasSubstr("Breathing circuit disconnected: rings"));
  EXPECT_THAT(page, HasSubstr("-> Follow the tube"));
  EXPECT_THAT(page, HasSubstr("ventilator.s1 "));
  EXPECT_THAT(page, HasSubstr("pump"));
  EXPECT_LT(page.find("#1 "), page.find("#11"));
  for (const std::string& row : rows) {
    const bool is_over = row.find("Oxygen low") != std::string::npos;
    if (is_over) {
      EXPECT_THAT(row, testing::EndsWith("over, not yet acknowledged"));
    }
    EXPECT_FALSE(is_over && row.find('\x1b') != std::string::npos) << row;
  }
  EXPECT_THAT(shown(night, {}), HasSubstr("raised 01:14:08 UTC, 1 h ago"));
}

TEST(Page, OneReadingWithAValueOutlastsWhatIsSaidOfManyAlarms) {
  Readouts night = a_night(9, 3);
  night.vitals.insert(night.vitals.find('[') + 1,
                      R"({"signal":"oximeter.spo2","value":null,"quality":"missing",
                         "reason":"probe_off","age_ms":1},)");
  const std::string page = shown(night, {80, 16});
  EXPECT_THAT(page, HasSubstr("ventilator.s1 "));
  EXPECT_THAT(page, Not(HasSubstr("oximeter.spo2")));
  for (int i = 1; i <= 9; ++i) EXPECT_THAT(page, HasSubstr("#" + std::to_string(i)));
}

TEST(Page, AlarmsThatDoNotFitAreSaidToBeLeftOut) {
  const std::string page = shown(a_night(30, 3), {80, 12});
  EXPECT_LE(rows_of(page).size(), 12U);
  EXPECT_THAT(page, HasSubstr("30 alarms open"));
  EXPECT_THAT(page, HasSubstr("#1 "));
  EXPECT_THAT(page, HasSubstr("of alarms too"));
}

}  // namespace
}  // namespace lamplight::cli
