// The parts of lamplight-sounder that decide, without a sound card and without a clock: whoever is
// in the room must hear the loudest alarm, from its first pulse, and know when nobody watches.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "gateway/sounder/conductor.h"
#include "gateway/sounder/core_watch.h"
#include "gateway/sounder/messages.h"
#include "gateway/sounder/player.h"

namespace lamplight::sounder {
namespace {

constexpr Wish wish(Sound sound, uint64_t newest = 1) { return {.sound = sound, .newest = newest}; }

// Plays in steps of 10 ms and keeps the instants (ms) at which bursts began.
struct Stage {
  Conductor conductor{kF0Hz};
  int64_t at = 0;
  std::vector<int16_t> heard;
  std::vector<std::pair<Sound, int64_t>> begun;

  void play(int64_t ms) {
    for (const int64_t end = at + samples_of_ms(ms); at < end;) {
      std::vector<int16_t> piece(static_cast<size_t>(std::min(samples_of_ms(10), end - at)));
      conductor.fill(at, piece);
      at += static_cast<int64_t>(piece.size());
      heard.insert(heard.end(), piece.begin(), piece.end());
      for (const auto& b : conductor.take_begun()) begun.emplace_back(b.sound, b.at / 48);
    }
  }
  bool is_silent(int64_t from_ms, int64_t to_ms) const {
    return std::all_of(heard.begin() + samples_of_ms(from_ms), heard.begin() + samples_of_ms(to_ms),
                       [](int16_t s) { return s == 0; });
  }
};

using Begun = std::vector<std::pair<Sound, int64_t>>;

TEST(Conductor, RepeatsABurstAfterItsPeriod) {
  Stage stage;
  stage.conductor.want(wish(Sound::high), 0);
  stage.play(20000);
  EXPECT_EQ(stage.begun, (Begun{{Sound::high, 0}, {Sound::high, 8400}, {Sound::high, 16800}}));
}

TEST(Conductor, MakesTheSameSamplesInAnyPieces) {
  Conductor whole(kF0Hz);
  whole.want(wish(Sound::high), 100);
  std::vector<int16_t> at_once(480000);
  whole.fill(0, at_once);
  Conductor split(kF0Hz);
  split.want(wish(Sound::high), 100);
  std::vector<int16_t> pieces(480000);
  for (size_t at = 0, size = 1; at < pieces.size(); at += size, size = size * 7 % 1999 + 1) {
    size = std::min(size, pieces.size() - at);
    split.fill(static_cast<int64_t>(at), std::span(pieces).subspan(at, size));
  }
  EXPECT_EQ(at_once, pieces);
}

TEST(Conductor, AnotherAlarmOfTheRankLetsTheBurstEndAndDoesNotWaitTheWholePause) {
  Stage stage;
  stage.conductor.want(wish(Sound::high, 1), 0);
  stage.play(1000);
  stage.conductor.want(wish(Sound::high, 2), stage.at);
  stage.play(9000);
  EXPECT_EQ(stage.begun, (Begun{{Sound::high, 0}, {Sound::high, 3400 + 2500}}));
}

TEST(Conductor, InALongPauseAnotherAlarmSoundsAtOnce) {
  Stage stage;
  stage.conductor.want(wish(Sound::low, 1), 0);
  stage.play(20000);
  stage.conductor.want(wish(Sound::low, 2), stage.at);
  stage.play(1000);
  EXPECT_EQ(stage.begun, (Begun{{Sound::low, 0}, {Sound::low, 20000}}));
}

TEST(Conductor, AnAlarmThatEndsBesideALouderOneChangesNothing) {
  Stage stage;
  stage.conductor.want(wish(Sound::high, 2), 0);
  stage.play(500);
  stage.conductor.want(wish(Sound::high, 1), stage.at);
  stage.play(9000);
  EXPECT_EQ(stage.begun, (Begun{{Sound::high, 0}, {Sound::high, 8400}}));
}

TEST(Conductor, ALowerAlarmThatRemainsBeginsAtItsFirstPulse) {
  Stage stage;
  stage.conductor.want(wish(Sound::high), 0);
  stage.play(60);
  stage.conductor.want(wish(Sound::medium), stage.at);
  stage.play(1000);
  EXPECT_EQ(stage.begun, (Begun{{Sound::high, 0}, {Sound::medium, 65}}));
}

TEST(Conductor, FallsSilentWithinAFade) {
  Stage stage;
  stage.conductor.want(wish(Sound::medium), 0);
  stage.play(100);
  stage.conductor.want({}, stage.at);
  stage.play(2000);
  EXPECT_FALSE(stage.is_silent(100, 105));
  EXPECT_TRUE(stage.is_silent(105, 2000));
}

TEST(Conductor, TheTwoToneLastsAtLeastAPeriodAndEndsWithAWholeOne) {
  for (const int64_t after_ms : {10, 400, 510, 990}) {
    Stage stage;
    stage.conductor.want(wish(Sound::two_tone), 0);
    stage.play(after_ms);
    stage.conductor.want({}, stage.at);
    stage.play(2000);
    const int64_t periods = after_ms <= 500 ? 500 : 1000;
    EXPECT_FALSE(stage.is_silent(periods, periods + 30)) << after_ms;  // its last fall
    EXPECT_TRUE(stage.is_silent(periods + 35, after_ms + 2000)) << after_ms;
  }
}

TEST(Conductor, AHighAlarmAfterTheTwoToneFollowsItsPeriod) {
  Stage stage;
  stage.conductor.want(wish(Sound::two_tone), 0);
  stage.play(100);
  stage.conductor.want(wish(Sound::high), stage.at);
  stage.play(1000);
  ASSERT_EQ(stage.begun.size(), 2U);
  EXPECT_GE(stage.begun[1].second, 500);
  EXPECT_LE(stage.begun[1].second, 540);
}

TEST(Conductor, AReminderIsNotHeardBesideAnAlarm) {
  Stage stage;
  stage.conductor.want(wish(Sound::low), 0);
  stage.play(2000);
  stage.conductor.once(Sound::reminder, stage.at);
  stage.play(1000);
  stage.conductor.want({}, stage.at);
  stage.conductor.once(Sound::reminder, stage.at);
  stage.play(1000);
  EXPECT_EQ(stage.begun, (Begun{{Sound::low, 0}, {Sound::reminder, 3000}}));
}

TEST(Conductor, AnAlarmDoesNotWaitForTheChirp) {
  Stage stage;
  stage.conductor.once(Sound::chirp, 0);
  stage.play(30);
  stage.conductor.want(wish(Sound::high), stage.at);
  stage.play(100);
  EXPECT_EQ(stage.begun, (Begun{{Sound::chirp, 0}, {Sound::high, 35}}));
}

// Hears at a rate of its own, and tells its queue or does not.
class FakeDevice final : public AudioDevice {
 public:
  Status open() override { return is_there ? (is_open_ = true, Status()) : failure("not there"); }
  void close() override { is_open_ = false; }
  bool is_open() const override { return is_open_; }
  Result<int64_t> queued() override {
    if (is_broken) return failure("broken");
    return tells ? queue : 0;
  }
  Result<size_t> write(std::span<const int16_t> samples) override {
    const size_t room = tells ? static_cast<size_t>(4800 - queue) : samples.size();
    const size_t taken = std::min(room, samples.size());
    queue += static_cast<int64_t>(taken);
    total += static_cast<int64_t>(taken);
    return taken;
  }
  Status drop() override {
    queue = 0;
    ++drops;
    return {};
  }
  void hear(Duration passed) {
    left += passed.ns * (1'000'000 + ppm) / 1'000'000 * 48;
    const int64_t samples = left / 1'000'000;
    left %= 1'000'000;
    if (samples > queue) ++dry;
    queue = std::max<int64_t>(0, queue - samples);
  }

