// A clinical engineer changes a limit on the strength of these figures. So each is checked on
// nights that were written by hand, where the answer can be counted on fingers.
#include <gtest/gtest.h>

#include <cstdlib>

#include "rules/language/compile.h"
#include "rules/model/rfc3339.h"
#include "rules/replay/csv_recording.h"
#include "rules/replay/whatif/report.h"

namespace lamplight::replay {
namespace {

constexpr const char* kRules =
    "rules 1 \"whatif\"\n"
    "roles nurse\n"
    "signal spo2 : percent from oximeter.spo2 step 0.1 range 0..100 every 1 s stale after 5 s\n"
    "limit spo2_low = 90 percent allowed 80..95 by nurse\n"
    "limit spo2_delay = 5 s allowed 0..30 by nurse\n"
    "alarm oxygen_low \"Oxygen low\"\n"
    "  severity irreversible onset prompt\n"
    "  when spo2 < spo2_low for spo2_delay\n"
    "  clear when spo2 >= spo2_low + 2 percent for 5 s\nend\n"
    "alarm crash \"Oxygen very low\"\n"
    "  severity irreversible onset immediate\n  never inhibited\n"
    "  when spo2 < 80 percent for 2 s\n  clear when spo2 >= 85 percent for 5 s\nend\n"
    "lost spo2 for 20 s: severity reversible onset prompt \"gone\"\n";

engine::Program program_of(const std::string& plan = {}, const std::string& rules = kRules) {
  const rules::SourceText source{"whatif.rules", rules};
  const rules::SourceText plan_text{"x.plan", "plan 1 for \"A\" rules 1 \"whatif\"\n" + plan};
  rules::CompileOptions options;
  options.catalogue = false;
  options.policy = false;
  auto result = rules::compile({&source, 1}, plan.empty() ? nullptr : &plan_text, options);
  EXPECT_TRUE(result.compiled) << rules::render(result.diagnostics.front());
  return std::move(result.compiled->program);
}

std::string set(const std::string& limit, const std::string& value) {
  return limit + " = " + value + " by \"nurse B\" on 2026-03-02 because \"trial\"\n";
}

// 97 every second, but for the dips.
struct Dip {
  int at;
  int length;
  std::string cell;
};
std::string csv_of(int length, const std::vector<Dip>& dips) {
  std::string csv = "t,spo2\n";
  for (int t = 0; t < length; ++t) {
    std::string cell = "97";
    for (const Dip& d : dips) {
      if (t >= d.at && t < d.at + d.length) cell = d.cell;
    }
    csv += std::to_string(t) + "," + cell + "\n";
  }
  return csv;
}

// 21:00 UTC on the first row; the household sleeps from row 3600 on.
constexpr const char* kWall = "2026-03-02T21:00:00Z";
constexpr int kNight = 3600;

class WhatIf {
 public:
  WhatIf(const std::string& csv, engine::Program old_program, engine::Program new_program)
      : old_(std::move(old_program)), new_(std::move(new_program)) {
    const int64_t wall = parse_rfc3339(kWall).value();
    const auto record = [&](const engine::Program& program) {
      auto read = record_csv(program, csv, {}, [&](int64_t start) {
        return std::optional<ProfileClock>(std::in_place, program, utc_time, start, wall);
      });
      EXPECT_TRUE(read.errors.empty()) << read.errors.front().what;
      return std::move(read.recording);
    };
    before_ = record(old_);
    after_ = record(new_);
    old_found_ = evaluate(old_, before_, old_cache_);
    new_found_ = evaluate(new_, after_, cache_);
    old_episodes_ = episodes_of(old_, before_, old_found_.outcome);
    new_episodes_ = episodes_of(new_, after_, new_found_.outcome);
    calendar_ = {wall - before_.start, utc_time};
    nights_ = nights_of(calendar_, before_.start, before_.end);
  }
  Side old_side() const { return {old_, old_found_.outcome, old_episodes_}; }
  Side new_side() const { return {new_, new_found_.outcome, new_episodes_}; }
  Comparison compared() const { return compare(old_side(), new_side()); }
  Summary old_summary() const { return summarise(old_episodes_, nights_); }
  Summary new_summary() const { return summarise(new_episodes_, nights_); }
  Sweep swept(const std::vector<std::string>& texts) {
    std::vector<Axis> axes;
    for (const std::string& text : texts) axes.push_back(*parse_axis(new_, text));
    auto done = sweep({old_side(), new_, after_, nights_, axes, {}}, cache_);
    EXPECT_TRUE(done) << done.error();
    return *done;
  }
  Report report() {
    Report r{.source = "made <by> hand",
             .calendar = calendar_,
             .nights = nights_,
             .before = {"a.rules", "", old_, before_, old_found_, old_episodes_, old_summary()},
             .after = {"a.rules", "b.plan", new_, after_, new_found_, new_episodes_, new_summary()},
             .watched = watched(new_, after_),
             .comparison = compared()};
    return r;
  }
  const Recording& recording() const { return after_; }

