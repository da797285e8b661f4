// The declaration half of the grammar, with recovery. An error inside an alarm costs one clause,
// an error elsewhere one declaration; a name whose declaration broke is remembered, so that its
// uses raise no second message.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "rules/language/parse.h"
#include "rules/language/parse_expression.h"
#include "rules/model/limits.h"

namespace lamplight::rules {
namespace {

using ast::DeclarationKind;

constexpr size_t kStatesMax = 64;

constexpr std::array<std::string_view, 9> kDeclarations = {
    "roles", "signal", "button", "profile", "limit", "let", "alarm", "inhibit", "lost"};
constexpr std::array<std::string_view, 13> kClauses = {
    "when", "clear",   "worsens",  "never",  "latch",  "unknown", "say",
    "do",   "because", "escalate", "remind", "notify", "end"};

constexpr auto kPlaces = [] {
  std::array<std::string_view, kDeclarations.size() + kClauses.size()> out{};
  std::copy(kDeclarations.begin(), kDeclarations.end(), out.begin());
  std::copy(kClauses.begin(), kClauses.end(), out.begin() + kDeclarations.size());
  return out;
}();

class RulesParser {
 public:
  RulesParser(const SourceText& source, uint16_t file_index, ParsedRules& out)
      : c_(source, file_index, out.diagnostics), e_(c_), file_(out.file) {}

  void run() {
    file_.at = c_.here();
    file_.has_nameless_broken = c_.panicking();  // not a text at all
    c_.expect_word("rules");
    file_.version = c_.expect_integer("the version");
    file_.title = c_.expect_string("the name of these rules", limits::kTitleCharsMax);
    file_.is_header_broken = c_.panicking();
    if (c_.panicking()) c_.recover(kDeclarations);
    while (!c_.at_end() && !c_.exhausted()) declaration();
    if (!c_.at_end()) file_.has_nameless_broken = true;
  }

 private:
  void declaration() {
    const Token word = c_.peek();
    broken_name_.clear();
    dispatch(word);
    if (!c_.panicking()) return;
    if (broken_name_.empty()) file_.has_nameless_broken = true;
    if (!broken_name_.empty()) file_.broken.push_back(broken_name_);
    c_.recover(kDeclarations, 1);
  }

  void dispatch(const Token& word) {
    if (c_.accept_word("roles")) return roles();
    if (c_.accept_word("signal")) return signal();
    if (c_.accept_word("button")) return button();
    if (c_.accept_word("profile")) return profile();
    if (c_.accept_word("limit")) return limit();
    if (c_.accept_word("let")) return let();
    if (c_.accept_word("alarm")) return alarm();
    if (c_.accept_word("inhibit")) return inhibit(word.at);
    if (c_.accept_word("lost")) return lost(word.at);
    if (!word.begins_line) forget_let();
    const std::string near = nearest_word(word.text, kDeclarations);
    const bool is_clause = std::find(kClauses.begin(), kClauses.end(), word.text) != kClauses.end();
    if (word.kind == TokenKind::word) c_.take();
    if (is_clause) {
      broken_name_ = word.text;  // declares nothing
    } else if (c_.peek().kind == TokenKind::word && !c_.peek().begins_line) {
      broken_name_ = (near == "lost" ? "lost " : "") + std::string(c_.peek().text);
    }
    c_.fail_at_start(word, "a declaration",
                     is_clause      ? "put it inside an alarm, before its `end`"
                     : near.empty() ? "begin with roles, signal, button, profile, limit, let, "
                                      "alarm, inhibit or lost"
                                    : "did you mean `" + near + "`?");
  }

  // What stands behind a `let` and is no declaration belongs to it: its sum is not what was meant.
  void forget_let() {
    if (file_.order.empty() || file_.order.back().kind != DeclarationKind::let) return;
    file_.broken.push_back(file_.lets.back().name.text);
    file_.lets.pop_back();
    file_.order.pop_back();
  }

  template <class T>
  void add(DeclarationKind kind, std::vector<T>& all, T&& one) {
    if (c_.panicking()) return;
    file_.order.push_back({kind, all.size()});
    all.push_back(std::forward<T>(one));
  }

  ast::Name new_name(std::string_view what) {
    ast::Name name = c_.expect_name(what);
    broken_name_ = name.text;
    return name;
  }

