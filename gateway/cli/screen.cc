#include "gateway/cli/screen.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <tuple>

#include "gateway/cli/visible.h"
#include "rules/model/rfc3339.h"
#include "rules/model/text.h"

namespace lamplight::cli {
namespace {

using Json = nlohmann::ordered_json;

Json parsed(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_object() ? json : Json::object();
}

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? visible(found->get<std::string>())
                                                     : std::string();
}
int64_t integer_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}
bool flag_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}
const Json& list_of(const Json& object, const char* key) {
  static const Json kNothing = Json::array();
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : kNothing;
}

// Columns are counted in characters: a degree sign is one.
std::string padded(std::string text, size_t width) {
  const size_t characters = count_characters(text);
  text.append(characters < width ? width - characters : 1, ' ');
  return text;
}

std::string coloured(const std::string& text, const std::string& priority, const Style& style) {
  if (!style.colour) return text;
  const char* code = priority == "high"     ? "\x1b[1;31m"
                     : priority == "medium" ? "\x1b[1;33m"
                     : priority == "low"    ? "\x1b[36m"
                                            : "";
  return *code == '\0' ? text : code + text + "\x1b[0m";
}

// "2026-03-02T02:14:08.250Z" → "02:14:08"; labels are UTC and say so at the head of a listing.
std::string clock_part(const std::string& label) {
  const size_t t = label.find('T');
  return t == std::string::npos || label.size() < t + 9 ? label : label.substr(t + 1, 8);
}

bool is_over(const Json& alarm) { return text_of(alarm, "condition") == "idle"; }

// High never stands behind lower, what is over behind what is not; of equals the newest first.
std::vector<const Json*> ranked(const Json& alarms) {
  const auto rank = [](const Json* alarm) {
    const std::string priority = text_of(*alarm, "priority");
    const int worth = priority == "high" ? 0 : priority == "medium" ? 1 : priority == "low" ? 2 : 3;
    const auto age = alarm->find("age_ms") != alarm->end() ? integer_of(*alarm, "age_ms")
                                                           : std::numeric_limits<int64_t>::max();
    return std::tuple(is_over(*alarm), worth, age);
  };
  std::vector<const Json*> all;
  for (const Json& alarm : alarms) {
    if (alarm.is_object()) all.push_back(&alarm);
  }
  std::stable_sort(all.begin(), all.end(),
                   [&](const Json* a, const Json* b) { return rank(a) < rank(b); });
  return all;
}

std::string by_text(const Json& object, const char* key) {
  const std::string name = text_of(object, key);
  return name.empty() ? "" : " by " + name;
}

// Why an open alarm does not ring, and until when: never just quiet.
std::string quiet_word(const Json& alarm) {
  std::string word;
  const auto add = [&](const std::string& text) { word += (word.empty() ? "" : ", ") + text; };
  const auto until = [&](const char* key, const std::string& end) {
    return alarm.contains(key) ? left_text(integer_of(alarm, key)) : end;
  };
  if (text_of(alarm, "signal") == "acknowledged") {
    add("acknowledged" + by_text(alarm, "acknowledged_by") + ", quiet for " +
        until("quiet_for_ms", "as long as it lasts"));
  }
  if (alarm.contains("paused_for_ms")) {
    add("sound paused" + by_text(alarm, "paused_by") + ", rings again in " +
        until("paused_for_ms", ""));
  }
  if (flag_of(alarm, "inhibited")) {
    const std::string held = "held back" + by_text(alarm, "inhibited_by");
    add(alarm.contains("inhibited_for_ms")
            ? held + ", for " + until("inhibited_for_ms", "") + " at most"
            : held + ", as long as that lasts");
  }
  if (flag_of(alarm, "grouped")) add("shown with the alarm that explains it");
  return word.empty() ? "quiet" : word;
}

// Whether what must sound is heard at home, as far as lamplightd can know.
enum class Heard : uint8_t { yes, nobody_sounds, sounder_fails };
Heard heard_of(const Json& readout) {
  const auto sounder = readout.find("sounder");
  if (sounder == readout.end() || !sounder->is_object()) return Heard::yes;
  if (integer_of(*sounder, "connected") == 0) return Heard::nobody_sounds;
  return text_of(*sounder, "trouble").empty() ? Heard::yes : Heard::sounder_fails;
}
std::string ringing(Heard heard, int64_t count) {
  if (heard == Heard::nobody_sounds) return "would ring: no sounder";
  if (heard == Heard::sounder_fails) return "should ring: the sounder fails";
  return count == 1 ? "rings" : "ring";
}

