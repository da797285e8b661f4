// The fields of the reports MISCA and MISCF: what each column is, and what it is to us. Numbers
// as the manuals count them: the first field after STX is 5. Source: protocols reference 2.1 (MD
// PnP pb840 tables, V200 manual). A number not in a table is unused, whatever text it holds.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lamplight::pb840 {

enum class Report : uint8_t { misca, miscf };

enum class FieldKind : uint8_t {
  identity,
  setting,   // a number, or OFF; told as a note
  word,      // a mode or another choice, told as a note as it stands
  measured,  // a signal of the catalogue
  other,     // a measurement that the catalogue does not name: only checked
  alarm,     // a condition of the catalogue, with a note under the device's own name
  silenced,
  alert,  // ALERT or blank, told as a note
};

struct Field {
  int number;
  FieldKind kind;
  std::string_view name;            // our name: of the note, the signal, or the device's alarm
  std::string_view condition = {};  // of alarms: without "alarm."
  int decimals = 0;                 // of measured: the column's unit to the catalogue's step
  int32_t min = 0;                  // of measured: what can be, in that step
  int32_t max = 0;
};

inline constexpr int kFirstNumber = 5;

// In order of their numbers.
std::span<const Field> misca_fields();
std::span<const Field> miscf_fields();

inline std::span<const Field> fields_of(Report report) {
  return report == Report::misca ? misca_fields() : miscf_fields();
}

}  // namespace lamplight::pb840
