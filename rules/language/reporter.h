// Collects diagnostics over all texts that are compiled together, in file order, each text with
// its own bound. Also the way from a position back to the words that stand there.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/language/diagnostic.h"
#include "rules/language/parse.h"

namespace lamplight::rules {

class Reporter {
 public:
  // `sources` must outlive the reporter; Position::file indexes it.
  explicit Reporter(std::vector<const SourceText*> sources) : sources_(std::move(sources)) {}

  // W-codes warn, all others are errors.
  void report(Position at, std::string_view code, std::string message, std::string fix);
  void take_over(std::vector<Diagnostic> parsed);
  bool has_errors() const { return errors_ > 0; }
  // More errors than anybody will be shown: further ones are dropped, costly hints left out.
  bool is_full() const { return errors_ > kErrorsKept; }

  // The words from `from` to `to` on one line, at most about 60 characters.
  std::string words(Position from, Position to) const;

  // Sorted by text and place, at most kErrorsMax errors and as many warnings as there are
  // conditions in the catalogue of a text.
  std::vector<Diagnostic> finish();

 private:
  static constexpr size_t kErrorsKept = 500;

  std::vector<const SourceText*> sources_;
  std::vector<Diagnostic> all_;
  size_t errors_ = 0;
};

// `word` between backquotes.
std::string in_quotes(std::string_view word);

}  // namespace lamplight::rules