std::string sounder_line(const Json& status, const Style& style) {
  const auto found = status.find("sounder");
  if (found == status.end() || !found->is_object()) return {};
  const int64_t connected = integer_of(*found, "connected");
  const std::string trouble = text_of(*found, "trouble");
  if (connected == 0) {
    const std::string none = "no sounder is connected: nothing sounds at home";
    return coloured(none, "medium", style) + "\n";
  }
  const std::string heard = ", last heard " + age_text(integer_of(*found, "heard_ms")) + " ago";
  if (!trouble.empty()) {
    return coloured("sounder FAILS: " + trouble + heard, "high", style) + "\n";
  }
  return (connected == 1 ? "sounder connected"
                         : std::to_string(connected) + " sounders connected") +
         heard + "\n";
}

// What it does now: it stands beside the title, because no window is too small for it.
std::string signal_word(const Json& alarm, Heard heard) {
  if (is_over(alarm)) return std::string(kOver);
  std::string word = flag_of(alarm, "audible") ? ringing(heard, 1) : quiet_word(alarm);
  const std::string condition = text_of(alarm, "condition");
  if (condition == "unconfirmed") word += ", cannot be judged at present";
  if (condition == "latched") word += ", over but not yet acknowledged";
  return word;
}

std::string since_text(const Json& alarm) {
  const std::string raised = text_of(alarm, "raised_at");
  std::string text = raised.empty() ? "since an unknown time" : clock_part(raised) + " UTC, ";
  if (!raised.empty()) {
    const std::string age = age_text(integer_of(alarm, "age_ms"));
    text = is_over(alarm) ? "raised " + text + age + " ago" : "since " + text + age;
  }
  return text + (integer_of(alarm, "seen") > 0 ? "; seen by the care team" : "");
}

std::string value_text(const Json& vital) {
  const auto value = vital.find("value");
  if (value == vital.end() || value->is_null()) return "--";
  return value->is_string() ? visible(value->get<std::string>()) : value->dump();
}

// What a reading is worth now. One that does not come any more says first how long.
std::string worth_text(const Json& vital) {
  const std::string quality = text_of(vital, "quality");
  if (quality != "missing") return quality;
  const std::string reason = text_of(vital, "reason");
  if (reason != "stale") return "missing: " + reason;
  return "STALE: none for " + age_text(integer_of(vital, "age_ms"));
}

// Occurrences that are over and that nobody at the bedside has acknowledged.
size_t unseen_in(const Json& alarms) {
  const Json& list = list_of(alarms, "alarms");
  return static_cast<size_t>(std::count_if(list.begin(), list.end(), [](const Json& alarm) {
    const std::string condition = text_of(alarm, "condition");
    return condition == "idle" || condition == "latched";
  }));
}

// A broker that answers is no care team: only its word "stored" is.
std::string delivery_text(const Json& status) {
  const std::string broker = text_of(status, "broker");
  if (broker == "none") return "no broker configured: nothing is published";
  std::string stored;
  const auto lanes = status.find("lanes");
  if (lanes != status.end() && lanes->is_object()) {
    for (const auto& [name, lane] : lanes->items()) {
      const int64_t seq = integer_of(lane, "stored");
      if (seq <= 0) continue;
      stored += (stored.empty() ? "" : ", ") + visible(name) + " " + std::to_string(seq);
    }
  }
  return std::string(broker == "up" ? "broker connected; "
                                    : "broker not connected: published when it returns; ") +
         (stored.empty() ? "nothing stored by a care team yet"
                         : "care team stored up to " + stored);
}

std::string words_of_gap(const std::string& why) {
  if (why == "not_watching") return "nobody watched";
  if (why == "power_lost") return "the power failed";
  if (why == "quota") return "dropped to make room";
  if (why == "disk_failed") return "the disk failed";
  if (why == "salvaged") return "lost from a damaged file";
  if (why == "overflow") return "more than could be written";
  return why;
}

