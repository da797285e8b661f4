// What an event says about itself is read by a carer at night and by a court years later: exact
// numbers, the limits of that instant, the child's name only at home.
#include "rules/engine/evidence.h"

#include <gtest/gtest.h>

#include "rules/engine/engine.h"
#include "tests/engine/programs.h"

namespace lamplight::engine {
namespace {

Piece words(const char* text) { return {Piece::Kind::literal, text, {}}; }
Piece hole(Piece::Kind kind, const char* name) { return {kind, name, {}}; }

// x < low - 2 for 10 s, with every kind of hole in its texts.
Program speaking_program() {
  ProgramBuilder b;
  Signal s = percent_signal();
  s.step = {1, 10};
  s.decimals = 1;
  s.max = 1000;
  const auto x = b.add_signal(s);
  Signal mode;
  mode.name = "mode";
  mode.path = "pump.state";
  mode.kind = SignalKind::enumeration;
  mode.enumerators = {"hold", "run"};
  mode.max = 1;
  mode.stale = hours(1);
  const auto m = b.add_signal(mode);
  Signal flag = mode;
  flag.name = "flag";
  flag.path = "pump.silenced";
  flag.kind = SignalKind::boolean;
  flag.enumerators.clear();
  const auto f = b.add_signal(flag);
  b.add_profile({"night", 0, 60, 0x7F});
  Limit limit;
  limit.name = "low";
  limit.unit = "percent";
  limit.step = {1, 1};
  limit.base = 90;
  limit.allowed_min = 80;
  limit.allowed_max = 95;
  limit.at = {88};
  const auto l = b.add_limit(limit);
  Text atom;
  atom.pieces = {
      words("x < "),
      {Piece::Kind::quantity, "low - 2 percent", {{{}, {{l, 10}}, -20}, {1, 10}, 1, "percent"}}};
  const auto low =
      b.compare({{{x, 1}}, {{l, -10}}, 20},
                {.text = b.add_text(atom), .step = {1, 10}, .decimals = 1, .unit = "percent"});
  const auto run = b.is_value(m, 1, {.text = b.add_literal("mode is run")});
  const auto silent = b.is_value(f, 1, {.text = b.add_literal("flag")});
  Alarm a =
      alarm_of("low", kHigh, b.hold_for(b.both(low, b.either(run, silent)), span(seconds(10))));
  Text say;
  say.pieces = {hole(Piece::Kind::child, "child"),
                words(" below "),
                {Piece::Kind::quantity, "low", {{{}, {{l, 1}}, 0}, {1, 1}, 0, "percent"}},
                words(" for "),
                hole(Piece::Kind::held, "held"),
                words(", now "),
                {Piece::Kind::quantity, "x", {{{{x, 1}}, {}, 0}, {1, 10}, 1, "percent"}},
                words("; third "),
                {Piece::Kind::quantity, "x / 3", {{{{x, 1}}, {}, 0}, {1, 30}, 1, "percent"}}};
  Text title;
  title.pieces = {words("Low ("), hole(Piece::Kind::reason, "reason"), words(")")};
  a.title = b.add_text(title);
  a.say = b.add_text(say);
  Text act;
  act.pieces = {words("Look at "),
                hole(Piece::Kind::child, "child"),
                words(": "),
                {Piece::Kind::quantity, "x", {{{{x, 1}}, {}, 0}, {1, 10}, 1, "percent"}}};
  a.instruction = b.add_text(act);
  b.add_alarm(a);
  return *b.build();
}

class Spoken : public ::testing::Test {
 protected:
  void ring() {
    const InputSample start[] = {{{0}, 873, 0, Quality::ok, Reason::none},
                                 {{0}, 1, 1, Quality::ok, Reason::none},
                                 {{0}, 0, 2, Quality::ok, Reason::none}};
    run.step(0, {.samples = start});
    for (int s = 1; s <= 10; ++s) run.sample(s * kSecond, s == 4 ? 841 : 852);
  }
  Scenario run{speaking_program()};
  const Program& program() { return run.engine().program(); }
  const Alarm& alarm() { return run.engine().alarm(0); }
  const Event& event() { return run.effects().events()[0]; }
  std::string json() {
    std::string out;
    JsonWriter writer(out);
    write_evidence_json(program(), run.effects(), event(), {}, writer);
    return out;
  }
  std::string say(Wording which, const char* child) {
    return sentence(program(), alarm(), run.effects(), event(), which, child);
  }
};

TEST_F(Spoken, EvidenceNamesTheAtomsThatDecided) {
  ring();
  EXPECT_EQ(
      json(),
      "{\"held\":10,\"atoms\":[{\"text\":\"x < 88 percent\",\"truth\":\"T\",\"since\":0,"
      "\"worst\":84.1,\"last\":85.2,\"samples\":11},{\"text\":\"mode is run\",\"truth\":\"T\","
      "\"since\":0,\"worst\":\"run\",\"last\":\"run\",\"samples\":1}],\"reasons\":[]}");
}

TEST_F(Spoken, SentencesUseTheValuesOfTheInstantAndRoundHalfAway) {
  ring();
  run.engine();
  EXPECT_EQ(say(Wording::say, "Mia"),
            "Mia below 90 percent for 10 s, now 85.2 percent; third 28.4 percent");
  EXPECT_EQ(say(Wording::instruction, "the child"), "Look at the child: 85.2 percent");
  EXPECT_EQ(say(Wording::title, "Mia"), "Low ()");
  EXPECT_EQ(template_text(program(), alarm().say),
            "{child} below {low} for {held}, now {x}; third {x / 3}");
  EXPECT_EQ(template_text(program(), kNone), "");
}

// A list of open alarms has no event: what it shows is true now, and never a template.
TEST_F(Spoken, TextsInListsSayWhatIsTrueNow) {
  ring();
  const auto now = [&](TextIndex text) { return text_now(run.engine(), 0, text, "Mia"); };
  EXPECT_EQ(now(alarm().title), "Low");
  EXPECT_EQ(now(alarm().say),
            "Mia below 90 percent for some time, now 85.2 percent; third 28.4 percent");
  EXPECT_EQ(now(kNone), "");
  const InputSample gone[] = {{{11 * kSecond}, 0, 0, Quality::missing, Reason::link_lost}};
  run.step(11 * kSecond, {.samples = gone});
  ASSERT_EQ(run.engine().view(0).condition, ConditionState::unconfirmed);
  EXPECT_EQ(now(alarm().title), "Low (link_lost)");
  EXPECT_EQ(now(alarm().instruction), "Look at Mia: not measured (link_lost)");
  run.sample(12 * kSecond, 850);
  EXPECT_EQ(now(alarm().title), "Low");
}

TEST_F(Spoken, ArgumentsNeverCarryTheChildsName) {
  ring();
  std::string out;
  JsonWriter writer(out);
  write_args_json(program(), alarm(), run.effects(), event(), Wording::say, writer);
  EXPECT_EQ(out,
            "{\"low\":\"90 percent\",\"held\":\"10 s\",\"x\":\"85.2 percent\","
            "\"x / 3\":\"28.4 percent\"}");
}

TEST_F(Spoken, LimitsAreThoseOfTheInstant) {
  const InputSample start[] = {{{0}, 840, 0, Quality::ok, Reason::none},
                               {{0}, 1, 1, Quality::ok, Reason::none}};
  run.step(0, {.samples = start, .profiles = ProfileSet{1}});
  for (int s = 1; s <= 10; ++s) run.sample(s * kSecond, 840);
  EXPECT_NE(json().find("x < 86 percent"), std::string::npos) << json();
  EXPECT_TRUE(say(Wording::say, "Mia").starts_with("Mia below 88 percent"));
}

TEST_F(Spoken, AHoleThatIsNotMeasuredSaysWhy) {
  ring();
  run.missing(11 * kSecond, Reason::probe_off);
  ASSERT_EQ(event().kind, EventKind::unconfirmed);
  EXPECT_EQ(json().find("\"reasons\":[\"probe_off\"]"), json().find("\"reasons\":"));
  EXPECT_NE(json().find("\"worst\":null,\"last\":null,\"samples\":0"), std::string::npos) << json();
  EXPECT_EQ(say(Wording::title, "Mia"), "Low (probe_off)");
}

TEST(Sentence, OfALostAlarmSaysTheReasonAndTheHoleSaysNotMeasured) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  Alarm lost;
  lost.rank = kMedium;
  Text t;
  t.pieces = {
      words("Gone ("), hole(Piece::Kind::reason, "reason"),
      words(") for "), hole(Piece::Kind::held, "held"),
      words(": "),     {Piece::Kind::quantity, "x", {{{{x, 1}}, {}, 0}, {1, 1}, 0, "percent"}}};
  lost.title = b.add_text(t);
  b.add_lost(x, span(seconds(200)), lost);
  Scenario run(*b.build());
  run.step(0);
  run.step(300 * kSecond);
  const Event& e = run.effects().events()[0];
  EXPECT_EQ(sentence(run.engine().program(), run.engine().alarm(0), run.effects(), e,
                     Wording::title, "x"),
            "Gone (never) for 3 min 20 s: not measured (never)");
  EXPECT_EQ(
      sentence(run.engine().program(), run.engine().alarm(0), run.effects(), e, Wording::say, "x"),
      "");
  EXPECT_EQ(e.measured_at, kNever);
}

TEST(Words, EveryKindOfEventHasItsWordAndBack) {
  for (int i = 0; i < kEventKindCount; ++i) {
    const auto kind = static_cast<EventKind>(i);
    EXPECT_EQ(event_kind_of(name_of(kind)), kind);
  }
  EXPECT_FALSE(event_kind_of("rung"));
  for (int i = 0; i <= static_cast<int>(Cause::to_lost); ++i) {
    EXPECT_FALSE(name_of(static_cast<Cause>(i)).empty());
  }
  for (int i = 0; i <= static_cast<int>(RejectWhy::lost_not_open); ++i) {
    EXPECT_FALSE(name_of(static_cast<RejectWhy>(i)).empty());
  }
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(name_of(static_cast<ConditionState>(i)).empty());
    EXPECT_FALSE(name_of(static_cast<SignalState>(i)).empty());
  }
  EXPECT_FALSE(technical_of("nothing"));
}

