#include "firmware-sim/scenario.h"

namespace lamplight::sim {
namespace {

struct Token {
  std::string_view text;
  int column = 1;
};

std::vector<Token> split(std::string_view line) {
  std::vector<Token> tokens;
  size_t i = 0;
  while (i < line.size()) {
    if (line[i] == '#') break;
    if (line[i] == ' ' || line[i] == '\t' || line[i] == '\r') {
      ++i;
      continue;
    }
    const size_t begin = i;
    while (i < line.size() && line[i] != ' ' && line[i] != '\t' && line[i] != '\r' &&
           line[i] != '#') {
      ++i;
    }
    tokens.push_back({line.substr(begin, i - begin), static_cast<int>(begin) + 1});
  }
  return tokens;
}

struct Complaint {
  int column = 1;
  std::string message;
};
template <class T>
using Parsed = Result<T, Complaint>;

// Reads one word from tokens; every complaint points at the token it is about.
class WordReader {
 public:
  WordReader(const std::vector<Token>& tokens, size_t first, std::optional<Role> only)
      : tokens_(tokens), next_(first), only_(only) {}

  Parsed<Word> read() {
    const Token verb = take();
    if (verb.text == "set") return set();
    if (verb.text == "condition") return condition();
    if (verb.text == "silenced") return silenced();
    if (verb.text == "fault") return fault();
    if (verb.text == "unplug") return link(false);
    if (verb.text == "plug") return link(true);
    if (verb.text == "swap") return swap();
    if (verb.text == "patient") return patient();
    if (verb.text == "expect") return expect();
    return bad(verb, "no word '" + std::string(verb.text) +
                         "'; there are: set, condition, silenced, fault, unplug, plug, swap, "
                         "patient, expect");
  }

 private:
  Token take() {
    if (next_ < tokens_.size()) return tokens_[next_++];
    const Token last = tokens_.empty() ? Token{} : tokens_.back();
    return {{}, last.column + static_cast<int>(last.text.size()) + 1};
  }
  bool more() const { return next_ < tokens_.size(); }
  static tl::unexpected<Complaint> bad(const Token& at, std::string message) {
    return failure(Complaint{at.column, std::move(message)});
  }

  template <class T>
  Parsed<T> finish(Result<T> value, const Token& at) {
    if (!value) return bad(at, value.error());
    return end(std::move(*value));
  }
  template <class T>
  Parsed<T> end(T value) {
    if (more()) {
      return bad(tokens_[next_], "'" + std::string(tokens_[next_].text) +
                                     "' is too much here; remove it or begin a comment with #");
    }
    return value;
  }

  // "30 s" or "30s".
  Parsed<Duration> duration() {
    const Token number = take();
    if (number.text.empty()) return bad(number, "a time is missing; write it like 5 s");
    const auto letters = number.text.find_first_not_of("0123456789.-");
    const bool joined = letters != std::string_view::npos && letters > 0;
    const std::string_view unit = joined ? number.text.substr(letters) : take().text;
    auto parsed = parse_duration(joined ? number.text.substr(0, letters) : number.text, unit);
    if (!parsed) return bad(number, parsed.error());
    return *parsed;
  }

  Parsed<Role> role() {
    const Token word = take();
    if (const auto found = lamplight::role_of(word.text)) return *found;
    if (word.text.empty()) {
      return bad(word, "a role is missing; one of: oximeter, ventilator, pump, contact");
    }
    return bad(word, "no role '" + std::string(word.text) +
                         "'; there are: oximeter, ventilator, pump, contact");
  }

  Parsed<bool> on_off() {
    const Token word = take();
    if (word.text == "on") return true;
    if (word.text == "off") return false;
    return bad(word, "write on or off here" +
                         (word.text.empty() ? "" : ", not '" + std::string(word.text) + "'"));
  }

  Parsed<Word> set() {
    const Token name = take();
    const Token value = take();
    if (name.text.empty()) return bad(name, "a name is missing; write it like `set spo2 84`");
    if (value.text.empty()) {
      return bad(value,
                 "a value is missing; write it like `set " + std::string(name.text) + " 84`");
    }
    Duration over;
    if (more() && tokens_[next_].text == "over") {
      take();
      const auto parsed = duration();
      if (!parsed) return failure(parsed.error());
      over = *parsed;
    }
    auto word = make_set(name.text, value.text, over, only_);
    // A complaint about the value points at the value.
    const bool names_value = !word && make_set(name.text, "0", over, only_).has_value();
    return finish(std::move(word), names_value ? value : name);
  }

  Parsed<Word> condition() {
    const auto who = role();
    if (!who) return failure(who.error());
    const Token name = take();
    if (name.text.empty()) return bad(name, "a condition is missing, then on or off");
    const auto present = on_off();
    if (!present) return failure(present.error());
    return finish(make_condition(*who, name.text, *present), name);
  }

  Parsed<Word> silenced() {
    const auto who = role();
    if (!who) return failure(who.error());
    const auto on = on_off();
    if (!on) return failure(on.error());
    return end(Word(SilencedWord{*who, *on}));
  }

  Parsed<Word> fault() {
    const auto who = role();
    if (!who) return failure(who.error());
    const Token name = take();
    const auto which = fault_of(name.text);
    if (!which) {
      return bad(name,
                 "no fault '" + std::string(name.text) + "'; there are: " + list_of(kFaultNames));
    }
    FaultWord word{*who, *which, std::nullopt};
    if (more() && tokens_[next_].text == "for") {
      const Token at = take();
      const auto parsed = duration();
      if (!parsed) return failure(parsed.error());
      if (*which == Fault::none) return bad(at, "`none` ends a fault at once; leave out `for`");
      word.lasts = *parsed;
    }
    return end(Word(word));
  }