// Instants of the boot that wrote the event, as its label counts them. Nothing where one is not of
// this boot, or absurd.
std::string stretch_text(const Json& event, const Json& missing) {
  constexpr int64_t kYears = 1'000'000'000'000'000'000;  // 31 of them, in ns
  const auto at = parse_rfc3339(text_of(event, "at"));
  const int64_t mono = integer_of(event, "mono_ms");
  const int64_t t0 = integer_of(missing, "t0");
  const int64_t t1 = integer_of(missing, "t1");
  const bool are_both = missing.contains("t0") && missing["t0"].is_number_integer() &&
                        missing.contains("t1") && missing["t1"].is_number_integer();
  const bool is_sane = t0 > -kYears && t1 < kYears && t0 <= t1 && mono < kYears / 1'000'000 &&
                       mono >= t1 / 1'000'000;
  if (!at || *at < 0 || *at > 9 * kYears || !are_both || !is_sane) return {};
  const int64_t boot = *at - mono * 1'000'000;
  const auto label = [](int64_t ns) { return format_rfc3339(ns, 1).substr(0, 19) + "Z"; };
  return " from " + label(boot + t0) + " to " + label(boot + t1) + ", " +
         age_text((t1 - t0) / 1'000'000);
}

// What is missing: numbers where it has them, else a stretch of time.
std::string gap_text(const Json& event) {
  const auto found = event.find("missing");
  if (found == event.end() || !found->is_object()) return {};
  const Json& missing = *found;
  std::string out = "missing: " + text_of(missing, "lane");
  const int64_t first = integer_of(missing, "first");
  const int64_t last = integer_of(missing, "last");
  if (first > 0) out += " " + std::to_string(first);
  if (first > 0 && last > first) out += " to " + std::to_string(last);
  if (first <= 0) out += stretch_text(event, missing);
  const std::string why = words_of_gap(text_of(missing, "why"));
  return out + (why.empty() ? "" : " (" + why + ")") + "  ";
}

std::string not_watching_text(const Json& event) {
  const auto gap = event.find("gap_ms");
  if (gap == event.end()) return {};
  if (!gap->is_number_integer()) return "nobody watched for an unknown time  ";
  return "nobody watched for " + age_text(gap->get<int64_t>()) + "  ";
}

}  // namespace

