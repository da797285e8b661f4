// The parts of the conformance kit: each breach of the wire is counted under its own name and
// nothing else is, the remedies name the mistake, and reports say all of it in files that others
// can read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "firmware-sim/conformance/clock.h"
#include "firmware-sim/conformance/html.h"
#include "firmware-sim/conformance/junit.h"
#include "firmware-sim/conformance/listener.h"
#include "firmware-sim/conformance/plot.h"
#include "firmware-sim/conformance/profile.h"

namespace lamplight::conformance {
namespace {

using testing::HasSubstr;
using testing::Not;

const SignalId kSpo2 = *find_signal("oximeter.spo2");
const SignalId kPulse = *find_signal("oximeter.pulse");
const SignalId kProbeOff = *find_signal("oximeter.alarm.probe_off");

// A driver that says what the test wants, at the other end of the kit's connection.
class Scripted : public testing::Test {
 protected:
  Scripted() : listener_(settings_, description_) {
    settings_.driver = "/bin/true";
    description_.signals = {kSpo2, kPulse, kProbeOff};
    auto both = wire::Channel::pair();
    driver_ = std::move(both->second);
    listener_.begin(std::move(both->first), "serial:/dev/null", mono_now());
  }
  void say(std::string_view json) {
    std::vector<uint8_t> out(limits::kDatagramMax);
    driver_.send(*wire::encode_json(json, out));
    listener_.advance(mono_now());
  }
  void hello() { say(R"({"type":"hello","role":"driver","name":"x","wire":[1,0]})"); }
  // Number on the wire: the kit's own, 500 above the catalogue's.
  Sample sample(SignalId signal, int32_t value) {
    return {.measured_at = MonoTime{++clock_},
            .value = value,
            .signal = static_cast<SignalId>(signal + 500),
            .quality = Quality::ok,
            .reason = Reason::none,
            .number = number_++};
  }
  void send(const Sample& sample, DeviceNumber device = Listener::kDevice) {
    std::vector<uint8_t> out(limits::kDatagramMax);
    wire::SamplesWriter writer(device, out);
    ASSERT_TRUE(writer.add(sample));
    driver_.send(writer.finish());
    listener_.advance(mono_now());
  }
  // How often each breach has been counted, all others none.
  void expect_only(Breach which, uint64_t count) {
    for (size_t i = 0; i < kBreachCount; ++i) {
      const auto one = static_cast<Breach>(i);
      EXPECT_EQ(listener_.breach(one).count, one == which ? count : 0U) << "breach " << i;
    }
  }

