// The rules file and the plan file as they were written: one struct a construct of the grammar,
// nothing resolved, nothing folded. The checker, the compiler, the sentences and the naive oracle
// all read this. A tree is a value: it can be copied, and its depth is bounded by the parser.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rules/language/diagnostic.h"
#include "rules/language/number.h"
#include "rules/language/unit.h"
#include "rules/model/priority.h"
#include "rules/model/time.h"

namespace lamplight::rules::ast {

struct Name {
  std::string text;
  Position at;
};

struct Quantity {  // "90 percent"; `unit` empty for a bare number
  Decimal number;
  std::optional<Unit> unit;
  Position at;
};

struct Span {  // a literal duration, or the name of a limit that is one
  std::optional<Duration> literal;
  Name limit;  // when `literal` is empty
  Position at;
};

// ---- numeric expressions: sum = term { (+|-) term }, term = factor { (*|/) NUM }

struct Condition;

enum class Aggregate : uint8_t { mean, min, max, change, drop, rise, share };

struct Factor {
  enum class Kind : uint8_t { quantity, name, aggregate, age };
  Kind kind = Kind::quantity;
  Position at;
  Quantity quantity;  // quantity
  Name name;          // name; the signal of an aggregate (share excepted) and of age
  Aggregate aggregate = Aggregate::mean;
  std::vector<Condition> condition;  // share of time ( condition ): exactly one
  Duration over;                     // window of an aggregate
  std::optional<Decimal> needs;      // "needs 80 percent valid"
};

struct Scaling {
  bool divide = false;
  Decimal by;
  Position at;
};

struct Term {
  bool negative = false;  // joined by "-"
  Factor factor;
  std::vector<Scaling> scalings;
};

struct Sum {
  std::vector<Term> terms;  // at least one
  Position at;
  Position end;  // one past its last character
};

// ---- conditions

enum class Relation : uint8_t { less, less_equal, greater, greater_equal };

enum class ConditionKind : uint8_t {
  any,        // or: parts, two or more
  all,        // and: parts, two or more
  negation,   // not: parts[0]
  held,       // parts[0] for span [ignoring gaps up to gaps]
  within,     // parts[0] within last span
  since,      // parts[0] since parts[1]
  compare,    // sums[0] relation sums[1]
  between,    // sums[0] between sums[1] and sums[2], both bounds included
  value,      // sums[0] alone: a boolean name, or (body of a let) a numeric expression
  is_word,    // subject is [not] word: an enumerator
  is_lost,    // subject is [not] lost
  is_valid,   // subject is [not] valid
  shortfall,  // of subject below sums[0] [forget after span] >= sums[1]
  excess,     // of subject above sums[0] [forget after span] >= sums[1]
  count,      // count of ( parts[0] ) starting within window >= at_least
};

struct Condition {
  ConditionKind kind = ConditionKind::value;
  Position at;   // of its first word
  Position end;  // one past its last character
  Position operator_at;
  std::vector<Condition> parts;
  std::vector<Sum> sums;
  Relation relation = Relation::less;
  Sum subject;           // is_*, shortfall, excess: must be one plain signal name
  Name word;             // is_word
  bool negated = false;  // is not
  Span span;             // held, within; forget after (only if has_forget)
  bool has_forget = false;
  std::optional<Span> gaps;
  Duration window;
  int64_t at_least = 0;
  bool parenthesised = false;
};

// ---- declarations

struct Type {
  enum class Kind : uint8_t { quantity, boolean, enumeration };
  Kind kind = Kind::quantity;
  Unit unit;
  std::vector<Name> words;
  Position at;
};

struct Range {
  Decimal low;
  Decimal high;
  Position at;
  Position high_at;
};

struct Signal {
  Name name;
  Type type;
  Name path;  // "oximeter.spo2"
  std::optional<Decimal> step;
  Position step_at;
  std::optional<Range> range;
  Duration every;
  Position every_at;
  Duration stale_after;
  Position stale_at;
};

struct Button {
  Name name;
  Duration lasts_at_most;
  std::optional<Duration> rests;
};

struct TimeOfDay {
  int minutes = 0;  // since midnight
};

struct TimeRange {
  TimeOfDay from;
  TimeOfDay to;  // exclusive; from > to goes over midnight
  Position at;
};

struct Profile {
  Name name;
  TimeRange hours;
  uint8_t days = 0x7f;  // bit 0 = Monday
};

struct ProfileValue {
  Name profile;
  Quantity value;
};

struct Limit {
  Name name;
  Quantity value;
  Range allowed;  // in the unit of `value`
  std::vector<Name> by;
  std::vector<ProfileValue> at;
};

struct Let {
  Name name;
  Condition body;
};

struct RankText {
  Rank rank;
  Position at;
};

struct Text {
  struct Hole {
    enum class Kind : uint8_t { child, held, reason, sum };
    Kind kind = Kind::child;
    Sum sum;
    Position at;
    std::string source;  // what stood between the braces
  };
  // literals[0] hole[0] literals[1] hole[1] … : one literal more than holes
  std::vector<std::string> literals;
  std::vector<Hole> holes;
  Position at;
};

struct EscalationStep {
  Name role;
  Duration after;  // zero for "now"
};

struct Unknown {
  bool clears = false;  // else "keeps"
  Duration after;
  Position at;
};

struct Notify {
  int64_t at_most = 0;
  Duration per;
  Position at;
};

struct Worsens {
  Condition when;
  RankText to;
};

struct Alarm {
  Name name;
  std::string title;
  RankText rank;
  std::optional<Condition> when;  // always there in a file without errors
  std::optional<Condition> clear;
  std::optional<Worsens> worsens;
  bool never_inhibited = false;
  bool latch = false;
  std::optional<Unknown> unknown;
  std::optional<Text> say;
  std::optional<Text> act;  // "do"
  std::optional<std::string> because;
  std::vector<EscalationStep> escalate;
  std::optional<Duration> remind;
  Position remind_at;
  std::optional<Notify> notify;
  Position latch_at;
};

struct AlarmRef {
  Name name;
  bool is_lost = false;  // "lost spo2"
};

struct Inhibit {
  std::vector<AlarmRef> alarms;
  Condition condition;
  std::optional<Duration> at_most;
  Position at;
};

struct Lost {
  Name signal;
  Span span;
  struct Share {
    Decimal percent;
    Duration of;
  };
  std::optional<Share> share;
  RankText rank;
  Text text;
  std::optional<Text> act;
  std::vector<EscalationStep> escalate;
  Position at;
};

// What was declared, in file order: the index into the vector of its kind.
enum class DeclarationKind : uint8_t { signal, button, profile, limit, let, alarm, inhibit, lost };
struct Declaration {
  DeclarationKind kind;
  size_t index;
};

struct File {
  int64_t version = 0;  // "rules 1"
  std::string title;    // "home-vent"
  Position at;
  std::vector<Name> roles;
  std::vector<Signal> signals;
  std::vector<Button> buttons;
  std::vector<Profile> profiles;
  std::vector<Limit> limits;
  std::vector<Let> lets;
  std::vector<Alarm> alarms;
  std::vector<Inhibit> inhibits;
  std::vector<Lost> losts;
  std::vector<Declaration> order;
  // Names whose declaration had a syntax error: known to exist, nothing more.
  std::vector<std::string> broken;
  // Alarms with an error in one of their clauses: the other clauses are still checked.
  std::vector<Alarm> broken_alarms;
  bool has_nameless_broken = false;  // a declaration broke before its name
  bool is_header_broken = false;
};

// ---- the plan

struct Note {
  std::string by;
  std::string on;  // YYYY-MM-DD, a date that exists
  std::string because;
  Position at;
  bool is_broken = false;  // a syntax error in it: what was read stands
};

struct PlanSet {  // spo2_low at night = 89 percent
  Name name;
  std::optional<Name> profile;
  std::optional<Quantity> value;
  std::optional<TimeRange> hours;  // night = 20:30..06:30
  std::optional<Note> note;
};

struct PlanSwitch {  // off ALARM, without ROLE
  Name name;
  Note note;
};

struct Plan {
  int64_t version = 0;  // "plan 3"
  std::string child;
  Position child_at;
  int64_t rules_version = 0;
  std::string rules_title;
  Position rules_at;
  bool is_header_broken = false;
  std::vector<PlanSet> sets;
  std::vector<PlanSwitch> off;
  std::vector<PlanSwitch> without;
};

}  // namespace lamplight::rules::ast
