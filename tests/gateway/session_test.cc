// A driver may say what its own devices measured and nothing else, so that a vendor's mistake (or
// worse) never becomes a reading of another device; and no driver can drown the others.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "drivers/sdk/wire/codec.h"
#include "gateway/driver_session.h"
#include "gateway/json_object.h"
#include "gateway/log.h"
#include "gateway/restart_policy.h"

namespace lamplight {
namespace {

using testing::HasSubstr;
constexpr MonoTime kNow{1'000'000'000'000};

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    port_.name = "bus";
    port_.driver = "modbus";
    port_.address = {
        .transport = config::Transport::tcp, .path = {}, .line = {}, .host = "h", .port = 502};
    port_.options.push_back({"timeout", "\"0.5 s\"", {}});
    config::DeviceKeys pump;
    pump.id = "pump1";
    pump.role = Role::pump;
    pump.unit = 3;
    pump.map = "lfp-1";
    port_.devices.push_back(pump);
    devices_.push_back({2, "pump1", Role::pump});
  }

  DriverSession::Heard json(const std::string& text, MonoTime now = kNow) {
    buffer_.resize(70'000);
    const auto datagram = wire::encode_json(text, buffer_);
    return session_.hear(now, *datagram);
  }
  DriverSession::Heard samples(DeviceNumber device, const std::vector<Sample>& all,
                               MonoTime now = kNow) {
    buffer_.resize(70'000);
    wire::SamplesWriter writer(device, buffer_);
    for (const Sample& s : all) EXPECT_TRUE(writer.add(s));
    return session_.hear(now, writer.finish());
  }
  void say_hello() {
    json(R"({"type":"hello","role":"driver","name":"x","wire":[1,0]})");
    ASSERT_TRUE(session_.is_welcome());
  }
  static Sample good(SignalId signal, int32_t value = 1) {
    Sample s;
    s.measured_at = kNow;
    s.signal = signal;
    s.value = value;
    s.quality = Quality::ok;
    s.reason = Reason::none;
    return s;
  }

  config::PortKeys port_;
  std::vector<OwnDevice> devices_;
  DriverSession session_{port_, devices_, "boot-1"};
  std::vector<uint8_t> buffer_;
  SignalId rate_ = *find_signal("pump.rate");
};

TEST_F(SessionTest, ConfigureSaysWhatTheConfigurationSays) {
  EXPECT_EQ(session_.configure_json(),
            R"({"type":"configure","port":{"name":"bus","driver":"modbus","at":"tcp:h:502",)"
            R"("period_ms":1000},"devices":[{"id":"pump1","role":"pump","unit":3,"map":"lfp-1",)"
            R"("number":2}],"options":{"timeout":"0.5 s"}})");
}

TEST_F(SessionTest, WelcomeNamesItsDevicesAndTheSignalsOfTheirRolesOnly) {
  const auto heard = json(R"({"type":"hello","role":"driver","name":"x","wire":[1,0]})");
  EXPECT_THAT(heard.reply, HasSubstr(R"("devices":{"pump1":2})"));
  EXPECT_THAT(heard.reply, HasSubstr("\"pump.rate\":" + std::to_string(rate_)));
  EXPECT_THAT(heard.reply, testing::Not(HasSubstr("oximeter.")));
  EXPECT_FALSE(heard.end.has_value());
}

TEST_F(SessionTest, AnotherMajorVersionOrRoleIsRefusedAndEnded) {
  for (const char* hello : {R"({"type":"hello","role":"driver","name":"x","wire":[2,0]})",
                            R"({"type":"hello","role":"driver","name":"x"})",
                            R"({"type":"hello","role":"cli","name":"x","wire":[1,0]})"}) {
    const auto heard = json(hello);
    EXPECT_TRUE(heard.end.has_value()) << hello;
    EXPECT_THAT(heard.reply, HasSubstr("refused"));
  }
  EXPECT_FALSE(session_.is_welcome());
}

TEST_F(SessionTest, GoodSamplesPassUnchanged) {
  say_hello();
  const std::vector<Sample> sent = {good(rate_, 855), good(rate_, -3)};
  const auto heard = samples(2, sent);
  EXPECT_EQ(heard.device, 2);
  EXPECT_EQ(std::vector<Sample>(heard.samples.begin(), heard.samples.end()), sent);
  EXPECT_TRUE(heard.reply.empty());
}

TEST_F(SessionTest, NothingPassesBeforeHello) {
  EXPECT_TRUE(samples(2, {good(rate_)}).samples.empty());
  EXPECT_FALSE(json(R"({"type":"fact","device":2,"fact":"link","name":"up"})").fact.has_value());
  EXPECT_EQ(session_.refused_messages(), 2U);
}

TEST_F(SessionTest, SamplesOfAnotherDeviceAreRefusedAnsweredAndLoggedOnceAMinute) {
  say_hello();
  const auto first = samples(1, {good(rate_)});
  EXPECT_TRUE(first.samples.empty());
  EXPECT_THAT(first.reply, HasSubstr("not its own"));
  EXPECT_THAT(first.log, HasSubstr("not its own"));
  const auto second = samples(1, {good(rate_)}, kNow + seconds(59));
  EXPECT_THAT(second.reply, HasSubstr("not its own"));
  EXPECT_EQ(second.log, "");
  const auto third = samples(1, {good(rate_)}, kNow + seconds(61));
  EXPECT_THAT(third.log, HasSubstr("1 times before"));
  EXPECT_EQ(session_.refused_samples(), 3U);
}

TEST_F(SessionTest, EachKindOfLieIsRefusedAndTheRestOfTheDatagramStays) {
  say_hello();
  Sample never = good(rate_);
  never.quality = Quality::missing;
  never.reason = Reason::never;
  Sample not_watching = never;
  not_watching.reason = Reason::not_watching;
  Sample future = good(rate_);
  future.measured_at = kNow + nanoseconds(1);
  Sample before = good(rate_);
  before.measured_at = MonoTime{-1};
  const SignalId state = *find_signal("pump.state");
  const SignalId silenced = *find_signal("pump.silenced");
  const std::vector<Sample> lies = {never,
                                    not_watching,
                                    future,
                                    before,
                                    good(*find_signal("oximeter.spo2")),
                                    good(60'000),
                                    good(state, 12),
                                    good(state, -1),
                                    good(silenced, 2),
                                    good(rate_, (1 << 30) + 1),
                                    good(rate_, INT32_MIN)};
  for (const Sample& lie : lies) {
    const auto heard = samples(2, {good(rate_, 7), lie, good(rate_, 8)});
    ASSERT_EQ(heard.samples.size(), 2U) << "signal " << lie.signal << " value " << lie.value;
    EXPECT_EQ(heard.samples[1].value, 8);
    EXPECT_THAT(heard.reply, HasSubstr("refused"));
  }
  EXPECT_EQ(session_.refused_samples(), lies.size());
}

TEST_F(SessionTest, WhatIsAtTheEdgeOfItsDomainIsTaken) {
  say_hello();
  Sample off = good(rate_);
  off.quality = Quality::missing;
  off.reason = Reason::link_lost;
  off.value = 123;
  const auto heard =
      samples(2, {good(*find_signal("pump.state"), 11), good(*find_signal("pump.silenced"), 0),
                  good(rate_, 1 << 30), off});
  EXPECT_EQ(heard.samples.size(), 4U);
}

TEST_F(SessionTest, FactsOfItsOwnDeviceBecomeInputs) {
  say_hello();
  const auto link =
      json(R"({"type":"fact","device":2,"fact":"link","name":"down","text":"unplugged"})");
  ASSERT_TRUE(link.fact.has_value());
  EXPECT_EQ(link.fact->kind, core::FactKind::link_down);
  EXPECT_EQ(link.fact->text, "unplugged");
  const auto gap =
      json(R"({"type":"fact","device":2,"fact":"gap","first":5,"last":9,"why":"overflow"})");
  ASSERT_TRUE(gap.fact.has_value());
  EXPECT_EQ(gap.fact->first, 5U);
  EXPECT_EQ(gap.fact->last, 9U);
  EXPECT_EQ(gap.fact->text, "overflow");
  EXPECT_FALSE(json(R"({"type":"fact","device":1,"fact":"link","name":"up"})").fact.has_value());
  EXPECT_FALSE(json(R"({"type":"fact","device":2,"fact":"weather"})").fact.has_value());
}

TEST_F(SessionTest, ANoteWithoutPresentHappened) {
  // Two of a kind are two, and it is never over.
  say_hello();
  const std::string note = R"({"type":"fact","device":2,"fact":"note","name":"n")";
  EXPECT_TRUE(json(note + "}").fact->happened);
  EXPECT_FALSE(json(note + R"(,"present":true})").fact->happened);
  EXPECT_FALSE(json(note + R"(,"present":false})").fact->happened);
}

TEST_F(SessionTest, LongTextIsCutBetweenCharacters) {
  say_hello();
  std::string text;
  for (int i = 0; i < 500; ++i) text += "\xC3\xA4";
  const auto heard =
      json(R"({"type":"fact","device":2,"fact":"note","name":"n","text":"x)" + text + "\"}");
  ASSERT_TRUE(heard.fact.has_value());
  EXPECT_EQ(heard.fact->text.size(), 299U);
}

TEST_F(SessionTest, WordsOfOtherRolesAreRefusedButDoNotEndIt) {
  say_hello();
  for (const char* type : {"acknowledge", "query", "published", "configure", ""}) {
    const auto heard = json("{\"type\":\"" + std::string(type) + "\"}");
    EXPECT_THAT(heard.reply, HasSubstr("refused")) << type;
    EXPECT_FALSE(heard.end.has_value());
  }
}

TEST_F(SessionTest, ABrokenWireEndsIt) {
  const std::vector<uint8_t> garbage(40, 0x41);
  EXPECT_TRUE(session_.hear(kNow, garbage).end.has_value());
  EXPECT_TRUE(json("{\"type\":}").end.has_value());
}

TEST_F(SessionTest, AChattyLogGoesQuiet) {
  int lines = 0;
  for (int i = 0; i < 200; ++i) {
    if (!json(R"({"type":"log","level":"warn","text":"again"})").log.empty()) ++lines;
  }
  EXPECT_EQ(lines, 30);
  EXPECT_EQ(json(R"({"type":"log","text":"later"})", kNow + minutes(1)).log, "later");
}

TEST_F(SessionTest, AFloodLosesItsExcessOnlyAndTenTimesTheLimitEndsIt) {
  say_hello();
  const std::vector<Sample> thousand(1000, good(rate_));
  size_t taken = 0;
  for (int i = 0; i < 100; ++i) taken += samples(2, thousand).samples.size();
  EXPECT_LE(taken, 20'000U);
  EXPECT_GE(taken, 19'000U);
  EXPECT_TRUE(session_.is_flooding(kNow));
  EXPECT_EQ(session_.dropped(), 100'000U - taken);
  EXPECT_FALSE(samples(2, thousand, kNow + seconds(1)).samples.empty()) << "a new second";
  EXPECT_FALSE(session_.is_flooding(kNow + seconds(4)));
  bool ended = false;
  for (int i = 0; i < 201; ++i) {
    ended = samples(2, thousand, kNow + seconds(5)).end.has_value();
  }
  EXPECT_TRUE(ended);
}

TEST_F(SessionTest, AFloodLosesNoFactBeforeItEndsTheDriver) {
  // A lost link is told once: dropped with the samples, it would be lost for good and unseen.
  say_hello();
  const std::vector<Sample> thousand(1000, good(rate_));
  for (int i = 0; i < 30; ++i) samples(2, thousand);
  ASSERT_TRUE(session_.is_flooding(kNow));
  const uint64_t dropped = session_.dropped();
  const auto link =
      json(R"({"type":"fact","device":2,"fact":"link","name":"down","text":"unplugged"})");
  ASSERT_TRUE(link.fact.has_value());
  EXPECT_EQ(link.fact->kind, core::FactKind::link_down);
  EXPECT_EQ(session_.dropped(), dropped);
  EXPECT_TRUE(samples(2, thousand).samples.empty()) << "still the same second";
  for (int i = 0; i < 180; ++i) samples(2, thousand);
  EXPECT_TRUE(json(R"({"type":"fact","device":2,"fact":"link","name":"up"})").end.has_value());
}

TEST_F(SessionTest, AFloodOfFactsIsAFloodToo) {
  // Each would be a record; a sick driver must not turn the ring of inputs over in a second.
  say_hello();
  const std::vector<Sample> thousand(1000, good(rate_));
  for (int i = 0; i < 30; ++i) samples(2, thousand);
  int taken = 0;
  for (int i = 0; i < 5000; ++i) {
    taken += json(R"({"type":"fact","device":2,"fact":"restarted"})").fact ? 1 : 0;
  }
  EXPECT_EQ(taken, 1000 - 1) << "its hello was the first";
}

TEST(RestartPolicy, BackOffDoublesToTenSecondsWithinItsJitter) {
  RestartPolicy policy(42);
  MonoTime now = kNow;
  policy.started(now);
  int64_t expected_ms = 100;
  for (int death = 0; death < 12; ++death) {
    const MonoTime next = policy.died(now);
    EXPECT_GE((next - now).ns, milliseconds(expected_ms).ns * 80 / 100) << death;
    EXPECT_LE((next - now).ns, milliseconds(expected_ms).ns * 120 / 100) << death;
    expected_ms = std::min<int64_t>(expected_ms * 2, 10'000);
    now = next;
    policy.started(now);
  }
}

TEST(RestartPolicy, AMinuteOfLifeBeginsAnew) {
  RestartPolicy policy(42);
  policy.started(kNow);
  for (int i = 0; i < 8; ++i) policy.died(kNow + seconds(1));
  policy.started(kNow + seconds(10));
  const MonoTime death = kNow + seconds(71);
  EXPECT_LE((policy.died(death) - death).ms(), 120);
}

TEST(RestartPolicy, MoreThanFiveDeathsInAMinuteAreFailing) {
  RestartPolicy policy(42);
  for (int i = 0; i < 5; ++i) policy.died(kNow + seconds(i));
  EXPECT_FALSE(policy.is_failing(kNow + seconds(5)));
  policy.died(kNow + seconds(5));
  EXPECT_TRUE(policy.is_failing(kNow + seconds(5)));
  EXPECT_EQ(policy.failing_until(kNow + seconds(5)), kNow + seconds(60));
  EXPECT_FALSE(policy.is_failing(kNow + seconds(60)));
  for (int i = 0; i < 20; ++i) {
    policy.died(kNow + seconds(100 + 13 * i));
    EXPECT_FALSE(policy.is_failing(kNow + seconds(100 + 13 * i))) << "slow deaths are not failing";
  }
}

TEST(JsonObject, AnotherTypeIsAbsent) {
  const auto object = JsonObject::parse(
      R"({"a":1.5,"b":"x","c":18446744073709551615,"d":[1,"x",null],"e":-1,"f":{"k":1},)"
      R"("g":[{"name":"n"},"m"],"h":true})");
  ASSERT_TRUE(object.has_value());
  EXPECT_EQ(object->integer("a"), std::nullopt);
  EXPECT_EQ(object->integer("c"), std::nullopt);
  EXPECT_EQ(object->integer("none"), std::nullopt);
  EXPECT_EQ(object->count("e"), 0U);
  EXPECT_EQ(object->text("h"), "");
  EXPECT_EQ(object->text("b"), "x");
  EXPECT_FALSE(object->flag("b", false));
  EXPECT_THAT(object->words("d"), testing::ElementsAre("x"));
  EXPECT_EQ(object->integers("d").front(), 1);
  EXPECT_THAT(object->names("f"), testing::ElementsAre("k"));
  EXPECT_THAT(object->names("g"), testing::UnorderedElementsAre("n", "m"));
  for (const char* bad : {"", "[]", "1", "{", "{}x", "{\"a\":}"}) {
    EXPECT_FALSE(JsonObject::parse(bad).has_value()) << bad;
  }
}

TEST(LogRing, DropsAndCountsInsteadOfBlocking) {
  LogRing ring(4);
  for (int i = 0; i < 10; ++i) ring.push("line " + std::to_string(i) + "\n");
  EXPECT_EQ(ring.dropped(), 6U);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ring.drain(ends[1]);
  char text[200] = {};
  ASSERT_GT(::read(ends[0], text, sizeof text - 1), 0);
  EXPECT_STREQ(text, "line 0\nline 1\nline 2\nline 3\n6 lines of this log were lost\n");
  ring.drain(ends[1]);
  EXPECT_TRUE(ring.push("x\n")) << "there is room again";
}

TEST(LogRing, AReaderThatIsStuckKeepsTheLines) {
  LogRing ring(8);
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_NONBLOCK), 0);
  const std::string block(4096, 'b');
  while (::write(ends[1], block.data(), block.size()) > 0) {
  }
  ring.push("kept\n");
  ring.drain(ends[1]);
  std::vector<char> sink(1 << 20);
  while (::read(ends[0], sink.data(), sink.size()) > 0) {
  }
  ring.drain(ends[1]);
  char text[20] = {};
  ASSERT_GT(::read(ends[0], text, sizeof text - 1), 0);
  EXPECT_STREQ(text, "kept\n");
}

}  // namespace
}  // namespace lamplight