  Settings settings_;
  Description description_;
  wire::Channel driver_;
  Listener listener_;
  int64_t clock_ = 0;
  uint32_t number_ = 0;
};

TEST_F(Scripted, AGoodDriverBreaksNothing) {
  hello();
  send(sample(kSpo2, 970));
  send(sample(kProbeOff, 1));
  say(R"({"type":"fact","device":7,"fact":"link","name":"up","text":""})");
  say(R"({"type":"fact","device":7,"fact":"identity","name":"serial","text":"A1"})");
  say(R"({"type":"heartbeat"})");
  expect_only(Breach::hello, 0);
  EXPECT_EQ(listener_.latest(kSpo2)->sample.value, 970);
  EXPECT_EQ(listener_.is_up(), true);
  EXPECT_EQ(listener_.identity().at("serial"), "A1");
}

TEST_F(Scripted, AnythingBeforeHelloIsABreach) {
  send(sample(kSpo2, 970));
  say(R"({"type":"heartbeat"})");
  expect_only(Breach::hello, 2);
}

TEST_F(Scripted, AnotherWireVersionIsABreach) {
  say(R"({"type":"hello","role":"driver","name":"x","wire":[2,0]})");
  expect_only(Breach::hello, 1);
}

TEST_F(Scripted, AnotherDeviceIsABreach) {
  hello();
  send(sample(kSpo2, 970), 8);
  say(R"({"type":"fact","device":8,"fact":"link","name":"up"})");
  expect_only(Breach::other_device, 2);
}

TEST_F(Scripted, ANumberOfTheCatalogueInsteadOfWelcomesIsABreach) {
  hello();
  Sample guessed = sample(kSpo2, 970);
  guessed.signal = kSpo2;
  send(guessed);
  expect_only(Breach::unknown_signal, 1);
}

TEST_F(Scripted, ASignalThatDescribeLacksIsABreach) {
  hello();
  send(sample(*find_signal("oximeter.perfusion"), 100));
  expect_only(Breach::unlisted_signal, 1);
}

TEST_F(Scripted, AReadingOfTheFutureIsABreach) {
  hello();
  Sample late = sample(kSpo2, 970);
  late.measured_at = kNever;
  send(late);
  expect_only(Breach::future_time, 1);
}

TEST_F(Scripted, ATimeThatGoesBackIsABreach) {
  hello();
  clock_ = 100;
  send(sample(kSpo2, 970));
  clock_ = 50;
  send(sample(kPulse, 970));  // another signal: allowed
  send(sample(kSpo2, 970));
  expect_only(Breach::time_went_back, 1);
}

TEST_F(Scripted, ASwitchThatIsNeitherIsABreach) {
  hello();
  send(sample(kProbeOff, 2));
  expect_only(Breach::outside_domain, 1);
}

TEST_F(Scripted, AReasonThatOnlyTheCoreConcludesIsABreach) {
  hello();
  Sample never = sample(kSpo2, 0);
  never.quality = Quality::missing;
  never.reason = Reason::never;
  send(never);
  expect_only(Breach::core_only_reason, 1);
}

TEST_F(Scripted, AHoleInTheNumbersIsABreachUnlessAGapTellsIt) {
  hello();
  number_ = 5;
  say(R"({"type":"fact","device":7,"fact":"gap","first":0,"last":4,"why":"overflow"})");
  send(sample(kSpo2, 970));
  expect_only(Breach::number_hole, 0);
  number_ = 9;
  send(sample(kSpo2, 970));
  expect_only(Breach::number_hole, 1);
}

TEST_F(Scripted, WordsOfOtherRolesAndUnknownFactsAreBreaches) {
  hello();
  say(R"({"type":"acknowledge","occurrence":1})");
  say(R"({"type":"fact","device":7,"fact":"weather","name":"fine"})");
  expect_only(Breach::unknown_message, 2);
}

TEST_F(Scripted, ADatagramThatIsNoneIsABreach) {
  hello();
  const std::array<uint8_t, 5> garbage = {'h', 'e', 'l', 'l', 'o'};
  driver_.send(garbage);
  listener_.advance(mono_now());
  expect_only(Breach::wire_format, 1);
  say(R"({"type":3})");
  EXPECT_EQ(listener_.breach(Breach::unknown_message).count, 1U);
}

TEST(Remedy, NamesTheLostBitAndTheFactor) {
  EXPECT_THAT(remedy_for_value(kPulse, 2000, 720), HasSubstr("bit 7 of the pulse field"));
  EXPECT_THAT(remedy_for_value(kPulse, 2560, 0), HasSubstr("bit 8"));
  EXPECT_THAT(remedy_for_value(kSpo2, 970, 97), HasSubstr("a factor of 10"));
  EXPECT_THAT(remedy_for_value(kSpo2, 970, 333), HasSubstr("compare the field's place"));
}

TEST(Profile, EveryNumberOfEveryRoleIsTried) {
  for (size_t i = 0; i < catalogue().size(); ++i) {
    const auto id = static_cast<SignalId>(i);
    const Edges* edges = find_edges(id);
    EXPECT_EQ(edges != nullptr, signal_info(id).kind == SignalKind::numeric) << path_of(id);
    if (edges != nullptr) {
      EXPECT_GE(edges->must.size(), 3U) << path_of(id);
    }
  }
}

TEST(Messages, WhatDescribeGetsWrongIsListed) {
  const Description bad = parse_description(
      R"({"wire":[2,0],"protocols":[],"signals":["oximeter.spo3","spo2"],"conditions":7})");
  EXPECT_EQ(bad.mistakes.size(), 6U);
  const Description good = parse_description(
      R"({"wire":[1,3],"protocols":["x"],"signals":["oximeter.spo2","oximeter.silenced"],)"
      R"("conditions":["oximeter.probe_off"],"options":[]})");
  EXPECT_THAT(good.mistakes, testing::IsEmpty());
  EXPECT_TRUE(good.signals.contains(kProbeOff));
}

TEST(Messages, TheTruthOfAFrameIsItsOwn) {
  const auto frame =
      parse_truth(R"({"t":7,"device":"oximeter","what":"sent","values":{"spo2":97.5,"pulse":null},)"
                  R"("reason":"searching","conditions":["probe_off"],"silenced":true})",
                  Role::oximeter);
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->shown.values.at(kSpo2), 975);
  EXPECT_EQ(frame->shown.values.at(kPulse), std::nullopt);
  EXPECT_EQ(frame->shown.reason, Reason::searching);
  EXPECT_TRUE(frame->shown.conditions->contains(kProbeOff));
  for (const char* line : {R"({"t":7,"what":"sent","intact":false,"values":{"spo2":1}})",
                           R"({"t":7,"what":"sent","why":"unplugged","values":{"spo2":1}})",
                           R"({"t":7,"what":"word"})", "no JSON"}) {
    EXPECT_FALSE(parse_truth(line, Role::oximeter).has_value()) << line;
  }
}

TEST(Reports, SayWhatFailedAndEscapeIt) {
  Report report("a <driver>", true);
  report.add(kSpo2, {.check = "values", .name = "good", .expected = "1", .seen = "1"});
  report.add(kSpo2, {.check = "values",
                     .name = "bad & <odd>",
                     .verdict = Verdict::fail,
                     .expected = "\"two\"",
                     .seen = "3",
                     .remedy = "mend it",
                     .evidence = "00 FF"});
  report.add({.check = "faults",
              .name = "none",
              .verdict = Verdict::not_applicable,
              .expected = "",
              .seen = "it cannot"});
  EXPECT_FALSE(report.is_good());
  const std::string as_xml = junit(report);
  EXPECT_THAT(as_xml, HasSubstr(R"(<testsuite name="values" tests="2" failures="1" skipped="0")"));
  EXPECT_THAT(as_xml, HasSubstr("bad &amp; &lt;odd&gt;"));
  EXPECT_THAT(as_xml, HasSubstr("remedy: mend it"));
  const std::string page = html(report, {{"driver", "a <driver>"}});
  EXPECT_THAT(page, HasSubstr("Does not conform"));
  EXPECT_THAT(page, HasSubstr("1 failed"));
  EXPECT_THAT(page, HasSubstr("00 FF"));
  EXPECT_THAT(page, Not(HasSubstr("<odd>")));
}

TEST(Reports, NothingCheckedIsNotGood) { EXPECT_FALSE(Report("x", true).is_good()); }

TEST(Plot, ShowsMissingReadingsAsWhatTheyAre) {
  Curve curve{.name = "spo2", .unit = "percent", .driver = {}, .device = {}};
  EXPECT_EQ(plot(curve), "");
  curve.driver = {{0, 97, false}, {1, 0, true}};
  const std::string svg = plot(curve);
  EXPECT_THAT(svg, HasSubstr(R"(class="missing")"));
  EXPECT_THAT(svg, HasSubstr(R"(class="driver")"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace lamplight::conformance