  void roles() {
    broken_name_ = "roles";
    do {
      file_.roles.push_back(c_.expect_name("a role"));
    } while (c_.accept_symbol(","));
    if (c_.panicking()) file_.roles.pop_back();
  }

  ast::Type type() {
    ast::Type out;
    out.at = c_.here();
    if (c_.accept_word("bool")) {
      out.kind = ast::Type::Kind::boolean;
    } else if (c_.accept_symbol("{")) {
      out.kind = ast::Type::Kind::enumeration;
      do {
        if (out.words.size() == kStatesMax) {
          c_.fail(c_.here(), "E10", "more than 64 states", "list those that a rule reads");
        }
        out.words.push_back(c_.expect_name("a state"));
      } while (c_.accept_symbol(","));
      c_.expect_symbol("}");
    } else if (c_.peek().kind == TokenKind::unit || c_.is_word("min")) {
      const Token word = c_.take();
      const auto unit = find_unit(word.text);
      if (unit) out.unit = *unit;
      if (!unit) c_.fail(word.at, "E1", "this product of units is too high", "use a simpler unit");
    } else if (c_.is_strange_unit()) {
      c_.fail_unit({});
    } else {
      c_.fail_here("a unit, `bool` or `{` states `}`", "write what the signal is, such as percent");
    }
    return out;
  }

  ast::Name path() {
    const Token t = c_.expect_token(TokenKind::path, "where the signal comes from",
                                    "write a role and a signal, such as `oximeter.spo2`");
    return {std::string(t.text), t.at};
  }

  ast::Range range() {
    ast::Range out;
    out.at = c_.here();
    out.low = c_.expect_signed_decimal("the lower end");
    c_.expect_symbol("..");
    out.high_at = c_.here();
    out.high = c_.expect_signed_decimal("the upper end");
    return out;
  }

  void signal() {
    ast::Signal s;
    s.name = new_name("a signal's name");
    c_.expect_symbol(":");
    s.type = type();
    c_.expect_word("from");
    s.path = path();
    if (c_.is_word("step")) {
      c_.take();
      s.step_at = c_.here();
      s.step = c_.expect_decimal("a step");
    }
    if (c_.accept_word("range")) s.range = range();
    c_.expect_word("every");
    s.every_at = c_.here();
    s.every = c_.expect_duration("the cadence");
    c_.expect_word("stale");
    c_.expect_word("after");
    s.stale_at = c_.here();
    s.stale_after = c_.expect_duration("the time after which a value is too old");
    add(DeclarationKind::signal, file_.signals, std::move(s));
  }

  void button() {
    ast::Button b;
    b.name = new_name("a button's name");
    c_.expect_symbol(":");
    c_.expect_word("lasts");
    c_.expect_word("at");
    c_.expect_word("most");
    b.lasts_at_most = c_.expect_duration("a duration");
    if (c_.accept_word("rests")) b.rests = c_.expect_duration("a duration");
    add(DeclarationKind::button, file_.buttons, std::move(b));
  }

  void profile() {
    static constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu",
                                                              "fri", "sat", "sun"};
    ast::Profile p;
    p.name = new_name("a profile's name");
    c_.expect_symbol("=");
    p.hours = c_.expect_time_range();
    if (c_.accept_word("on")) {
      p.days = 0;
      do {
        const auto* day = std::find(kDays.begin(), kDays.end(), c_.peek().text);
        if (c_.panicking() || day == kDays.end()) {
          c_.fail_here("a day", "write mon, tue, wed, thu, fri, sat or sun");
          break;
        }
        c_.take();
        p.days = static_cast<uint8_t>(p.days | (1U << (day - kDays.begin())));
      } while (c_.accept_symbol(","));
    }
    add(DeclarationKind::profile, file_.profiles, std::move(p));
  }

  void limit() {
    ast::Limit l;
    l.name = new_name("a limit's name");
    c_.expect_symbol("=");
    l.value = c_.expect_quantity("a value");
    c_.expect_word("allowed");
    l.allowed = range();
    if (c_.accept_word("by")) {
      do {
        l.by.push_back(c_.expect_name("a role"));
      } while (c_.accept_symbol(","));
    }
    while (c_.accept_word("at")) {
      ast::ProfileValue value;
      value.profile = c_.expect_name("a profile");
      value.value = c_.expect_quantity("a value");
      l.at.push_back(std::move(value));
    }
    add(DeclarationKind::limit, file_.limits, std::move(l));
  }

