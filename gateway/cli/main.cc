// The `lamplight` program: the command line, and nothing else. What a command does is in
// commands.h; this is the only file that knows CLI11.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "gateway/cli/commands.h"
#include "gateway/cli/visible.h"
#include "rules/model/nearest.h"

namespace lamplight::cli {
namespace {

constexpr const char* kAbout =
    "Lamplight: what the gateway at home sees, keeps and rings for.\n"
    "Secondary notification; stay within hearing of the bedside devices.";
constexpr const char* kDecodeHelp = "raw bytes of a device as readings (decode --help tells more)";
constexpr const char* kDevicesHelp =
    "USB ports, what speaks there, stanzas for the configuration (devices --help tells more)";

// CLI11's own range tells its bounds as floating point.
std::string complaint_of_number(const std::string& word) {
  const bool is_good = !word.empty() && word.size() < 19 &&
                       word.find_first_not_of("0123456789") == std::string::npos &&
                       word.find_first_not_of('0') != std::string::npos;
  return is_good ? "" : "\"" + word + "\" is no whole number from 1";
}

struct Words {
  Where where;
  bool json = false;
  bool history = false;
  std::optional<uint64_t> limit;
  Act act;
  Watch watch;
  Events events;
  Export exported;
  BlackBox black_box;
  Replay replay;
  WhatIf whatif;
  Rules rules;
};

void add_live(CLI::App& app, Words& w, int& code) {
  auto* status = app.add_subcommand("status", "is it watching, and is the record sound");
  status->callback([&] { code = show_status(w.where, w.json); });
  auto* alarms = app.add_subcommand("alarms", "open alarms with what to do");
  auto* history =
      alarms->add_flag("--history", w.history,
                       "every occurrence in the record: when, how it ended, what people did");
  alarms->add_option("--limit", w.limit, "with --history: only the newest so many")
      ->check(CLI::Validator(complaint_of_number, ""))
      ->needs(history);
  alarms->callback([&] {
    code = w.history ? show_alarm_history(w.where, w.limit, w.json) : show_alarms(w.where, w.json);
  });
  auto* watch_command = app.add_subcommand("watch", "live view: readings, alarms, links, record");
  watch_command->add_flag("--once", w.watch.once, "show it once and end");
  watch_command->add_option("--every-ms", w.watch.every_ms, "time between pictures")
      ->check(CLI::Range(100, 60'000));
  watch_command->callback([&] {
    w.watch.json = w.json;
    code = watch(w.where, w.watch);
  });
}

// Acknowledge, pause and stand down are three acts: no one of them does another's work.
void add_acts(CLI::App& app, Words& w, int& code) {
  const auto add = [&](const char* name, core::ActKind kind, const char* about) {
    auto* command = app.add_subcommand(name, about);
    command->add_option("--by", w.act.by, "who is at the bedside")->required();
    command->callback([&w, &code, kind] {
      w.act.kind = kind;
      code = do_act(w.where, w.act, w.json);
    });
    if (kind == core::ActKind::press || kind == core::ActKind::release) {
      command->add_option("BUTTON", w.act.button, "its name in the rules")->required();
    } else {
      command->add_option("OCCURRENCE", w.act.occurrence, "number, as alarms shows it")
          ->required()
          ->check(CLI::Validator(complaint_of_number, ""));
    }
    return command;
  };
  using core::ActKind;
  add("ack", ActKind::acknowledge,
      "acknowledge one occurrence at the bedside: its sound stops until its time-out; of a "
      "latched one that is the reset");
  add("pause", ActKind::pause,
      "quiet for a moment: the sound of one occurrence, and of no other, comes back by itself; "
      "its light and everything else stay")
      ->add_option("--for", w.act.lasts,
                   "\"90 s\", \"2 min\"; if left out as long as its priority allows: high and "
                   "medium 2 min, low 10 min");
  add("resume", ActKind::resume, "end the pause of one occurrence now");
  add("stand-down", ActKind::stand_down,
      "close one occurrence that cannot be judged (no readings) and whose missing reading has "
      "its own alarm, which goes on; when readings return it can be raised anew")
      ->add_option("--reason", w.act.reason,
                   "why, on one line: \"probe off for the bath\". It is recorded and published: "
                   "name nobody")
      ->required();
  add("press", ActKind::press,
      "press a button of the rules (suctioning, care): it ends by itself, and what it holds back "
      "rings then; what the rules never hold back rings through it");
  add("release", ActKind::release, "end the press of a button now");
}

void add_record(CLI::App& app, Words& w, int& code) {
  auto* events = app.add_subcommand("events", "the journal");
  events->add_option("--lane", w.events.lane, "alarm or system");
  events->add_option("--since", w.events.since, "RFC 3339, \"2026-03-02 02:14\", or \"8 h\" ago");
  events->add_option("--until", w.events.until, "as --since");
  events->add_option("--occurrence", w.events.occurrence, "of one occurrence only")
      ->check(CLI::Validator(complaint_of_number, ""));
  events->add_option("--name", w.events.name, "alarm.raised, or alarm. for all that begin so");
  events->add_option("--limit", w.events.limit, "only the newest so many")
      ->check(CLI::Validator(complaint_of_number, ""));
  events->add_flag("--follow", w.events.follow, "then go on with what happens");
  events->callback([&] {
    w.events.json = w.json;
    code = show_events(w.where, w.events);
  });
  auto* exported = app.add_subcommand("export", "stored samples as the CSV that replay reads");
  exported->add_option("--store", w.exported.store, "state directory, or a file in it");
  exported
      ->add_option("--since", w.exported.since, "RFC 3339, \"2026-03-02 02:14\", or \"8 h\" ago")
      ->required();
  exported->add_option("--until", w.exported.until, "as --since");
  exported->callback([&] {
    if (w.json) throw CLI::ValidationError("export", "it writes CSV: leave out --json");
    code = export_store(w.where, w.exported);
  });
}

void add_black_box(CLI::App& app, Words& w, int& code) {
  auto* box = app.add_subcommand("blackbox", "the newest raw bytes of every port");
  box->require_subcommand(1);
  auto* list = box->add_subcommand("list", "which ports have one, from when to when");
  list->callback([&] { code = list_black_boxes(w.where, w.json); });
  auto* save = box->add_subcommand("save", "writes them to files that lamplight decode reads");
  save->add_option("--port", w.black_box.port, "of one port only");
  save->add_option("--out", w.black_box.out, "directory for the files");
  auto* occurrence =
      save->add_option("--occurrence", w.black_box.occurrence, "around this occurrence of an alarm")
          ->check(CLI::Validator(complaint_of_number, ""));
  save->add_option("--before", w.black_box.before, "with --occurrence: how long before it began");
  save->add_option("--after", w.black_box.after, "with --occurrence: how long after it ended");
  save->add_option("--since", w.black_box.since, "RFC 3339, \"2026-03-02 02:14\", or \"8 h\" ago")
      ->excludes(occurrence);
  save->add_option("--until", w.black_box.until, "as --since")->excludes(occurrence);
  save->callback([&] { code = save_black_box(w.where, w.black_box); });
}

void add_texts(CLI::App& app, Words& w, int& code) {
  auto* replay_command = app.add_subcommand("replay", "the rules over recorded samples");
  replay_command->add_option("--rules", w.replay.rules, "rules files")->required();
  replay_command->add_option("--plan", w.replay.plan, "one child's plan");
  auto* csv =
      replay_command->add_option("--csv", w.replay.csv, "samples as CSV; - = standard input");
  auto* stored = replay_command->add_option("--store", w.replay.store, "samples of a store");
  csv->excludes(stored);
  replay_command->add_option("--since", w.replay.since, "with --store")->needs(stored);
  replay_command->add_option("--until", w.replay.until,
                             "with --csv: seconds, the clock runs on to it; with --store: instant");
  replay_command->add_option("--wall", w.replay.wall, "RFC 3339 wall time of the first row")
      ->needs(csv);
  replay_command->add_option("--out", w.replay.out, "file for the events; - = standard output");
  replay_command
      ->add_option("--against", w.replay.against,
                   "older RULES and PLAN: no events but a report, as whatif writes it")
      ->expected(1, 2)
      ->excludes("--out");
  replay_command->callback([&] {
    w.replay.json = w.json;
    if (w.replay.csv.empty() && w.replay.store.empty()) {
      throw CLI::ValidationError("replay", "say --csv FILE or --store DIR");
    }
    code = replay(w.where, w.replay);
  });
  // Handled before parsing: its words belong to lamplight-driver.
  app.add_subcommand("decode", kDecodeHelp);
  app.add_subcommand("devices", kDevicesHelp);
}

void add_rules(CLI::App& app, Words& w, int& code) {
  auto* group = app.add_subcommand("rules", "check, test, explain, format, compare rules");
  group->require_subcommand(1);
  const auto add = [&](const char* name, const char* about, RulesVerb verb, const char* files) {
    auto* command = group->add_subcommand(name, about);
    command->add_option("FILE", w.rules.files, files)->required();
    command->callback([&w, &code, verb] {
      w.rules.verb = verb;
      w.rules.json = w.json;
      code = rules_command(w.rules);
    });
    return command;
  };
  auto* check = add("check", "errors and warnings, all at once", RulesVerb::check, "rules files");
  check->add_option("--plan", w.rules.plan, "one child's plan");
  check->add_flag("--strict", w.rules.strict, "warnings are findings");
  check->add_option("--since", w.rules.since,
                    "the accepted rules (file or directory): tell what has another meaning now");
  auto* test =
      add("test", "run the cases of .test files", RulesVerb::test, "rules files and .test");
  auto* mutants = test->add_flag("--mutants", w.rules.mutants,
                                 "put mistakes into the rules, one at a time: does a test fail?");
  test->add_option("--traces", w.rules.traces,
                   "random traces on which a mutant must differ to be one (default 10000)")
      ->needs(mutants)
      ->check(CLI::Validator(complaint_of_number, ""));
  auto* explain =
      add("explain", "what the rules do, in plain sentences", RulesVerb::explain, "rules files");
  explain->add_option("--plan", w.rules.plan, "one child's plan");
  explain->add_option("--lang", w.rules.language, "en (English) or es (Spanish)")
      ->check(CLI::IsMember({"en", "es"}));
  auto* fmt = add("fmt", "the canonical form of rules files, on standard output", RulesVerb::fmt,
                  "rules files");
  auto* only_check =
      fmt->add_flag("--check", w.rules.only_check, "only name the files that are not in this form");
  fmt->add_flag("--write", w.rules.write, "put it into the files")->excludes(only_check);
  auto* diff = add("diff", "what the rules NEW do otherwise than OLD, in sentences",
                   RulesVerb::diff, "OLD NEW: a rules file each, or a directory of them");
  diff->get_option("FILE")->expected(2);
}

constexpr const char* kWhatIfHelp =
    "what another plan, or other rules, would have changed, over recorded samples";
constexpr const char* kWhatIfMore = R"(
Old and new rules run over the same samples; nothing at the bedside changes.

  lamplight whatif --store /var/lib/lamplight --rules home.rules --against now.plan \
      --plan try.plan --since 30d --html try.html
  lamplight whatif --store COPY --rules home.rules --plan now.plan --against now.plan \
      --since 30d --sweep spo2_low=84..94/0.5 --sweep delay=0s..30s/5s --html sweep.html

  --plan FILE      the plan to try: a copy of the present one with other limits in it
  --against FILE   the plan it is compared with. Left out: the plan of --config, else the
                   limits that the rules themselves name
  --sweep NAME=FROM..TO/STEP   tries every value of a limit, by day and by night, within what the
                   rules allow; NAME delay = the `for` of the alarms that read the other swept
                   limit. Two sweeps make a table, and a heat map on the page

What the figures mean
  a night          eight recorded hours between 22:00 and 06:00, in the time zone TZ
  woken            an alarm begins to sound then, other than information and what is inhibited
  vanish, appear   an alarm of the old rules that no alarm of that name of the new ones overlaps;
                   and the other way round
  later            the new rules raise the same alarm so much later
  unannounced      seconds in which the old rules had raised an alarm, the reading was beyond its
                   old limit, and the new rules had not raised it. Read this one first
  known            how long each reading was there at all: fewer alarms because a probe was off
                   are no success

The store may be that of a running lamplightd: it is only read, in short pieces. A CSV as
`lamplight export` writes it does as well (--csv).)";

void add_whatif(CLI::App& app, Words& w, int& code) {
  WhatIf& what = w.whatif;
  auto* command = app.add_subcommand("whatif", kWhatIfHelp);
  command->footer(kWhatIfMore);
  auto* stored =
      command->add_option("--store", what.store, "state directory of lamplightd, or a copy of it");
  auto* csv = command->add_option("--csv", what.csv, "samples as CSV instead; - = standard input");
  csv->excludes(stored);
  command->add_option("--since", what.since, "RFC 3339, \"2026-03-02\", or 30d; 30d if left out")
      ->excludes(csv);
  command->add_option("--until", what.until, "as --since; now if left out")->excludes(csv);
  command->add_option("--wall", what.wall, "RFC 3339 wall time of the first row")->needs(csv);
  command->add_option("--rules", what.rules, "rules files; those of --config if left out");
  command->add_option("--plan", what.plan, "the plan to try");
  auto* against = command->add_option("--against", what.against, "the plan to compare it with");
  command->add_flag("--against-none", what.against_nothing, "compare with the rules' own limits")
      ->excludes(against);
  command->add_option("--against-rules", what.against_rules,
                      "the rules to compare with, if others");
  command->add_option("--sweep", what.sweeps, "NAME=FROM..TO/STEP or NAME=A,B,C; at most twice")
      ->allow_extra_args(false);
  command->add_option("--html", what.html, "write one self-contained page with plots");
  command->add_option("--rows", what.rows, "alarms that vanish or appear to list; 20");
  command->add_flag("--progress", what.progress, "say how far it is, also when nobody looks on");
  command->add_flag("--online", what.online, "by the engine that runs live: slower, the same");
  command->add_flag("--verify", what.verify, "by both ways; exit 1 should they differ");
  command->callback([&] { code = whatif(w.where, what, w.json); });
}

// Of a word that stands where a command should: what to say of it; else empty. CLI11 only says that
// a command is missing.
std::string unknown_command(CLI::App& app) {
  CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  if (at->get_require_subcommand_min() == 0) return {};
  std::vector<std::string> names;
  for (const CLI::App* command : at->get_subcommands([](CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  for (const std::string& word : app.remaining(true)) {
    if (word.starts_with('-')) continue;
    const std::string_view meant = nearest(word, {names.begin(), names.end()});
    return "no such command: \"" + visible(word) + "\"" +
           (meant.empty() ? "" : "; did you mean \"" + std::string(meant) + "\"?");
  }
  return {};
}

// Where `name` stands if it is the command; it may follow options of this program. Those mean
// nothing to decode (what it prints is JSON anyway), and --json alone to devices. Else 0.
int place_of(std::string_view name, int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == name) return i;
    bool is_known = word == "--json";
    for (const std::string_view option : {"--config", "--run-dir", "--state-dir"}) {
      const bool has_value_within =
          word.starts_with(option) && word.substr(option.size(), 1) == "=";
      is_known = is_known || word == option || has_value_within;
      if (word == option) ++i;
    }
    if (!is_known) return 0;
  }
  return 0;
}

int run(int argc, char** argv) {
  if (const int at = place_of("decode", argc, argv); at > 0)
    return decode(std::vector<std::string>(argv + at + 1, argv + argc));
  if (const int at = place_of("devices", argc, argv); at > 0) {
    std::vector<std::string> words(argv + at + 1, argv + argc);
    if (std::find(argv + 1, argv + at, std::string_view("--json")) != argv + at) {
      words.insert(words.begin(), "--json");
    }
    return devices(words);
  }
  Words words;
  int code = kUnusable;
  CLI::App app(kAbout, "lamplight");
  app.fallthrough();
  app.require_subcommand(1);
  app.set_version_flag("--version", LL_VERSION);
  app.add_option("--config", words.where.config, "lamplightd's configuration: where things are");
  app.add_option("--run-dir", words.where.run_dir, "directory of core.sock");
  app.add_option("--state-dir", words.where.state_dir, "directory of the store");
  app.add_flag("--json", words.json, "JSON, one object a line");
  app.parse_complete_callback([&] {
    if (!resolve(words.where)) throw CLI::RuntimeError(kUnusable);
  });
  add_live(app, words, code);
  add_acts(app, words, code);
  add_record(app, words, code);
  add_black_box(app, words, code);
  add_texts(app, words, code);
  add_rules(app, words, code);
  add_whatif(app, words, code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);  // --help, --version
  } catch (const CLI::RuntimeError&) {
    return kUnusable;
  } catch (const CLI::ParseError& e) {
    const std::string unknown = unknown_command(app);
    complain((unknown.empty() ? e.what() : unknown) + "\nlamplight --help tells more");
    return kUnusable;
  }
  return code;
}

}  // namespace
}  // namespace lamplight::cli

int main(int argc, char** argv) {
  const int code = lamplight::cli::run(argc, argv);
  errno = 0;
  const bool is_flushed = std::fflush(stdout) == 0;
  if (is_flushed && !lamplight::cli::has_output_failed()) return code;
  const std::string why = errno != 0 ? ": " + std::generic_category().message(errno) : "";
  lamplight::cli::complain("cannot write standard output" + why);
  return lamplight::cli::kUnusable;
}