  Parsed<Word> link(bool plugged) {
    const auto who = role();
    if (!who) return failure(who.error());
    return end(Word(LinkWord{*who, plugged}));
  }

  Parsed<Word> swap() {
    const auto first = role();
    if (!first) return failure(first.error());
    const Token at = more() ? tokens_[next_] : Token{};
    const auto second = role();
    if (!second) return failure(second.error());
    if (*first == *second) return bad(at, "a device cannot be swapped with itself");
    return end(Word(SwapWord{*first, *second}));
  }

  Parsed<Word> patient() {
    const Token name = take();
    const auto event = patient_event_of(name.text);
    if (!event) {
      return bad(name, "no event '" + std::string(name.text) +
                           "'; there are: " + list_of(kPatientEventNames));
    }
    const auto present = on_off();
    if (!present) return failure(present.error());
    return end(Word(PatientWord{*event, *present}));
  }

  // `expect ALARM EVENT [within D]`, `expect lost.SIGNAL raised within 2 s`.
  Parsed<Word> expect() {
    ExpectWord word;
    const Token alarm = take();
    if (alarm.text.empty())
      return bad(alarm, "an alarm is missing: expect ALARM raised within 2 s");
    Token event = take();
    word.what = std::string(alarm.text);
    if (event.text == "never") {
      word.what += " never";
      event = take();
    }
    static constexpr std::string_view kEvents[] = {
        "raised",  "unconfirmed", "confirmed", "worsened",    "cleared",
        "latched", "reset",       "inhibited", "uninhibited", "closed"};
    bool known = false;
    for (const std::string_view e : kEvents) known = known || e == event.text;
    if (!known) {
      return bad(event,
                 "no event '" + std::string(event.text) + "'; there are: " + list_of(kEvents));
    }
    word.what += " " + std::string(event.text);
    if (more()) {
      const Token at = take();
      if (at.text != "within") return bad(at, "only `within D` may follow the event");
      const auto parsed = duration();
      if (!parsed) return failure(parsed.error());
      word.within = *parsed;
    }
    return end(Word(word));
  }

  const std::vector<Token>& tokens_;
  size_t next_;
  std::optional<Role> only_;
};

// `+12.5 s`, `+12.5s` or `+ 12.5 s` at the head of a line; moves `next` behind it.
Parsed<Duration> read_time(const std::vector<Token>& tokens, size_t& next) {
  std::string_view number = tokens[next].text.substr(1);
  const int column = tokens[next].column;
  ++next;
  if (number.empty() && next < tokens.size()) number = tokens[next++].text;
  const auto letters = number.find_first_not_of("0123456789.-");
  std::string_view unit;
  if (letters != std::string_view::npos) {
    unit = number.substr(letters);
    number = number.substr(0, letters);
  } else if (next < tokens.size()) {
    unit = tokens[next++].text;
  }
  const auto parsed = parse_duration(number, unit);
  if (!parsed) return failure(Complaint{column, parsed.error()});
  return *parsed;
}

std::string text_from(std::string_view line, const std::vector<Token>& tokens, size_t first) {
  const auto begin = static_cast<size_t>(tokens[first].column) - 1;
  const Token& last = tokens.back();
  const auto end = static_cast<size_t>(last.column) - 1 + last.text.size();
  return std::string(line.substr(begin, end - begin));
}

// Adds the event of one line, or its mistake. `at` is the instant of the line before.
void read_line(std::string_view line, int number, Duration& at, Scenario& out) {
  const auto complain = [&](int column, std::string message) {
    out.mistakes.push_back({number, column, std::move(message), std::string(line)});
  };
  const auto tokens = split(line);
  if (tokens.empty()) return;
  size_t next = 0;
  if (tokens[0].text[0] == '+') {
    const auto time = read_time(tokens, next);
    if (!time) return complain(time.error().column, time.error().message);
    if (*time < at) {
      return complain(tokens[0].column,
                      "earlier than the line before; times count from the start and never fall");
    }
    at = *time;
    if (next == tokens.size()) {
      return complain(tokens.back().column, "a word is missing after the time; or remove the line");
    }
  }
  auto word = WordReader(tokens, next, std::nullopt).read();
  if (!word) return complain(word.error().column, word.error().message);
  out.events.push_back({at, std::move(*word), number, text_from(line, tokens, next)});
}

}  // namespace

Scenario parse_scenario(std::string_view text) {
  Scenario scenario;
  Duration at;
  int number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    read_line(line, ++number, at, scenario);
  }
  return scenario;
}

Result<Word> parse_word(std::string_view line, std::optional<Role> only) {
  const auto tokens = split(line);
  if (tokens.empty()) return failure("an empty line; write a word such as `set spo2 84`");
  if (tokens[0].text[0] == '+') {
    return failure("a live word happens now; leave out the time '" + std::string(tokens[0].text) +
                   "'");
  }
  auto word = WordReader(tokens, 0, only).read();
  if (!word) {
    return failure("column " + std::to_string(word.error().column) + ": " + word.error().message);
  }
  return std::move(*word);
}

std::string describe(const Mistake& mistake, std::string_view file) {
  std::string out(file);
  out += ":" + std::to_string(mistake.line) + ":" + std::to_string(mistake.column) + ": " +
         mistake.message + "\n  " + mistake.source + "\n  ";
  for (int i = 1; i < mistake.column; ++i) {
    const auto at = static_cast<size_t>(i) - 1;
    out += at < mistake.source.size() && mistake.source[at] == '\t' ? '\t' : ' ';
  }
  return out + "^\n";
}

}  // namespace lamplight::sim