  bool is_there = true, is_broken = false, tells = true, is_open_ = false;
  int64_t ppm = 0, queue = 0, total = 0, left = 0, dry = 0, drops = 0;
};

struct Playing {
  MonoTime now{seconds(1000).ns};
  Conductor conductor{kF0Hz};
  FakeDevice device;
  Player player{conductor, device, now};

  Playing() {
    EXPECT_TRUE(device.open());
    player.begin(now);
  }
  void run(Duration length, Duration turn = milliseconds(10)) {
    for (const MonoTime end = now + length; now < end; now = now + turn) {
      ASSERT_TRUE(player.turn(now));
      if (device.tells) device.hear(turn);
    }
  }
};

TEST(Player, ADeviceThatDoesNotTellGetsWhatTheClockAllows) {
  Playing p;
  p.device.tells = false;
  p.run(seconds(10));
  const int64_t due = 480 * 999;  // of the last turn
  EXPECT_GE(p.device.total, due);
  EXPECT_LE(p.device.total, due + samples_of_ms(60));
}

TEST(Player, ACardOfAnyCrystalNeverRunsDryAndNeverQueuesMore) {
  for (const int64_t ppm : {-900, -100, 0, 100, 900}) {
    Playing p;
    p.device.ppm = ppm;
    p.run(minutes(10));
    EXPECT_EQ(p.device.dry, 0) << ppm;
    EXPECT_LE(p.device.queue, Player::kAhead) << ppm;
  }
}

TEST(Player, ADeviceThatTellsNonsenseStaysPaced) {
  Playing p;
  p.device.ppm = 100'000'000;  // hears everything at once
  p.run(seconds(60));
  EXPECT_LE(p.device.total, 48000 * 60 + samples_of_ms(60 + 60));
}

TEST(Player, ALateTurnIsCaughtUp) {
  Playing p;
  p.device.tells = false;
  p.run(seconds(1));
  p.now = p.now + milliseconds(700);
  ASSERT_TRUE(p.player.turn(p.now));
  EXPECT_EQ(p.device.total, samples_of_ms(1700) + Player::kAhead);
}

TEST(Player, ABoxThatSleptForHoursDoesNotPlayThem) {
  Playing p;
  p.device.tells = false;
  p.run(seconds(1));
  p.now = p.now + hours(8);
  ASSERT_TRUE(p.player.turn(p.now));
  EXPECT_LE(p.device.total, samples_of_ms(1100));
}

TEST(Player, WhatIsQueuedIsDroppedForAnotherSoundAndOnlyForThat) {
  Playing p;
  ASSERT_TRUE(p.player.want(wish(Sound::medium, 1), p.now));
  p.run(seconds(1));
  const int64_t before = p.device.drops;
  ASSERT_TRUE(p.player.want(wish(Sound::medium, 2), p.now));
  EXPECT_EQ(p.device.drops, before);
  ASSERT_TRUE(p.player.want(wish(Sound::high, 3), p.now));
  EXPECT_EQ(p.device.drops, before + 1);
  EXPECT_EQ(p.device.queue, 0);
  p.run(milliseconds(20));
  EXPECT_EQ(p.conductor.take_begun().back().sound, Sound::high);
}

TEST(Player, ADeviceThatTakesNothingForASecondIsAFailure) {
  Playing p;
  p.run(seconds(1));
  Status status;
  for (int turn = 0; turn < 150 && status; ++turn, p.now = p.now + milliseconds(10)) {
    status = p.player.turn(p.now);  // and nothing is heard
  }
  EXPECT_FALSE(status);
}

TEST(Player, ABrokenDeviceIsAFailureAndTheWishIsKept) {
  Playing p;
  p.device.is_broken = true;
  EXPECT_FALSE(p.player.turn(p.now));
  (void)p.player.want(wish(Sound::high), p.now);
  p.device.close();
  p.device.is_broken = false;
  p.now = p.now + seconds(3);
  ASSERT_TRUE(p.player.turn(p.now));
  ASSERT_TRUE(p.device.open());
  p.player.begin(p.now);
  p.run(milliseconds(50));
  EXPECT_EQ(p.conductor.take_begun().back().sound, Sound::high);
}

TEST(CoreWatch, IsGoneOneAndAHalfSecondsAfterTheLastHeartbeat) {
  CoreWatch watch{MonoTime{}};
  watch.state(MonoTime{} + seconds(1));
  EXPECT_TRUE(watch.heartbeat(MonoTime{} + seconds(2)));
  EXPECT_FALSE(watch.is_gone(MonoTime{} + milliseconds(3499)));
  EXPECT_TRUE(watch.is_gone(MonoTime{} + milliseconds(3500)));
}

TEST(CoreWatch, HeartbeatsWithoutAStateDoNotCount) {
  CoreWatch watch{MonoTime{}};
  EXPECT_FALSE(watch.heartbeat(MonoTime{} + seconds(1)));
  EXPECT_TRUE(watch.is_gone(MonoTime{} + milliseconds(1500)));
  EXPECT_FALSE(watch.heartbeat(MonoTime{} + seconds(2)));
  EXPECT_TRUE(watch.is_gone(MonoTime{} + seconds(2)));
  watch.state(MonoTime{} + seconds(3));
  EXPECT_FALSE(watch.is_gone(MonoTime{} + seconds(3)));
}

TEST(CoreWatch, AConnectionThatWasLostMustSayItsStateAgain) {
  CoreWatch watch{MonoTime{}};
  watch.state(MonoTime{});
  watch.disconnected();
  EXPECT_FALSE(watch.heartbeat(MonoTime{} + seconds(1)));
  EXPECT_TRUE(watch.is_gone(MonoTime{} + milliseconds(1500)));
}

State state_of(std::string_view json) {
  const auto message = read(json);
  EXPECT_TRUE(message && std::holds_alternative<State>(*message)) << json;
  return message ? std::get<State>(*message) : State{};
}

TEST(Messages, TheLoudestIsHeardAndOfTheseTheNewest) {
  const State state = state_of(R"({"type":"annunciate","audible":[
    {"occurrence":9,"priority":"medium","category":"feeding"},
    {"occurrence":4,"priority":"high","category":"oxygen"},
    {"occurrence":7,"priority":"high","category":"ventilation"},
    {"occurrence":5,"priority":"high"}]})");
  EXPECT_EQ(wish_of(state, true), (Wish{Sound::high, Melody::ventilation, 7}));
  EXPECT_EQ(wish_of(state, false), (Wish{Sound::high, Melody::single, 7}));
  EXPECT_EQ(state.light, light_of(Priority::high, false));
}