std::string age_text(int64_t ms) {
  ms = std::max<int64_t>(ms, 0);
  if (ms < 10'000) return std::to_string(ms / 1000) + "." + std::to_string(ms / 100 % 10) + " s";
  if (ms < 60'000) return std::to_string(ms / 1000) + " s";
  if (ms < 3'600'000) return std::to_string(ms / 60'000) + " min";
  if (ms < 48LL * 3'600'000) return std::to_string(ms / 3'600'000) + " h";
  return std::to_string(ms / 86'400'000) + " d";
}

std::string left_text(int64_t ms) {
  ms = std::max<int64_t>(ms, 0);
  if (ms < 10'000 || ms >= 3'600'000) return age_text(ms);
  const int64_t s = ms / 1000;
  if (s < 60) return std::to_string(s) + " s";
  const std::string rest = s % 60 == 0 ? "" : " " + std::to_string(s % 60) + " s";
  return std::to_string(s / 60) + " min" + rest;
}

std::string standing_lines(const std::string& alarms, const Style& style) {
  const Json a = parsed(alarms);
  std::string out;
  const auto line = [&](const std::string& text) { out += coloured(text, "medium", style) + "\n"; };
  for (const Json& window : list_of(a, "windows")) {
    if (!window.is_object()) continue;
    std::string held;
    for (const Json& rule : list_of(window, "holds_back")) {
      if (rule.is_string()) held += (held.empty() ? "" : ", ") + visible(rule.get<std::string>());
    }
    line(text_of(window, "button") + " is pressed" + by_text(window, "by") + ", ends in " +
         left_text(integer_of(window, "for_ms")) +
         (held.empty() ? "" : "; the sound of " + held + " is held back"));
  }
  for (const Json& down : list_of(a, "stood_down")) {
    if (!down.is_object()) continue;
    line("#" + std::to_string(integer_of(down, "occurrence")) + " " + text_of(down, "rule") +
         " was stood down" + by_text(down, "by") + " " + age_text(integer_of(down, "age_ms")) +
         " ago (" + text_of(down, "reason") + "): it can ring again when readings return; " +
         text_of(down, "left_to") + " goes on");
  }
  return out;
}

std::string status_lines(const std::string& status, const std::string& alarms, const Style& style) {
  const Json s = parsed(status);
  std::string out = "Lamplight " + text_of(s, "home") + "   watching for " +
                    age_text(integer_of(s, "watching_ms")) + "   rules " + text_of(s, "rules") +
                    " " + std::to_string(integer_of(s, "rules_version"));
  const int64_t plan = integer_of(s, "plan_version");
  out += plan > 0 ? ", plan " + std::to_string(plan) + "\n" : ", no plan\n";
  const int64_t open = integer_of(s, "open");
  const int64_t audible = integer_of(s, "audible");
  std::string counts = std::to_string(open) + (open == 1 ? " alarm open, " : " alarms open, ") +
                       std::to_string(audible) + " " +
                       (audible == 0 ? "ring" : ringing(heard_of(s), audible));
  for (const auto& [key, word] : {std::pair{"paused", " paused"}, {"inhibited", " held back"}}) {
    if (integer_of(s, key) > 0) counts += ", " + std::to_string(integer_of(s, key)) + word;
  }
  const size_t unseen = unseen_in(parsed(alarms));
  if (unseen > 0) {
    counts += ", " + std::to_string(unseen) + " over and not yet acknowledged at the bedside";
  }
  out += audible > 0  ? coloured(counts, "high", style)
         : unseen > 0 ? coloured(counts, "medium", style)
                      : counts;
  const std::string clock = text_of(s, "clock");
  if (clock != "synchronised") out += "   clock " + clock + ": times are not to be relied on";
  out += "\n" + sounder_line(s, style) + text_of(s, "notice") + "\n";
  return out;
}

std::string record_lines(const std::string& status) {
  const Json s = parsed(status);
  std::string record = text_of(s, "record");
  if (record == "dropping") record = "dropping the oldest readings, " + text_of(s, "disk");
  std::string out = "record " + record + "   " + delivery_text(s) + "\n" + padded("  lane", 10) +
                    padded("newest", 10) + padded("on disk", 10) + padded("published", 11) +
                    "stored by the care team\n";
  const auto lanes = s.find("lanes");
  if (lanes == s.end() || !lanes->is_object()) return out;
  for (const auto& [name, lane] : lanes->items()) {
    if (integer_of(lane, "newest") == 0) continue;
    out += padded("  " + name, 10) + padded(std::to_string(integer_of(lane, "newest")), 10) +
           padded(std::to_string(integer_of(lane, "durable")), 10) +
           padded(std::to_string(integer_of(lane, "published")), 11) +
           std::to_string(integer_of(lane, "stored")) + "\n";
  }
  return out;
}

std::string alarm_lines(const std::string& alarms, const Style& style) {
  const Json a = parsed(alarms);
  std::string out;
  for (const Json* one : ranked(list_of(a, "alarms"))) {
    const Json& alarm = *one;
    const std::string priority = text_of(alarm, "priority");
    const std::string number = "#" + std::to_string(integer_of(alarm, "occurrence"));
    const std::string line = padded(priority, 8) + padded(number, 6) + text_of(alarm, "title") +
                             ": " + signal_word(alarm, heard_of(a));
    // Colour is for what wants somebody now.
    out += is_over(alarm) ? line : coloured(line, priority, style);
    out += "\n" + padded("", 14) + since_text(alarm) + "\n";
    const std::string instruction = text_of(alarm, "do");
    if (!instruction.empty()) out += padded("", 14) + "-> " + instruction + "\n";
  }
  if (out.empty()) out = "no alarm is open\n";
  out = standing_lines(alarms, style) + out;
  std::string forming;
  for (const Json& rule : list_of(a, "forming")) {
    if (rule.is_string()) {
      forming += (forming.empty() ? "" : ", ") + visible(rule.get<std::string>());
    }
  }
  if (!forming.empty()) out += "forming: " + forming + "\n";
  return out;
}

std::string vital_lines(const std::string& vitals, const Style& style) {
  const Json v = parsed(vitals);
  std::string out;
  std::string says;
  for (const Json& vital : list_of(v, "vitals")) {
    const std::string signal = text_of(vital, "signal");
    const auto value = vital.find("value");
    if (value != vital.end() && value->is_boolean()) {
      // What the device itself says, while it says it; the many "no" would hide the rest.
      if (value->get<bool>()) says += "  " + signal + "\n";
      continue;
    }
    const bool is_condition = signal.find(".alarm.") != std::string::npos;
    const std::string quality = text_of(vital, "quality");
    if (is_condition && quality == "missing") continue;
    const std::string unit = text_of(vital, "unit");
    const bool is_missing = quality == "missing";
    std::string line = padded("  " + signal, 28) + padded(value_text(vital), 9) +
                       padded(unit == "none" ? "" : unit, 12) + padded(worth_text(vital), 12);
    const bool is_stale = is_missing && text_of(vital, "reason") == "stale";
    if (!is_stale) line += age_text(integer_of(vital, "age_ms")) + " old";
    while (line.ends_with(' ')) line.pop_back();
    out += (is_missing ? coloured(line, is_stale ? "high" : "medium", style) : line) + "\n";
  }
  if (out.empty()) out = "  no reading yet\n";
  if (!says.empty()) out += "the devices say\n" + says;
  return out;
}

std::string link_lines(const std::string& links, const std::string& devices, const Style& style) {
  std::string out;
  const Json l = parsed(links);
  const Json d = parsed(devices);
  for (const Json& link : list_of(l, "links")) {
    const std::string state = text_of(link, "state");
    std::string line =
        padded("  " + text_of(link, "name"), 14) +
        padded(text_of(link, "driver").empty() ? text_of(link, "kind") : text_of(link, "driver"),
               12) +
        padded(state, 12) + "for " + age_text(integer_of(link, "for_ms"));
    const int64_t deaths = integer_of(link, "deaths");
    if (deaths > 0) line += ", ended " + std::to_string(deaths) + " times";
    out += (state == "running" ? line : coloured(line, "medium", style)) + "\n";
  }
  for (const Json& device : list_of(d, "devices")) {
    const std::string link = text_of(device, "link");
    std::string line = padded("  " + text_of(device, "device"), 14) +
                       padded(text_of(device, "role"), 12) + padded("link " + link, 12);
    if (link != "up") line += text_of(device, "link_why");
    line += "   samples " + std::to_string(integer_of(device, "samples"));
    const int64_t lost = integer_of(device, "samples_lost");
    if (lost > 0) line += ", lost " + std::to_string(lost);
    const int64_t bad = integer_of(device, "frames_bad");
    if (bad > 0) line += ", bad frames " + std::to_string(bad);
    if (flag_of(device, "refused")) line += ", REFUSED: not the device that was configured";
    out += (link == "down" ? coloured(line, "medium", style) : line) + "\n";
  }
  return out.empty() ? "  no device is configured\n" : out;
}

std::string event_line(const std::string& body) {
  const Json e = parsed(body);
  const std::string at = text_of(e, "at");
  std::string out = padded(at.size() > 19 ? at.substr(0, 19) + "Z" : at, 21) +
                    padded(text_of(e, "lane") + " " + std::to_string(integer_of(e, "seq")), 13) +
                    padded(text_of(e, "event"), 24);
  const int64_t occurrence = integer_of(e, "occurrence");
  if (occurrence > 0) out += padded("#" + std::to_string(occurrence), 6);
  const std::string rule = text_of(e, "rule");
  if (!rule.empty()) out += padded(rule, 16);
  out += not_watching_text(e) + gap_text(e);
  for (const char* key : {"priority", "kind", "actor", "device", "process", "part", "what",
                          "outcome", "cause", "reason", "why", "text"}) {
    const std::string word = text_of(e, key);
    if (!word.empty()) out += (std::string_view(key) == "actor" ? "by " : "") + word + "  ";
  }
  if (e.contains("durable") && !flag_of(e, "durable")) out += "(not on disk)";
  while (out.ends_with(' ')) out.pop_back();
  return out + "\n";
}

}  // namespace lamplight::cli
