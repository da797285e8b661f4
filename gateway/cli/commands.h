// What `lamplight` can do, one function a command. Each returns the exit code of the rules
// language, section 8: 0 good, 1 findings or a refusal, 2 usage, unreadable input or nobody there.
// Results go to standard output, and nothing else does; messages go to standard error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/core/bedside_act.h"

namespace lamplight::cli {

inline constexpr int kGood = 0;
inline constexpr int kFindings = 1;
inline constexpr int kUnusable = 2;

// Where lamplightd keeps its socket and its store. What was said on the command line wins, then
// the configuration file, then the defaults of the gateway design.
struct Where {
  std::string config;
  std::string run_dir;
  std::string state_dir;
};
// Fills in what is missing; false and a message when the configuration cannot be used.
bool resolve(Where& where);

void print(const std::string& text);     // standard output
bool has_output_failed();                // a disk is full: whoever repeats himself ends
void complain(const std::string& text);  // standard error, "lamplight: " before it
// The whole file, "-" = standard input; nothing and a message when it cannot be read.
std::optional<std::string> read_text(const std::string& name);
// An instant as people write it: RFC 3339; "2026-03-02", "2026-03-02 02:14" in local time;
// "now"; "8 h", "30 min", "2 d": so long ago. Unix ns.
std::optional<int64_t> instant_of(const std::string& text);
// "90 s", "2 min"; nothing and a message when it is none.
std::optional<int64_t> duration_ms_of(const std::string& text);
// The same in ns, 0 too, and without a message.
std::optional<int64_t> duration_of(const std::string& text);
// Of --since and --until, where they are not empty; false and a message when one is no instant, or
// they are the wrong way round.
bool instants_of(const std::string& since, const std::string& until, std::optional<int64_t>& from,
                 std::optional<int64_t>& to);

// ---- with a running lamplightd --------------------------------------------------------------
int show_status(const Where& where, bool json);
int show_alarms(const Where& where, bool json);
// An act at the bedside: of an occurrence, or (press, release) of a button.
struct Act {
  core::ActKind kind = core::ActKind::acknowledge;
  uint64_t occurrence = 0;
  std::string button, by, reason;
  std::string lasts;  // pause: "90 s"; empty: as long as its priority allows
};
int do_act(const Where& where, const Act& act, bool json);
struct Watch {
  bool once = false;
  bool json = false;
  int64_t every_ms = 1000;
};
int watch(const Where& where, const Watch& how);

// ---- with the store -------------------------------------------------------------------------
struct Events {
  std::string lane, since, until, name;
  std::optional<uint64_t> occurrence;
  std::optional<uint64_t> limit;
  bool follow = false;
  bool json = false;
};
int show_events(const Where& where, const Events& events);
int show_alarm_history(const Where& where, std::optional<uint64_t> limit, bool json);
struct Export {
  std::string store, since, until;
};
int export_store(const Where& where, const Export& what);

// ---- with the black boxes -------------------------------------------------------------------
struct BlackBox {
  std::string port, since, until, out = ".";
  std::optional<uint64_t> occurrence;
  std::string before = "5 min", after = "2 min";  // around the occurrence
};
int list_black_boxes(const Where& where, bool json);
int save_black_box(const Where& where, const BlackBox& what);

// ---- with texts -----------------------------------------------------------------------------
struct Replay {
  std::vector<std::string> rules;
  std::string plan, csv, out = "-", until, wall;
  std::string store, since;
  std::vector<std::string> against;  // rules and perhaps a plan: a report of both, old beside new
  bool json = false;                 // of that report; events are JSON lines always
};
int replay(const Where& where, const Replay& what);
struct WhatIf {
  std::vector<std::string> rules, against_rules, sweeps;
  std::string plan, against, store, since, until, csv, wall, html;
  bool against_nothing = false;  // beside the rules' own limits, whatever plan the house has
  bool online = false, verify = false, progress = false;
  uint64_t rows = 20;
};
int whatif(const Where& where, WhatIf what, bool json);
enum class RulesVerb : uint8_t { check, test, explain, fmt, diff };
struct Rules {
  RulesVerb verb = RulesVerb::check;
  std::vector<std::string> files;
  std::string plan;
  std::string since;            // check
  std::string language = "en";  // explain
  bool strict = false;          // check
  bool mutants = false;         // test
  uint64_t traces = 10'000;     // test --mutants
  bool only_check = false;      // fmt
  bool write = false;           // fmt
  bool json = false;
};
int rules_command(const Rules& what);
// Becomes `lamplight-driver decode` beside this program; returns only on failure.
int decode(const std::vector<std::string>& words);
// The same with `lamplight-driver devices`.
int devices(const std::vector<std::string>& words);

}  // namespace lamplight::cli