TEST(Messages, AnAlarmInWordsThatWeDoNotKnowIsHighAndFlashes) {
  const State state = state_of(R"({"type":"annunciate","audible":[{"priority":"extreme"}],
    "visible":[{"priority":7,"signal":"dancing"}]})");
  EXPECT_EQ(wish_of(state, true).sound, Sound::high);
  EXPECT_EQ(state.light, light_of(Priority::high, false));
}

TEST(Messages, NobodyAnswersSoundsLikeNothingElse) {
  const State state =
      state_of(R"({"type":"annunciate","audible":[{"priority":"high","sound":"two-tone"}]})");
  EXPECT_EQ(wish_of(state, true).sound, Sound::two_tone);
}

TEST(Messages, ALitAlarmIsNeverHiddenByOneThatWasAcknowledged) {
  const State state = state_of(R"({"type":"annunciate","audible":[],"visible":[
    {"priority":"medium","signal":"on"},{"priority":"high","signal":"acknowledged"},
    {"priority":"high","signal":"on"},{"priority":"high","signal":"marked"}]})");
  EXPECT_EQ(state.light, light_of(Priority::high, false));
}

TEST(Messages, GarbageIsNoMessage) {
  for (const char* text : {"", "7", "{", "[]", R"({"type":7})", R"({"type":"other"})"}) {
    EXPECT_FALSE(read(text)) << text;
  }
}

}  // namespace
}  // namespace lamplight::sounder