  void let() {
    ast::Let l;
    l.name = new_name("a name");
    c_.expect_symbol("=");
    l.body = e_.condition();
    add(DeclarationKind::let, file_.lets, std::move(l));
  }

  ast::RankText rank() {
    ast::RankText out;
    out.at = c_.here();
    c_.expect_word("severity");
    if (c_.accept_word("irreversible")) {
      out.rank.severity = Severity::irreversible;
    } else if (c_.accept_word("reversible")) {
      out.rank.severity = Severity::reversible;
    } else if (c_.accept_word("minor")) {
      out.rank.severity = Severity::minor;
    } else {
      c_.fail_here("a severity", "write irreversible, reversible or minor");
    }
    c_.expect_word("onset");
    if (c_.accept_word("immediate")) {
      out.rank.onset = Onset::immediate;
    } else if (c_.accept_word("prompt")) {
      out.rank.onset = Onset::prompt;
    } else if (c_.accept_word("delayed")) {
      out.rank.onset = Onset::delayed;
    } else {
      c_.fail_here("an onset", "write immediate, prompt or delayed");
    }
    return out;
  }

  void alarm() {
    ast::Alarm a;
    a.name = new_name("an alarm's name");
    a.title = c_.expect_string("the alarm's title", limits::kTitleCharsMax);
    a.rank = rank();
    bool broken = c_.panicking();
    if (broken) c_.recover(kPlaces);
    seen_.clear();
    Token previous;
    while (!c_.accept_word("end")) {
      const Token word = c_.peek();
      const bool is_declaration =
          word.begins_line && word.kind == TokenKind::word &&
          std::find(kDeclarations.begin(), kDeclarations.end(), word.text) != kDeclarations.end();
      if (c_.at_end() || is_declaration || c_.exhausted()) {
        if (!broken) {
          c_.report(c_.here(), "E0", "the alarm `" + a.name.text + "` has no `end`",
                    "write `end` after its last clause");
        }
        broken = true;
        break;
      }
      clause(word, a);
      if (!c_.panicking()) previous = word;
      if (c_.panicking()) {
        broken = true;
        forget(word, a);
        if (!word.begins_line) forget(previous, a);  // it is the one that reads on
        c_.recover(kPlaces, word.begins_line ? word.at.column : 0);
      }
    }
    if (!a.when && !broken) {
      c_.report(a.name.at, "E0", "the alarm `" + a.name.text + "` has no `when`",
                "write `when` and what it rings for");
      broken = true;
    }
    if (broken) {
      file_.broken.push_back(a.name.text);
      if (a.name.text.empty()) file_.has_nameless_broken = true;
      if (!a.name.text.empty()) file_.broken_alarms.push_back(std::move(a));
    } else {
      add(DeclarationKind::alarm, file_.alarms, std::move(a));
    }
  }

  // Half a clause would raise a second message about the same mistake.
  static void forget(const Token& word, ast::Alarm& a) {
    if (word.text == "when") a.when.reset();
    if (word.text == "clear") a.clear.reset();
    if (word.text == "worsens") a.worsens.reset();
    if (word.text == "say") a.say.reset();
    if (word.text == "do") a.act.reset();
    if (word.text == "escalate") a.escalate.clear();
  }

  void clause(const Token& word, ast::Alarm& a) {
    const bool known = std::find(kClauses.begin(), kClauses.end(), word.text) != kClauses.end();
    if (word.kind == TokenKind::word && known) {
      if (std::find(seen_.begin(), seen_.end(), word.text) != seen_.end()) {
        c_.report(word.at, "E0",
                  "`" + a.name.text + "` has a second `" + std::string(word.text) + "`",
                  "keep one of them");
      }
      seen_.push_back(word.text);
      c_.take();
      return known_clause(word, a);
    }
    const std::string near = nearest_word(word.text, kClauses);
    if (word.kind == TokenKind::word) c_.take();
    c_.fail_at_start(word, "a clause or `end`",
                     near.empty() || word.kind != TokenKind::word ? "end the alarm with `end`"
                                                                  : "did you mean `" + near + "`?");
  }

