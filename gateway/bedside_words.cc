#include "gateway/bedside_words.h"

#include <algorithm>
#include <array>

#include "rules/model/limits.h"
#include "rules/model/text.h"

namespace lamplight {
namespace {

using core::ActKind;

constexpr std::array kActs = {ActKind::acknowledge, ActKind::pause, ActKind::resume,
                              ActKind::stand_down,  ActKind::press, ActKind::release};
// Longer than any pause may be: the engine refuses it and says how long one may be.
constexpr int64_t kPauseMsMax = 24LL * 3'600'000;

// Words of people: something but white space, on one line, within a bound in whatever alphabet.
// Empty if they are; else what is wrong with them.
std::string complaint_of(std::string_view key, const std::string& text, std::string_view question,
                         size_t characters_max) {
  const bool is_plain = std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (text.find_first_not_of(' ') == std::string::npos || !is_plain) {
    return std::string(key) + " is missing: " + std::string(question) + " (on one line)";
  }
  if (count_characters(text) <= characters_max) return {};
  return std::string(key) + " is longer than " + std::to_string(characters_max) + " characters";
}

HeardAct not_an_act(std::string why) { return {std::nullopt, std::move(why)}; }

}  // namespace

std::optional<ActKind> act_kind_of(std::string_view type) {
  const auto found = std::find_if(kActs.begin(), kActs.end(),
                                  [&](ActKind kind) { return core::name_of(kind) == type; });
  return found == kActs.end() ? std::nullopt : std::optional(*found);
}

HeardAct bedside_act_of(ActKind kind, const JsonObject& message) {
  core::BedsideAct act;
  act.kind = kind;
  act.by = message.text("by");
  auto why = complaint_of("by", act.by, "who is at the bedside?", limits::kPersonCharsMax);
  if (!why.empty()) return not_an_act(why);
  if (kind == ActKind::press || kind == ActKind::release) {
    act.button = message.text("button");
    why = complaint_of("button", act.button, "which one?", limits::kNameCharsMax);
    return why.empty() ? HeardAct{act, {}} : not_an_act(why);
  }
  const auto occurrence = message.integer("occurrence");
  if (!occurrence || *occurrence < 1) return not_an_act("occurrence is missing");
  act.occurrence = static_cast<uint64_t>(*occurrence);
  if (kind == ActKind::stand_down) {
    act.reason = message.text("reason");
    why = complaint_of("reason", act.reason, "why can it not be judged?", core::kActReasonCharsMax);
    if (!why.empty()) return not_an_act(why);
  }
  if (kind == ActKind::pause) {
    const auto ms = message.integer("for_ms");
    if (ms && *ms < 1) return not_an_act("for_ms is no time");
    act.length = milliseconds(std::min(ms.value_or(0), kPauseMsMax));
  }
  return {act, {}};
}

}  // namespace lamplight
