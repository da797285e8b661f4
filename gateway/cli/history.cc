#include "gateway/cli/history.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "gateway/cli/screen.h"
#include "gateway/cli/visible.h"
#include "gateway/store/label.h"
#include "rules/model/json_writer.h"

namespace lamplight::cli {
namespace {

using Json = nlohmann::ordered_json;

// One journal event with its body read.
struct Told {
  const store::StoredEvent& event;
  Json body;
  std::string name;  // without "alarm."
  std::string at;    // label to the second

  std::string text(const char* key) const {
    const auto found = body.find(key);
    return found != body.end() && found->is_string() ? found->get<std::string>() : std::string();
  }
  int64_t number(const char* key) const {
    const auto found = body.find(key);
    return found != body.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
  }
};

Told told_of(const store::StoredEvent& event) {
  Json body = Json::parse(event.body, nullptr, false);
  if (!body.is_object()) body = Json::object();
  return {event, std::move(body), event.name.substr(event.name.find('.') + 1),
          store::label_of(event.at).substr(0, 19) + "Z"};
}

// The word for what the actor of this event did; empty for what time did.
std::string act_word(const Told& told) {
  if (told.text("actor").empty()) return {};
  if (told.name == "audio_paused") return "paused";
  if (told.name == "audio_resumed") return "resumed";
  if (told.name == "closed") return "stood_down";
  const bool is_act = told.name == "acknowledged" || told.name == "seen" || told.name == "reset";
  return is_act ? told.name : std::string();
}

// In one boot by its monotonic clock; across boots only between two clocks that were right.
std::optional<int64_t> ms_between(const store::StoredEvent& from, const store::StoredEvent& to) {
  if (from.boot == to.boot) return (to.t - from.t).ms();
  const bool are_right = from.at.clock == ClockState::synchronised &&
                         to.at.clock == ClockState::synchronised &&
                         to.at.unix_ns >= from.at.unix_ns;
  if (!are_right) return std::nullopt;
  return (to.at.unix_ns - from.at.unix_ns) / 1'000'000;
}

void take(Life& life, const Told& told, const store::StoredEvent*& raised) {
  if (!told.event.rule.empty()) life.rule = told.event.rule;
  if (!told.text("priority").empty()) life.priority = told.text("priority");
  life.flaps = std::max(life.flaps, told.number("flaps"));
  life.again = std::max(life.again, told.number("again"));
  life.unconfirmed += told.name == "unconfirmed" ? 1 : 0;
  life.worsened = life.worsened || told.name == "worsened";
  const bool under_lease = told.name == "raised" && told.body.value("inhibited", Json()) == true;
  life.held_back += told.name == "inhibited" || under_lease ? 1 : 0;
  if (const std::string word = act_word(told); !word.empty()) {
    life.acts.push_back({word, told.text("actor"), told.at});
  }
  if (told.name == "raised" && raised == nullptr) {
    raised = &told.event;
    life.raised = told.at;
  }
  if (told.name != "cleared" && told.name != "closed" && told.name != "reset") return;
  life.ended = told.at;
  life.how = told.name;
  life.cause = told.text("cause");
  life.reason = told.text("reason");
  if (raised != nullptr) life.lasted_ms = ms_between(*raised, told.event);
}

std::string times_text(int64_t n) { return n == 1 ? "once" : std::to_string(n) + " times"; }

}  // namespace

std::vector<Life> lives_of(const std::vector<store::StoredEvent>& events) {
  std::map<uint64_t, Life> lives;
  std::map<uint64_t, const store::StoredEvent*> raised;
  for (const store::StoredEvent& e : events) {
    if (!e.occurrence) continue;
    Life& life = lives[*e.occurrence];
    life.occurrence = *e.occurrence;
    take(life, told_of(e), raised[*e.occurrence]);
  }
  std::vector<Life> out;
  for (auto& [number, life] : lives) out.push_back(std::move(life));
  return out;
}

std::string life_line(const Life& life) {
  std::string out = "#" + std::to_string(life.occurrence) + "  " +
                    (life.raised.empty() ? "before the record   " : life.raised) + "  " +
                    (life.ended.empty() ? std::string("still open          ") : life.ended) + "  ";
  if (!life.how.empty()) out += life.how + "  ";
  out += visible(life.priority + "  " + life.rule);
  std::string more;
  const auto add = [&](const std::string& text) { more += (more.empty() ? "  " : ", ") + text; };
  if (life.lasted_ms) add("lasted " + left_text(*life.lasted_ms));
  if (life.worsened) add("worsened");
  if (life.flaps > 0) add("came back " + times_text(life.flaps));
  if (life.again > 0) add("rang anew " + times_text(life.again));
  if (life.unconfirmed > 0) add("could not be judged " + times_text(life.unconfirmed));
  if (life.held_back > 0) add("held back " + times_text(life.held_back));
  for (const PastAct& act : life.acts) {
    add((act.act == "stood_down" ? "stood down" : act.act) + " by " + visible(act.by));
  }
  if (!life.cause.empty()) add("cause " + visible(life.cause));
  if (!life.reason.empty()) add("reason: " + visible(life.reason));
  return out + more + "\n";
}

std::string life_json(const Life& life) {
  std::string out;
  JsonWriter w(out);
  const auto text = [&](const char* key, const std::string& word) {
    w.key(key);
    word.empty() ? w.null() : w.string(word);
  };
  w.begin_object().key("occurrence").integer(static_cast<int64_t>(life.occurrence));
  w.key("rule").string(life.rule).key("priority").string(life.priority);
  text("raised_at", life.raised);
  text("ended_at", life.ended);
  w.key("lasted_ms");
  life.lasted_ms ? w.integer(*life.lasted_ms) : w.null();
  w.key("how").string(life.how.empty() ? "open" : life.how);
  text("cause", life.cause);
  text("reason", life.reason);
  std::string by;
  for (const PastAct& act : life.acts) by = act.act == "acknowledged" ? act.by : by;
  text("acknowledged_by", by);
  w.key("worsened").boolean(life.worsened).key("flaps").integer(life.flaps);
  w.key("again").integer(life.again).key("unconfirmed").integer(life.unconfirmed);
  w.key("held_back").integer(life.held_back).key("acts").begin_array();
  for (const PastAct& act : life.acts) {
    w.begin_object().key("act").string(act.act).key("by").string(act.by);
    w.key("at").string(act.at).end_object();
  }
  w.end_array().end_object();
  return out + "\n";
}

}  // namespace lamplight::cli