 private:
  engine::Program old_, new_;
  Recording before_, after_;
  AtomCache old_cache_, cache_;
  Evaluated old_found_, new_found_;
  std::vector<Episode> old_episodes_, new_episodes_;
  Calendar calendar_;
  std::vector<Night> nights_;
};

const std::vector<Dip> kDips = {{100, 7, "88"},              // while awake, 7 s
                                {kNight + 100, 20, "87.5"},  // asleep, 20 s
                                {kNight + 400, 8, "86"},     // asleep, 8 s
                                {kNight + 700, 4, "85"}};    // too short for either

TEST(WhatIfTest, CountsWhatVanishesWhatComesLaterAndTheSecondsNobodyWouldBeTold) {
  WhatIf w(csv_of(kNight + 1000, kDips), program_of(), program_of(set("spo2_delay", "10 s")));
  const Comparison c = w.compared();
  const AlarmChange& low = c.alarms[0];
  EXPECT_EQ(low.id, "oxygen_low");
  EXPECT_EQ(low.title, "Oxygen low");
  EXPECT_EQ(low.old_count, 3U);
  EXPECT_EQ(low.new_count, 1U);
  EXPECT_EQ(low.vanished, 2U);
  EXPECT_EQ(low.appeared, 0U);
  EXPECT_EQ(low.later.count, 1U);
  EXPECT_EQ(low.later.min_ns, seconds(5).ns);
  EXPECT_EQ(low.later.max_ns, seconds(5).ns);
  EXPECT_EQ(low.earlier.count, 0U);
  // 7 s less the 5 of the old delay, 8 less 5, and 5 s of the one that comes later.
  EXPECT_EQ(low.unannounced_ns, seconds(2 + 3 + 5).ns);
  EXPECT_EQ(c.unannounced_ns, seconds(10).ns);
  EXPECT_EQ(c.unannounced_covered_ns, 0);
  ASSERT_EQ(c.vanished.size(), 2U);
  EXPECT_EQ(c.vanished[0].episode.true_ns, seconds(8).ns);  // longest first
  EXPECT_EQ(c.vanished[0].worst, "86 percent");
  EXPECT_EQ(c.vanished[0].episode.since, seconds(kNight + 400).ns);
  EXPECT_EQ(c.vanished[0].episode.raised, seconds(kNight + 405).ns);
  EXPECT_EQ(c.vanished[1].worst, "88 percent");

  const Summary old_summary = w.old_summary();
  EXPECT_EQ(old_summary.alarms, 3U);
  EXPECT_EQ(old_summary.alarms_at_night, 2U);
  EXPECT_EQ(old_summary.times_woken, 2U);
  EXPECT_EQ(old_summary.nights_woken, 1U);
  EXPECT_EQ(old_summary.nights_with_high, 1U);
  EXPECT_EQ(w.new_summary().times_woken, 1U);
  // Raised 5 s into each dip, cleared 5 s after it: 7, 20 and 8 s in alarm.
  EXPECT_EQ(old_summary.in_alarm_ns, seconds(7 + 20 + 8).ns);
}

TEST(WhatIfTest, ALowerLimitHidesTheSecondsBetweenTheTwo) {
  WhatIf w(csv_of(2000, {{100, 30, "87"}, {500, 30, "84"}}), program_of(),
           program_of(set("spo2_low", "85 percent")));
  const Comparison c = w.compared();
  EXPECT_EQ(c.alarms[0].vanished, 1U);
  EXPECT_EQ(c.alarms[0].later.count, 0U) << "both fell below in the same second";
  EXPECT_EQ(c.unannounced_ns, seconds(25).ns);
}

TEST(WhatIfTest, WhatAppearsIsNoSuccessEither) {
  WhatIf w(csv_of(2000, {{100, 30, "91"}}), program_of(),
           program_of(set("spo2_low", "92 percent") + set("spo2_delay", "0 s")));
  const Comparison c = w.compared();
  EXPECT_EQ(c.alarms[0].appeared, 1U);
  EXPECT_EQ(c.alarms[0].vanished, 0U);
  EXPECT_EQ(c.unannounced_ns, 0);
  ASSERT_EQ(c.appeared.size(), 1U);
  EXPECT_EQ(c.appeared[0].worst, "91 percent");
}

TEST(WhatIfTest, AnotherAlarmThatRingsMeanwhileIsSaidBesideIt) {
  WhatIf w(csv_of(2000, {{100, 20, "75"}}), program_of(), program_of(set("spo2_delay", "30 s")));
  const Comparison c = w.compared();
  EXPECT_EQ(c.alarms[0].vanished, 1U);
  EXPECT_EQ(c.unannounced_ns, seconds(15).ns);
  EXPECT_EQ(c.unannounced_covered_ns, seconds(15).ns);
}

// `low` at 85 from 12 s to 20 s, `other` from 10 s to 20 s.
const std::string kTwo =
    "rules 1 \"whatif\"\n"
    "signal spo2 : percent from oximeter.spo2 step 1 range 0..100 every 1 s stale after 5 s\n"
    "alarm low \"Low\" severity irreversible onset prompt\n"
    "  when spo2 < 90 percent for 2 s\n  clear when spo2 >= 90 percent\nend\n"
    "alarm other \"Other\" severity irreversible onset prompt\n"
    "  when spo2 < 95 percent\n  clear when spo2 >= 95 percent\nend\n";

std::string changed(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

WhatIf two(const std::string& before, const std::string& after) {
  return {csv_of(60, {{10, 10, "85"}}), program_of({}, before), program_of({}, after)};
}

TEST(WhatIfTest, AnAlarmThatIsHeldBackAnnouncesNothing) {
  const Comparison c = two(kTwo, kTwo + "inhibit other while low\n").compared();
  EXPECT_EQ(c.alarms[1].unannounced_ns, seconds(8).ns);
  EXPECT_EQ(c.unannounced_ns, seconds(8).ns);
  EXPECT_EQ(c.unannounced_covered_ns, seconds(8).ns) << "low rings meanwhile";
  const std::string none = changed(kTwo, "spo2 < 90 percent", "spo2 < 50 percent");
  const Comparison d =
      two(kTwo, none + "inhibit other while spo2 < 92 percent at most 1 h\n").compared();
  EXPECT_EQ(d.alarms[0].unannounced_ns, seconds(8).ns);
  EXPECT_EQ(d.alarms[0].unannounced_covered_ns, 0) << "other is held back";
}

TEST(WhatIfTest, WhatTheOldRulesHeldBackIsNotLostByTheNewOnes) {
  const std::string held = kTwo + "inhibit other while low\n";
  EXPECT_EQ(two(held, held).compared().unannounced_ns, 0);
  const std::string later = changed(held, "spo2 < 95 percent\n", "spo2 < 95 percent for 60 s\n");
  EXPECT_EQ(two(held, later).compared().unannounced_ns, seconds(2).ns) << "until low rings";
}

TEST(WhatIfTest, AnInfoAnnouncesNothing) {
  const std::string info =
      changed(kTwo, "severity irreversible onset prompt", "severity minor onset delayed");
  const Comparison c = two(kTwo, info).compared();
  EXPECT_EQ(c.alarms[0].unannounced_ns, seconds(8).ns);
  EXPECT_EQ(c.alarms[0].vanished, 0U);
  EXPECT_EQ(two(info, kTwo).compared().unannounced_ns, 0);
}

TEST(WhatIfTest, NothingComesLaterWhileANewEpisodeIsOpen) {
  const std::string rules =
      "rules 1 \"whatif\"\n"
      "signal spo2 : percent from oximeter.spo2 step 1 range 0..100 every 1 s stale after 5 s\n"
      "alarm low \"Low\" severity irreversible onset prompt\n";
  const std::string before =
      rules + "  when spo2 < 90 percent\n  clear when spo2 >= 90 percent\nend\n";
  const std::string after =
      rules + "  when spo2 < 80 percent\n  clear when spo2 >= 85 percent for 3 s\nend\n";
  // Old: 100 to 110 and 112 to 140. New: 100 to 113 and 130 to 143.
  const Comparison c = WhatIf(csv_of(200, {{100, 10, "75"}, {112, 18, "87"}, {130, 10, "75"}}),
                              program_of({}, before), program_of({}, after))
                           .compared();
  EXPECT_EQ(c.alarms[0].old_count, 2U);
  EXPECT_EQ(c.alarms[0].new_count, 2U);
  EXPECT_EQ(c.alarms[0].vanished + c.alarms[0].appeared + c.alarms[0].split, 0U);
  EXPECT_EQ(c.alarms[0].later.count, 0U);
  EXPECT_EQ(c.unannounced_ns, seconds(17).ns);
}

TEST(WhatIfTest, EqualRulesChangeNothing) {
  WhatIf w(csv_of(kNight + 1000, kDips), program_of(), program_of());
  const Comparison c = w.compared();
  EXPECT_TRUE(c.vanished.empty());
  EXPECT_TRUE(c.appeared.empty());
  EXPECT_EQ(c.unannounced_ns, 0);
  EXPECT_EQ(c.alarms[0].later.count + c.alarms[0].earlier.count, 0U);
}

TEST(WhatIfTest, TheHoursOfDataStandBesideTheFigures) {
  WhatIf w(csv_of(1001, {{200, 300, "probe_off"}}), program_of(), program_of());
  const auto known = watched(program_of(), w.recording());
  ASSERT_EQ(known.size(), 1U);
  EXPECT_EQ(known[0].known_ns, seconds(700).ns);
  EXPECT_NE(report_text(w.report(), {}).find("unknown 300 s"), std::string::npos)
      << report_text(w.report(), {});
}

// ---- sweeps

TEST(SweepTest, EachCellSaysWhatThatPlanWouldHaveSaid) {
  WhatIf w(csv_of(kNight + 1000, kDips), program_of(), program_of());
  const Sweep s = w.swept({"spo2_low=84..92/2", "spo2_delay=0s..20s/5s"});
  ASSERT_EQ(s.cells.size(), 5U * 5U);
  EXPECT_EQ(s.alarms, (std::vector<std::string>{"oxygen_low"}));
  for (size_t i = 0; i < s.cells.size(); ++i) {
    const std::string low = s.axes[0].labels[i / 5];
    const std::string delay = s.axes[1].labels[i % 5];
    WhatIf one(csv_of(kNight + 1000, kDips), program_of(),
               program_of(set("spo2_low", low) + set("spo2_delay", delay)));
    const Comparison c = one.compared();
    EXPECT_EQ(s.cells[i].summary.alarms, c.alarms[0].new_count) << low << " " << delay;
    EXPECT_EQ(s.cells[i].unannounced_ns, c.alarms[0].unannounced_ns) << low << " " << delay;
  }
}

TEST(SweepTest, DelayIsTheForOfTheAlarmsThatReadTheLimit) {
  WhatIf w(csv_of(kNight + 1000, kDips), program_of(), program_of());
  const Sweep by_name = w.swept({"spo2_low=88,90", "delay=0s..20s/5s"});
  const Sweep by_limit = w.swept({"spo2_low=88,90", "spo2_delay=0s..20s/5s"});
  ASSERT_EQ(by_name.cells.size(), by_limit.cells.size());
  EXPECT_EQ(by_name.alarms, by_limit.alarms);
  for (size_t i = 0; i < by_name.cells.size(); ++i) {
    EXPECT_EQ(by_name.cells[i].summary.alarms, by_limit.cells[i].summary.alarms);
    EXPECT_EQ(by_name.cells[i].unannounced_ns, by_limit.cells[i].unannounced_ns);
  }
  // Alone, it is every alarm that waits.
  const Sweep alone = w.swept({"delay=0s..20s/5s"});
  EXPECT_EQ(alone.alarms, (std::vector<std::string>{"oxygen_low", "crash"}));
}

TEST(SweepTest, ASweptLimitHoldsByNightToo) {
  std::string rules = kRules;
  rules.replace(rules.find("80..95 by nurse"), 15, "80..95 by nurse at night 85 percent");
  rules.insert(rules.find("limit"), "profile night = 22:00..06:00\n");
  const auto csv = csv_of(kNight + 1000, kDips);
  WhatIf w(csv, program_of({}, rules), program_of({}, rules));
  EXPECT_EQ(w.old_summary().alarms_at_night, 0U);
  EXPECT_EQ(w.swept({"spo2_low=90"}).cells[0].summary.alarms_at_night, 2U);
}

TEST(SweepTest, WhatCannotBeSweptIsToldWithWhatCan) {
  const engine::Program program = program_of();
  const auto why = [&](const std::string& text) {
    const auto axis = parse_axis(program, text);
    return axis ? std::string("accepted") : axis.error();
  };
  EXPECT_NE(why("spo2_lo=84..94").find("spo2_low, spo2_delay"), std::string::npos);
  EXPECT_NE(why("spo2_low").find("NAME=FROM..TO"), std::string::npos);
  EXPECT_NE(why("spo2_low=70..94").find("80 percent to 95 percent"), std::string::npos);
  EXPECT_NE(why("spo2_low=94..84").find("ends before"), std::string::npos);
  EXPECT_NE(why("spo2_low=84..x").find("no number"), std::string::npos);
  EXPECT_NE(why("spo2_low=84s..94s").find("percent"), std::string::npos);
  EXPECT_NE(why("spo2_low=84..94/0.01").find("finer"), std::string::npos);
  EXPECT_NE(why("spo2_low=84..94/0").find("more than 0"), std::string::npos);
  EXPECT_NE(why("spo2_low=84..94/0.1").find("more than 100"), std::string::npos);
  EXPECT_NE(why("delay=0s..90000s").find("outside"), std::string::npos);
  EXPECT_NE(why("spo2_low=1e308").find("1e308"), std::string::npos);
  EXPECT_NE(why("spo2_low=NaN").find("no number"), std::string::npos);
  EXPECT_EQ(why("spo2_low=84..94"), "accepted");
  EXPECT_EQ(parse_axis(program, "spo2_low=84..94")->values.size(), 21U);
  EXPECT_EQ(parse_axis(program, "spo2_low=84..85")->labels.at(1), "84.1 percent");
  EXPECT_EQ(parse_axis(program, "delay=0s..30s/5s")->labels.back(), "30 s");
  EXPECT_EQ(parse_axis(program, "delay=500ms,1.5s,1min")->labels,
            (std::vector<std::string>{"0.5 s", "1.5 s", "60 s"}));
}

// ---- nights

TEST(Nights, AreNamedByTheirEveningAndCountedInRecordedHours) {
  const int64_t wall = parse_rfc3339("2026-03-01T12:00:00Z").value();
  const Calendar calendar{wall, utc_time};
  const auto nights = nights_of(calendar, 0, hours(48).ns);
  ASSERT_EQ(nights.size(), 2U);
  EXPECT_EQ(nights[0].evening, "2026-03-01");
  EXPECT_EQ(nights[0].from, hours(10).ns);
  EXPECT_EQ(nights[0].to, hours(18).ns);
  EXPECT_EQ(night_count(nights), 2.0);
  EXPECT_FALSE(night_at(nights, hours(10).ns - 1));
  EXPECT_EQ(night_at(nights, hours(10).ns), 0U);
  EXPECT_EQ(night_at(nights, hours(34).ns), 1U);
  EXPECT_FALSE(night_at(nights, hours(18).ns));
  EXPECT_EQ(calendar.label(hours(10).ns + seconds(61).ns), "2026-03-01 22:01:01");
  // Begun in the small hours: the night belongs to the evening before.
  const auto late = nights_of({wall + hours(13).ns, utc_time}, 0, hours(2).ns);
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(late[0].evening, "2026-03-01");
}

// A box that learnt the time late, or wrongly first, told nights where there were none.
TEST(Nights, FollowTheWallWhereTheClockWasSet) {
  const int64_t noon = parse_rfc3339("2026-03-01T12:00:00Z").value();
  Calendar calendar{{}, utc_time};
  calendar.wall.set(hours(9).ns, noon);                 // 21:00, and not known before
  calendar.wall.set(hours(11).ns, noon + hours(1).ns);  // 23:00 is 24:00
  calendar.wall.set(hours(20).ns, std::nullopt);        // 09:00, then nobody knows
  EXPECT_EQ(calendar.label(hours(8).ns), "28800 s");
  EXPECT_EQ(calendar.label(hours(9).ns), "2026-03-01 21:00:00");
  EXPECT_EQ(calendar.label(hours(11).ns), "2026-03-02 00:00:00");
  const auto nights = nights_of(calendar, 0, hours(48).ns);
  ASSERT_EQ(nights.size(), 1U);
  EXPECT_EQ(nights[0].evening, "2026-03-01");
  EXPECT_EQ(nights[0].from, hours(10).ns);
  EXPECT_EQ(nights[0].to, hours(17).ns);
  EXPECT_EQ(calendar.wall.unset_ns(0, hours(48).ns), hours(9 + 28).ns);
  // An earlier change takes effect where the later one did.
  calendar.wall.set(hours(19).ns, noon);
  EXPECT_EQ(calendar.wall.at(hours(20).ns), noon);
  EXPECT_EQ(calendar.wall.at(hours(19).ns), noon + hours(1).ns);
}

TEST(Nights, KnowTheDateInAnyZone) {
  for (const int offset : {-12, -8, 0, 1, 9, 13, 14}) {
    const Calendar calendar{0, [&](int64_t unix) { return utc_time(unix + offset * 3600); }};
    for (int64_t day = 20'000; day < 20'010; ++day) {
      for (const int hour : {0, 5, 12, 23}) {
        const int64_t local = day * 86'400 + hour * 3600;
        ASSERT_EQ(calendar.local_day(local - offset * 3600), day) << offset << " " << hour;
      }
    }
  }
  EXPECT_EQ(date_of(0), "1970-01-01");
  EXPECT_EQ(date_of(20'513), "2026-03-01");
  EXPECT_EQ(date_of(19'782), "2024-02-29");
}

TEST(Nights, WithoutAClockThereAreNone) {
  EXPECT_TRUE(nights_of({}, 0, hours(48).ns).empty());
  EXPECT_EQ(Calendar{}.label(seconds(12).ns), "12 s");
}

// ---- the three writers

TEST(Page, IsOneFileThatNeedsNoOther) {
  WhatIf w(csv_of(kNight + 1000, kDips), program_of(), program_of(set("spo2_delay", "10 s")));
  Report report = w.report();
  report.sweep = w.swept({"spo2_low=84..92/2", "delay=0s..20s/5s"});
  report.notes.push_back("a <script> that somebody wrote");
  const std::string page = report_html(report);
  for (const char* banned : {"<script", "http", "src=", "href", "@import", "url("}) {
    EXPECT_EQ(page.find(banned), std::string::npos) << banned;
  }
  EXPECT_NE(page.find("made &lt;by&gt; hand"), std::string::npos);
  for (const char* must : {"<svg", "aria-label", "Night by night", "The whole time",
                           "Sweep:", "oxygen_low", "2026-03-02 22:06:45", "86 percent"}) {
    EXPECT_NE(page.find(must), std::string::npos) << must;
  }
  const auto count = [&](const std::string& what) {
    size_t n = 0;
    for (size_t at = page.find(what); at != std::string::npos; at = page.find(what, at + 1)) ++n;
    return n;
  };
  EXPECT_EQ(count("<svg"), count("</svg>"));
  EXPECT_EQ(count("<table>"), count("</table>"));
  EXPECT_EQ(count("<figure>"), 2U);        // both that vanish
  EXPECT_EQ(count("fill=\"#"), 2U * 25U);  // two maps of 25 cells
}

TEST(Notes, SayThatNobodyPressesOrAcknowledgesWhereItMatters) {
  const std::string plain = kRules;
  const std::string button = plain + "button care : lasts at most 3 min\n";
  std::string latch = plain;
  latch.insert(latch.find("  never inhibited"), "  latch until acknowledged\n");
  EXPECT_FALSE(note_of_hands(program_of(), program_of()));
  const std::string start = "presses and acknowledgements are not repeated here:";
  const std::string counts = " an alarm held back by a button counts (care)";
  const std::string stays = " what latches is never reset (crash)";
  EXPECT_EQ(note_of_hands(program_of({}, button), program_of()), start + counts);
  EXPECT_EQ(note_of_hands(program_of(), program_of({}, latch)), start + stays);
  EXPECT_EQ(note_of_hands(program_of({}, latch), program_of({}, button)),
            start + counts + "," + stays);
  WhatIf w(csv_of(100, {}), program_of({}, latch), program_of({}, button));
  Report report = w.report();
  report.notes.push_back(*note_of_hands(report.before.program, report.after.program));
  for (const std::string& told :
       {report_text(report, {}), report_json(report), report_html(report)}) {
    EXPECT_NE(told.find(start + counts + "," + stays), std::string::npos) << told;
  }
}

TEST(Table, StaysWithinAHundredColumnsAndSaysTheWorstFirst) {
  WhatIf w(csv_of(kNight + 1000, kDips), program_of(), program_of(set("spo2_delay", "10 s")));
  Report report = w.report();
  const std::string text = report_text(report, {.rows = 1});
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    EXPECT_LE(end - at, 100U) << text.substr(at, end - at);
    at = end + 1;
  }
  EXPECT_NE(text.find("beyond its old limit: 10 s"), std::string::npos) << text;
  EXPECT_NE(text.find("and 1 more"), std::string::npos) << text;
}

TEST(Episodes, KnowHowLongTheyWereUnconfirmedAndHeldBack) {
  const std::string rules =
      "rules 1 \"whatif\"\n"
      "signal spo2 : percent from oximeter.spo2 step 1 range 0..100 every 1 s stale after 5 s\n"
      "alarm low \"Low\" severity irreversible onset prompt\n"
      "  when spo2 < 90 percent for 2 s\n  clear when spo2 >= 90 percent\nend\n"
      "alarm other \"Other\" severity reversible onset prompt\n"
      "  when spo2 < 95 percent\n  clear when spo2 >= 95 percent\nend\n"
      "inhibit other while low\n";
  const auto csv = csv_of(60, {{10, 10, "85"}, {20, 5, "probe_off"}, {25, 5, "85"}});
  const WhatIf w(csv, program_of({}, rules), program_of({}, rules));
  ASSERT_EQ(w.old_side().episodes.size(), 2U);
  const Episode& other = w.old_side().episodes[0];
  const Episode& low = w.old_side().episodes[1];
  EXPECT_EQ(low.since, seconds(10).ns);
  EXPECT_EQ(low.raised, seconds(12).ns);
  EXPECT_EQ(low.ended, seconds(30).ns);
  EXPECT_EQ(low.unconfirmed_ns, seconds(5).ns);
  EXPECT_EQ(low.true_ns, seconds(15).ns);
  EXPECT_EQ(low.worst, 85);
  // Quiet while the root cause rings and is confirmed; then the lease needs a false one to begin.
  EXPECT_EQ(other.inhibited_ns, seconds(8).ns);
  EXPECT_EQ(other.sounds, (std::vector<int64_t>{seconds(10).ns, seconds(20).ns}))
      << "it is heard again when the lease ends";
}

}  // namespace
}  // namespace lamplight::replay