TEST(Words, ActorsAreCutToTheirPlaceAndPadded) {
  const Actor a = make_actor(std::string(100, 'a'), "nurse", Place::remote);
  EXPECT_EQ(a.id_text(), std::string(64, 'a'));
  EXPECT_EQ(a.role_text(), "nurse");
}

// 90 acknowledged alarms, each reminding every second: an hour in one step is 324,000 events.
std::vector<std::pair<int64_t, uint64_t>> an_hour_of_reminders(const Program& program,
                                                               bool in_one_step, int& calls) {
  Engine engine(program, {});
  EffectList effects;
  std::vector<std::pair<int64_t, uint64_t>> told;
  const auto step = [&](int64_t t, const Input& input) {
    for (StepStatus s = StepStatus::again; s == StepStatus::again; ++calls) {
      effects.clear();
      s = engine.step({t}, input, effects);
      for (const Event& e : effects.events()) told.emplace_back(e.t.ns, e.occurrence);
    }
  };
  const InputSample low{{0}, 80, 0, Quality::ok, Reason::none};
  step(0, {.samples = {&low, 1}});
  std::vector<Command> acks;
  for (uint64_t o = 1; o <= 90; ++o) {
    acks.push_back(
        {CommandKind::acknowledge, o, kNone, make_actor("x", "nurse", Place::bedside), 0});
  }
  step(1, {.commands = acks});
  for (int64_t s = 1; !in_one_step && s < 3600; ++s) step(s * kSecond, {});
  step(3600 * kSecond, {});
  return told;
}

TEST(Effects, AFullListAsksForAnotherCallAndLosesNothing) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal("spo2", hours(24)));
  for (int i = 0; i < 90; ++i) {
    Alarm a = alarm_of("a" + std::to_string(i), kLow, below(b, x, 90));
    a.remind_every = seconds(1);
    b.add_alarm(a);
  }
  const Program program = *b.build();
  int one_calls = 0;
  int many_calls = 0;
  const auto one = an_hour_of_reminders(program, true, one_calls);
  const auto many = an_hour_of_reminders(program, false, many_calls);
  EXPECT_EQ(one.size(), 90U * 3 + 90U * 3599);
  EXPECT_TRUE(one == many);
  EXPECT_GT(one_calls, 100);
  EXPECT_EQ(many_calls, 3602);
}

}  // namespace
}  // namespace lamplight::engine
