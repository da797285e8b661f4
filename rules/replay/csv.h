// The CSV of the rules language, section 8: a header of signals, then rows of exact numbers, words
// and reasons. Strict: what is not allowed is an error with line and column, never a guess.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/engine/input.h"
#include "rules/engine/program.h"
#include "rules/model/result.h"

namespace lamplight::replay {

// "12.5" → 12500000000: seconds, at most 9 digits after the point, as nanoseconds.
[[nodiscard]] Result<int64_t> parse_seconds(std::string_view text);

struct CsvError {
  size_t line = 1;    // from 1
  size_t column = 1;  // byte of the line, from 1
  std::string what;
};

class CsvReader {
 public:
  // Both must outlive the reader.
  CsvReader(const engine::Program& program, std::string_view text);

  // First call; false if the header is no header.
  bool read_header();
  // The next row into t() and samples(); false at the end or when the row is bad.
  bool read_row();

  int64_t t() const { return t_; }
  const std::vector<engine::InputSample>& samples() const { return samples_; }
  bool at_end() const { return rest_.empty(); }
  const std::vector<CsvError>& errors() const { return errors_; }
  // Columns that nobody reads and the catalogue does not have: slips, probably.
  const std::vector<CsvError>& notes() const { return notes_; }

 private:
  std::string_view take_line();
  void fail(size_t column, std::string what);
  bool bind(std::string_view name, size_t column);
  void note_unread(std::string_view name, size_t column);
  bool read_cell(std::string_view cell, size_t column, engine::SignalIndex signal);
  bool read_number(std::string_view cell, size_t column, const engine::Signal& signal,
                   engine::InputSample& sample);

  const engine::Program& program_;
  std::string_view rest_;
  size_t line_ = 0;
  std::vector<uint16_t> columns_;  // signal of each column after t; kNone = skipped
  std::optional<int64_t> previous_t_;
  int64_t t_ = 0;
  std::vector<engine::InputSample> samples_;
  std::vector<CsvError> errors_;
  std::vector<CsvError> notes_;
};

}  // namespace lamplight::replay
