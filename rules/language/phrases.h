// The message catalogues of `explain`: every sentence that is made from a program is a template of
// this list, once in each language. {0}, {1} … are slots; a template of every language has the same
// ones. What people wrote in the rules (titles, names, texts) is not translated.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace lamplight::rules {

enum class Language : uint8_t { english, spanish };
inline constexpr std::array kLanguages = {Language::english, Language::spanish};
std::string_view name_of(Language language);  // "en", "es"
std::optional<Language> language_of(std::string_view word);

enum class Phrase : uint8_t {
  // who and what
  child,
  own_named,    // {0} the child's name, {1} what is measured
  own_unnamed,  // {0} what is measured
  device_oximeter,
  device_ventilator,
  device_pump,
  device_contact,
  // durations
  hour,
  hours,
  minute,
  minutes,
  second,
  seconds,
  // numbers
  at_profile,  // {0} a value, {1} a profile
  plus,
  minus,
  times,
  divided_by,
  age_of,
  mean_of,  // {0} what, {1} over how long; so the five that follow
  minimum_of,
  maximum_of,
  change_of,
  drop_of,
  rise_of,
  share_of,  // {0} a condition, {1} over how long
  // tests; {0} the subject, {1} the bound or the word
  below,
  at_most,
  above,
  at_least,
  is,
  stays,
  is_between,
  stays_between,  // {1} and {2}
  is_word,
  stays_word,
  is_not_word,
  stays_not_word,
  is_measured,
  stays_measured,
  is_not_measured,
  stays_not_measured,
  is_pressed,
  stays_pressed,
  alarm_rings,
  alarm_keeps_ringing,
  device_says,
  device_keeps_saying,
  sound_is_off,
  sound_stays_off,
  on_mains,
  stays_on_mains,
  is_true,
  stays_true,
  // compounds
  or_else,
  and_also,
  negated,
  holds,
  for_span,
  gaps_not_counting,
  within_last,
  ever_since,
  begins_once,
  begins_often,
  shortfall,  // {0} subject, {1} limit, {2} budget, {3} forgotten after
  excess,
  bound_for,
  // sentences
  head,
  head_with_plan,
  profile_hours,
  on_days,
  monday,
  tuesday,
  wednesday,
  thursday,
  friday,
  saturday,
  sunday,
  rings_when,     // {0} title, {1} priority, {2} condition
  is_shown_when,  // the same, of one that never sounds
  priority_info,
  priority_low,
  priority_medium,
  priority_high,
  stops_by_itself,
  stops_latched,
  when_over,
  at_bound,
  when_condition,
  becomes,
  becomes_more_urgent,
  missing,
  unknown_ends,
  held_back,
  held_back_at_most,
  never_held_back,
  called_at_once,
  called_after,
  reminds,
  told_at_most,
  means,
  lost_rings,
  lost_share,
  turned_off,
  without,
  not_read,
  does_not_ring,
  totals,
};
inline constexpr size_t kPhraseCount = static_cast<size_t>(Phrase::totals) + 1;

struct PhraseEntry {
  Phrase phrase;
  std::string_view text;
};
using PhraseTable = std::array<PhraseEntry, kPhraseCount>;
const PhraseTable& phrases(Language language);

// The template with its slots filled in.
std::string say(Language language, Phrase phrase, std::initializer_list<std::string_view> slots);

// Words for what the catalogue of signals names, with their article: "the airway pressure". One
// `PATH words` a line; `~` before what belongs to the child.
struct SignalWords {
  std::string_view words;
  bool of_child = false;
};
std::optional<SignalWords> words_for(Language language, std::string_view path);
std::string_view signal_words(Language language);  // the whole table

}  // namespace lamplight::rules
