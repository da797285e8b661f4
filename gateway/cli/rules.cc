// `lamplight rules …`: reads the files, calls the language, writes what it says.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "gateway/cli/commands.h"
#include "gateway/cli/programs.h"
#include "rules/language/commands.h"

namespace lamplight::cli {
namespace {

// Beside it and then in its place: a torn write leaves the old file whole.
bool replace_file(const std::string& name, const std::string& text) {
  std::error_code error;
  const auto target = std::filesystem::weakly_canonical(name, error);  // not the link to it
  const std::filesystem::path beside = target.string() + ".new";
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  file << text;
  file.flush();
  errno = file ? 0 : errno;
  file.close();
  if (!error && file) {
    std::filesystem::permissions(beside, std::filesystem::status(target).permissions(), error);
    if (!error) std::filesystem::rename(beside, target, error);
    if (!error) return true;
  }
  complain("cannot write " + name + ": " +
           (error ? error : std::error_code(errno, std::generic_category())).message() +
           "; it is as it was");
  std::filesystem::remove(beside, error);
  return false;
}

// Each file by itself; 2 as soon as one cannot be written.
int format(const Rules& what) {
  int worst = kGood;
  for (const std::string& name : what.files) {
    const auto source = source_of(name);
    if (!source) return kUnusable;
    std::string text;
    std::string err;
    const int code = rules::rules_format(*source, what.json, text, err);
    std::fputs(err.c_str(), stderr);
    worst = std::max(worst, code);
    if (code != kGood) continue;
    const bool is_same = text == source->text;
    if (what.only_check) {
      if (!is_same) print(name + "\n");
      worst = std::max(worst, is_same ? kGood : kFindings);
    } else if (!what.write) {
      print(text);
    } else if (!is_same) {
      if (!replace_file(name, text)) return kUnusable;
      std::fputs(("formatted " + name + "\n").c_str(), stderr);
    }
  }
  return worst;
}

bool is_usable(const Rules& what, const rules::RulesInput& input) {
  if (!input.rules.empty()) return true;
  complain(what.files.front() + " tests rules, and no rules file is named: say " +
           "lamplight rules test home.rules home.test");
  return false;
}

// The file, or all rules files of the directory.
std::optional<std::vector<rules::SourceText>> sources_of(const std::string& name) {
  std::vector<std::string> names = {name};
  std::error_code error;
  if (std::filesystem::is_directory(name, error)) {
    names.clear();
    for (const auto& entry : std::filesystem::directory_iterator(name, error)) {
      if (entry.path().extension() == ".rules") names.push_back(entry.path().string());
    }
    std::sort(names.begin(), names.end());
    if (error || names.empty()) {
      complain(name + ": no .rules file in this directory");
      return std::nullopt;
    }
  }
  std::vector<rules::SourceText> out;
  for (const std::string& one : names) {
    auto text = source_of(one);
    if (!text) return std::nullopt;
    out.push_back(std::move(*text));
  }
  return out;
}

std::optional<rules::RulesInput> read_input(const Rules& what) {
  rules::RulesInput input;
  for (const std::string& name : what.files) {
    auto text = source_of(name);
    if (!text) return std::nullopt;
    const bool is_test = name.ends_with(".test");
    if (is_test && what.verb != RulesVerb::test) {
      complain(name + ": .test files are for: lamplight rules test");
      return std::nullopt;
    }
    (is_test ? input.tests : input.rules).push_back(std::move(*text));
  }
  if (!what.plan.empty()) {
    input.plan = source_of(what.plan);
    if (!input.plan) return std::nullopt;
  }
  if (!what.since.empty()) {
    auto since = sources_of(what.since);
    if (!since) return std::nullopt;
    input.since = std::move(*since);
  }
  input.strict = what.strict;
  input.json = what.json;
  input.language = what.language;
  input.traces = what.traces;
  return input;
}

void show_progress(const std::string& line) {
  if (isatty(STDERR_FILENO) == 1) std::fputs(("\r\x1b[K" + line).c_str(), stderr);
}

int difference(const Rules& what) {
  rules::DiffInput input;
  auto before = sources_of(what.files.at(0));
  auto after = sources_of(what.files.at(1));
  if (!before || !after) return kUnusable;
  input.before = std::move(*before);
  input.after = std::move(*after);
  input.json = what.json;
  std::string out;
  std::string err;
  const int code = rules::rules_diff(input, out, err);
  print(out);
  std::fputs(err.c_str(), stderr);
  return code;
}

}  // namespace

int rules_command(const Rules& what) {
  if (what.verb == RulesVerb::fmt) return format(what);
  if (what.verb == RulesVerb::diff) return difference(what);
  const auto input = read_input(what);
  if (!input || !is_usable(what, *input)) return kUnusable;
  std::string out;
  std::string err;
  int code = kUnusable;
  switch (what.verb) {
    case RulesVerb::check:
      code = rules::rules_check(*input, out, err);
      break;
    case RulesVerb::test:
      code = what.mutants ? rules::rules_mutants(*input, show_progress, out, err)
                          : rules::rules_test(*input, out, err);
      break;
    case RulesVerb::explain:
      code = rules::rules_explain(*input, out, err);
      break;
    case RulesVerb::fmt:
    case RulesVerb::diff:
      break;
  }
  if (what.mutants) show_progress("");
  print(out);
  std::fputs(err.c_str(), stderr);
  return code;
}

}  // namespace lamplight::cli
