// Every row of the command contract: what a care team may say, and the one word that answers it.
#include "gateway/core/command.h"

#include <gtest/gtest.h>

#include "tests/core/house.h"

namespace lamplight::core {
namespace {

Json acknowledge(const std::string& id) {
  return {{"v", 1},          {"id", id},           {"type", "acknowledge"},
          {"occurrence", 1}, {"store_id", "5f2c"}, {"actor", "n-204"},
          {"role", "nurse"}};
}

// A house with one open high alarm, occurrence 1, and a broker.
struct Open : House {
  Open() {
    boot();
    connect_both();
    spo2_for(97, 2);
    spo2_for(85, 12);
  }
  Json answer(const std::string& text, bool retained = false, bool too_large = false) {
    const size_t before = results().size();
    command(text, retained, too_large);
    const auto all = results();
    EXPECT_EQ(all.size(), before + 1) << "every command is answered once";
    return all.empty() ? Json() : all.back();
  }
};

struct Row {
  const char* what;
  std::string text;
  bool retained;
  bool too_large;
  Json id;
  const char* why;
  bool journaled;
};

template <class F>
std::string with(const char* id, F&& change) {
  Json c = acknowledge(id);
  change(c);
  return c.dump();
}

// What no reading can make a command of.
std::vector<Row> form_rows() {
  std::string huge = acknowledge("r-3").dump();
  huge.insert(huge.size() - 1, ",\"note\":\"" + std::string(17'000, 'x') + "\"");
  std::string deep = R"({"v":1,"id":"r-9","type":)" + std::string(5000, '[');
  return {
      {"retained", acknowledge("r-1").dump(), true, false, "r-1", "retained", false},
      {"garbage", "{]", false, false, nullptr, "malformed", false},
      {"not an object", "[1,2]", false, false, nullptr, "malformed", false},
      {"empty", "", false, false, nullptr, "malformed", false},
      {"deeply nested", deep, false, false, nullptr, "malformed", false},
      {"too large, seen by the uplink", "", false, true, nullptr, "too_large", false},
      {"too large", huge, false, false, nullptr, "too_large", false},
      {"no id", with("", [](Json& c) { c.erase("id"); }), false, false, nullptr, "malformed",
       false},
      {"id of 65 characters", with("x", [](Json& c) { c["id"] = std::string(65, 'x'); }), false,
       false, nullptr, "malformed", false},
      {"id is a number", with("x", [](Json& c) { c["id"] = 5; }), false, false, nullptr,
       "malformed", false},
      {"other version", with("r-4", [](Json& c) { c["v"] = 2; }), false, false, "r-4", "malformed",
       false},
      {"no type", with("r-5", [](Json& c) { c.erase("type"); }), false, false, "r-5", "malformed",
       false},
      {"unknown type", with("r-6", [](Json& c) { c["type"] = "open-the-pod-bay-doors"; }), false,
       false, "r-6", "unknown_type", false},
      {"no actor", with("r-7", [](Json& c) { c.erase("actor"); }), false, false, "r-7", "malformed",
       false},
      {"role of 24 bytes", with("r-30", [](Json& c) { c["role"] = std::string(24, 'x'); }), false,
       false, "r-30", "malformed", false},
      // Cut at 23 bytes it would end in half a character, and nobody could read the event.
      {"role with a character across the bound",
       with("r-31", [](Json& c) { c["role"] = std::string(22, 'x') + "\xC3\xA4rztin"; }), false,
       false, "r-31", "malformed", false},
      {"actor of 65 bytes", with("r-32", [](Json& c) { c["actor"] = std::string(65, 'x'); }), false,
       false, "r-32", "malformed", false},
      {"no occurrence", with("r-8", [](Json& c) { c.erase("occurrence"); }), false, false, "r-8",
       "malformed", false},
      {"negative occurrence", with("r-10", [](Json& c) { c["occurrence"] = -1; }), false, false,
       "r-10", "malformed", false},
      {"fractional occurrence", with("r-11", [](Json& c) { c["occurrence"] = 1.5; }), false, false,
       "r-11", "malformed", false},
      {"no store", with("r-12", [](Json& c) { c.erase("store_id"); }), false, false, "r-12",
       "malformed", false},
      {"bad date", with("r-13", [](Json& c) { c["expires_at"] = "tomorrow"; }), false, false,
       "r-13", "malformed", false},
      {"date before 1970", with("r-33", [](Json& c) { c["expires_at"] = "1969-12-31T23:59:59Z"; }),
       false, false, "r-33", "malformed", false},
      {"date after 2200", with("r-34", [](Json& c) { c["expires_at"] = "2201-01-01T00:00:00Z"; }),
       false, false, "r-34", "malformed", false},
      {"date with ten digits of a second",
       with("r-35", [](Json& c) { c["issued_at"] = "2026-01-01T00:00:00.1234567890Z"; }), false,
       false, "r-35", "malformed", false},
  };
}

// Well formed, but not to be done: a person's act, so it is journaled.
std::vector<Row> act_rows() {
  return {
      {"unknown occurrence", with("r-14", [](Json& c) { c["occurrence"] = 99; }), false, false,
       "r-14", "unknown_occurrence", true},
      {"other store", with("r-15", [](Json& c) { c["store_id"] = "dead"; }), false, false, "r-15",
       "other_store", true},
      {"expired", with("r-16", [](Json& c) { c["expires_at"] = "2020-01-01T00:00:00Z"; }), false,
       false, "r-16", "expired", true},
      {"accept", with("r-17", [](Json& c) { c["type"] = "accept"; }), false, false, "r-17",
       "unsupported", true},
      {"reject", with("r-18", [](Json& c) { c["type"] = "reject"; }), false, false, "r-18",
       "unsupported", true},
      {"withdraw", with("r-19", [](Json& c) { c["type"] = "withdraw"; }), false, false, "r-19",
       "unsupported", true},
      {"message", with("r-20", [](Json& c) { c["type"] = "message"; }), false, false, "r-20",
       "unsupported", true},
      {"set-plan", with("r-21", [](Json& c) { c["type"] = "set-plan"; }), false, false, "r-21",
       "unsupported", true},
      {"watch of nothing",
       with("r-22",
            [](Json& c) {
              c["type"] = "watch";
              c["device"] = "toaster";
            }),
       false, false, "r-22", "malformed", true},
      {"resend from seq 0",
       with("r-23",
            [](Json& c) {
              c["type"] = "resend-from";
              c["lane"] = "alarm";
              c["seq"] = 0;
            }),
       false, false, "r-23", "malformed", false},
      {"resend of the debug lane",
       with("r-24",
            [](Json& c) {
              c["type"] = "resend-from";
              c["lane"] = "debug";
              c["seq"] = 1;
            }),
       false, false, "r-24", "unsupported", true},
  };
}

TEST(Commands, EveryRowOfTheContractIsAnsweredAndChangesNothing) {
  // Whatever a network sends: one answer with its reason, and no alarm changes.
  Open house;
  const Json before = Json::parse(house.core->alarms_json(house.now, false))["alarms"];
  std::vector<Row> rows = form_rows();
  for (Row& row : act_rows()) rows.push_back(std::move(row));
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    const Json answer = house.answer(row.text, row.retained, row.too_large);
    EXPECT_EQ(answer["v"], 1);
    EXPECT_EQ(answer["id"], row.id);
    EXPECT_EQ(answer["outcome"], "rejected");
    EXPECT_EQ(answer["why"], row.why);
    EXPECT_EQ(answer["seq"].is_null(), !row.journaled);
  }
  const Json after = Json::parse(house.core->alarms_json(house.now, false))["alarms"];
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(after[0]["signal"], before[0]["signal"]);
  EXPECT_EQ(after[0]["seen"], 0);
}

TEST(Commands, BytesThatAreNotUtf8AreMalformed) {
  // An id that no JSON can carry back is not read.
  const Decoded decoded = decode_command({"{\"v\":1,\"id\":\"\xff\"}", false, false});
  EXPECT_EQ(decoded.why, Why::malformed);
  EXPECT_FALSE(decoded.id.has_value());
}

TEST(Commands, RemoteAcknowledgeMeansSeenAndTheBedsideRingsOn) {
  // A nurse on a phone cannot touch the child.
  Open house;
  const Json answer = house.answer(acknowledge("c-81").dump());
  EXPECT_EQ(answer["outcome"], "done");
  EXPECT_TRUE(answer["why"].is_null());
  const Json seen = house.event("alarm.seen");
  EXPECT_EQ(answer["seq"], seen["seq"]);
  EXPECT_EQ(seen["actor"], "n-204");
  EXPECT_EQ(seen["place"], "remote");
  EXPECT_EQ(Json::parse(house.core->annunciate_json())["audible"].size(), 1U);
}

TEST(Commands, AnswerWaitsUntilItIsDurable) {
  // "Confirmed by the home" is never taken back by a crash.
  Open house;
  house.auto_commit = false;
  house.command(acknowledge("c-82").dump());
  EXPECT_TRUE(house.results().empty());
  house.commit();
  EXPECT_EQ(house.results().size(), 1U);
}

TEST(Commands, RepeatIsADuplicateWithTheFirstSeq) {
  // Two copies of one act are one act.
  Open house;
  const Json first = house.answer(acknowledge("c-83").dump());
  const Json second = house.answer(acknowledge("c-83").dump());
  EXPECT_EQ(second["outcome"], "duplicate");
  EXPECT_EQ(second["seq"], first["seq"]);
  EXPECT_EQ(house.count("alarm.seen"), 1U);
  EXPECT_EQ(house.count("command.duplicate"), 1U);
}

TEST(Commands, ClosedOccurrenceIsRejected) {
  // An act that comes too late changes nothing new.
  Open house;
  for (int i = 0; i < 8; ++i) house.spo2(97);
  ASSERT_EQ(house.count("alarm.cleared"), 1U);
  house.input(BedsideAct{1, 1, "Anna"});  // takes the mark away
  const Json answer = house.answer(acknowledge("c-84").dump());
  EXPECT_EQ(answer["outcome"], "rejected");
  EXPECT_EQ(answer["why"], "closed");
}

TEST(Commands, ExpiryIsJudgedOnlyByASynchronisedClock) {
  // A box that woke up in 1970 must not refuse the nurse, and says that it could not judge.
  Open house;
  house.input(WallChange{{0, ClockState::unsynchronised}, 0});
  Json late = acknowledge("c-85");
  late["expires_at"] = "2020-01-01T00:00:00Z";
  const Json answer = house.answer(late.dump());
  EXPECT_EQ(answer["outcome"], "done");
  EXPECT_EQ(answer["expiry_unchecked"], true);
}

TEST(Commands, WatchLeasesAWaveForAMinute) {
  // Waveforms cost the home's uplink: only while somebody looks.
  Open house;
  uint32_t number = 10'000;
  const auto pleth = [&] {
    const Sample s{house.now,   120,          *find_signal("oximeter.pleth"),
                   Quality::ok, Reason::none, number++};
    house.input(SamplesIn{1, {&s, 1}}, milliseconds(100));
  };
  for (int i = 0; i < 30; ++i) pleth();
  EXPECT_TRUE(house.sent_on("wave/ox1").empty());
  Json watch = {{"v", 1},          {"id", "w-1"},    {"type", "watch"},
                {"device", "ox1"}, {"actor", "n-1"}, {"role", "nurse"}};
  EXPECT_EQ(house.answer(watch.dump())["outcome"], "done");
  for (int i = 0; i < 30; ++i) pleth();
  EXPECT_FALSE(house.sent_on("wave/ox1").empty());
  EXPECT_EQ(house.sent_on("wave/ox1")[0].message["qos"], 0);
  for (int i = 0; i < 620; ++i) pleth();
  const size_t count = house.sent_on("wave/ox1").size();
  for (int i = 0; i < 30; ++i) pleth();
  EXPECT_EQ(house.sent_on("wave/ox1").size(), count);
  EXPECT_GT(house.store.newest(Lane::wave), 60U);
}

TEST(CommandMemory, KeepsTenThousandWhateverTheirAge) {
  // One past the bound: the oldest goes, but only if it is older than a day.
  CommandMemory memory;
  for (int i = 0; i < 10'000; ++i) memory.remember({0}, "c-" + std::to_string(i), {});
  memory.remember(MonoTime{hours(1).ns}, "young", {});
  EXPECT_NE(memory.find("c-0"), nullptr);
  EXPECT_EQ(memory.size(), 10'001U);
  memory.remember(MonoTime{hours(25).ns}, "old", {});
  EXPECT_EQ(memory.find("c-0"), nullptr);
  EXPECT_NE(memory.find("c-9999"), nullptr);
  EXPECT_EQ(memory.size(), 10'000U);
}

}  // namespace
}  // namespace lamplight::core