  void known_clause(const Token& word, ast::Alarm& a) {
    if (word.text == "when") {
      a.when = e_.condition();
    } else if (word.text == "clear") {
      c_.expect_word("when");
      a.clear = e_.condition();
    } else if (word.text == "worsens") {
      ast::Worsens w;
      c_.expect_word("when");
      w.when = e_.condition();
      c_.expect_word("to");
      w.to = rank();
      a.worsens = std::move(w);
    } else if (word.text == "never") {
      c_.expect_word("inhibited");
      a.never_inhibited = true;
    } else if (word.text == "latch") {
      c_.expect_word("until");
      c_.expect_word("acknowledged");
      a.latch = true;
      a.latch_at = word.at;
    } else if (word.text == "unknown") {
      unknown(word, a);
    } else if (word.text == "say") {
      a.say = e_.text("what is said", limits::kSayCharsMax);
    } else if (word.text == "do") {
      a.act = e_.text("what to do", limits::kDoCharsMax);
    } else if (word.text == "because") {
      a.because = c_.expect_string("a reason", limits::kReasonCharsMax);
    } else if (word.text == "escalate") {
      a.escalate = e_.escalation();
    } else if (word.text == "remind") {
      c_.expect_word("every");
      a.remind_at = word.at;
      a.remind = c_.expect_duration("a duration");
    } else {
      notify(word, a);
    }
  }

  void unknown(const Token& word, ast::Alarm& a) {
    ast::Unknown u;
    u.at = word.at;
    if (c_.accept_word("clears")) {
      u.clears = true;
      c_.expect_word("after");
      u.after = c_.expect_duration("a duration");
    } else if (!c_.accept_word("keeps")) {
      c_.fail_here("`keeps` or `clears`", "write `unknown keeps` or `unknown clears after 30 min`");
    }
    a.unknown = u;
  }

  void notify(const Token& word, ast::Alarm& a) {
    ast::Notify n;
    n.at = word.at;
    c_.expect_word("at");
    c_.expect_word("most");
    n.at_most = c_.expect_integer("a count");
    c_.expect_word("per");
    n.per = c_.expect_duration("a duration");
    a.notify = n;
  }

  void inhibit(Position at) {
    ast::Inhibit i;
    i.at = at;
    broken_name_ = "inhibit";  // declares no name
    do {
      ast::AlarmRef ref;
      ref.is_lost = c_.accept_word("lost");
      ref.name = c_.expect_name("an alarm's name");
      i.alarms.push_back(std::move(ref));
    } while (c_.accept_symbol(","));
    c_.expect_word("while");
    i.condition = e_.condition();
    if (c_.accept_word("at")) {
      c_.expect_word("most");
      i.at_most = c_.expect_duration("a duration");
    }
    add(DeclarationKind::inhibit, file_.inhibits, std::move(i));
  }

  void lost(Position at) {
    ast::Lost l;
    l.at = at;
    l.signal = c_.expect_name("a signal's name");
    if (!c_.panicking()) broken_name_ = "lost " + l.signal.text;
    c_.expect_word("for");
    l.span = c_.expect_span("a duration");
    if (c_.accept_word("or")) {
      ast::Lost::Share share;
      share.percent = c_.expect_decimal("a share");
      if (c_.peek().text != "percent") c_.fail_here("`percent`", "write `50 percent of 3 min`");
      c_.take();
      c_.expect_word("of");
      share.of = c_.expect_duration("a window's length");
      l.share = share;
    }
    c_.expect_symbol(":");
    l.rank = rank();
    l.text = e_.text("what is said", limits::kTitleCharsMax);
    if (c_.accept_word("do")) l.act = e_.text("what to do", limits::kDoCharsMax);
    if (c_.accept_word("escalate")) l.escalate = e_.escalation();
    add(DeclarationKind::lost, file_.losts, std::move(l));
  }

  Cursor c_;
  ExpressionParser e_;
  ast::File& file_;
  std::string broken_name_;
  std::vector<std::string_view> seen_;
};

}  // namespace

ParsedRules parse_rules(const SourceText& source, uint16_t file_index) {
  ParsedRules out;
  RulesParser(source, file_index, out).run();
  return out;
}

}  // namespace lamplight::rules
