#include "gateway/bedside_words.h"

#include <algorithm>
#include <array>

namespace lamplight {
namespace {

using core::ActKind;

constexpr std::array kKinds = {ActKind::acknowledge, ActKind::pause, ActKind::resume,
                               ActKind::stand_down,  ActKind::press, ActKind::release};
// Longer than any pause may be: the engine refuses it and says how long one may be.
constexpr int64_t kPauseMsMax = 24LL * 3'600'000;

// Words of people: something but white space, within a bound, on one line.
bool is_said(const std::string& text, size_t bytes_max) {
  const bool is_plain = std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  return is_plain && text.find_first_not_of(' ') != std::string::npos && text.size() <= bytes_max;
}

HeardAct not_an_act(std::string why) { return {std::nullopt, std::move(why)}; }

}  // namespace

std::optional<ActKind> act_kind_of(std::string_view type) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                  [&](ActKind kind) { return core::name_of(kind) == type; });
  return found == kKinds.end() ? std::nullopt : std::optional(*found);
}

HeardAct bedside_act_of(ActKind kind, const JsonObject& message) {
  core::BedsideAct act;
  act.kind = kind;
  act.by = message.text("by");
  if (!is_said(act.by, kNameBytesMax)) {
    return not_an_act("by is missing: who is at the bedside? (one line, at most 64 bytes)");
  }
  if (kind == ActKind::press || kind == ActKind::release) {
    act.button = message.text("button");
    if (!is_said(act.button, kNameBytesMax)) return not_an_act("button is missing");
    return {act, {}};
  }
  const auto occurrence = message.integer("occurrence");
  if (!occurrence || *occurrence < 1) return not_an_act("occurrence is missing");
  act.occurrence = static_cast<uint64_t>(*occurrence);
  if (kind == ActKind::stand_down) {
    act.reason = message.text("reason");
    if (!is_said(act.reason, kReasonBytesMax)) {
      return not_an_act(
          "reason is missing: why can it not be judged? (one line, at most 200 "
          "bytes)");
    }
  }
  if (kind == ActKind::pause) {
    const auto ms = message.integer("for_ms");
    if (ms && *ms < 1) return not_an_act("for_ms is no time");
    act.length = milliseconds(std::min(ms.value_or(0), kPauseMsMax));
  }
  return {act, {}};
}

}  // namespace lamplight
