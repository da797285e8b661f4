// The `lamplight` program: the command line, and nothing else. What a command does is in
// commands.h; this is the only file that knows CLI11.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "gateway/cli/commands.h"

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
  Ack ack;
  Watch watch;
  Events events;
  Export exported;
  BlackBox black_box;
  Replay replay;
  Rules rules;
};

void add_live(CLI::App& app, Words& w, int& code) {
  auto* status = app.add_subcommand("status", "is it watching, and is the record sound");
  status->callback([&] { code = show_status(w.where, w.json); });
  auto* alarms = app.add_subcommand("alarms", "open alarms with what to do");
  alarms->add_flag("--history", w.history, "past occurrences, from the store");
  alarms->add_option("--limit", w.limit, "with --history: only the newest so many")
      ->check(CLI::Validator(complaint_of_number, ""));
  alarms->callback([&] {
    code = w.history ? show_alarm_history(w.where, w.limit, w.json) : show_alarms(w.where, w.json);
  });
  auto* ack = app.add_subcommand("ack",
                                 "acknowledge one occurrence at the bedside: its sound "
                                 "stops until its time-out");
  ack->add_option("OCCURRENCE", w.ack.occurrence, "number, as alarms shows it")
      ->required()
      ->check(CLI::Validator(complaint_of_number, ""));
  ack->add_option("--by", w.ack.by, "who is at the bedside")->required();
  ack->callback([&] { code = acknowledge(w.where, w.ack, w.json); });
  auto* watch_command = app.add_subcommand("watch", "live view: readings, alarms, links, record");
  watch_command->add_flag("--once", w.watch.once, "show it once and end");
  watch_command->add_option("--every-ms", w.watch.every_ms, "time between pictures")
      ->check(CLI::Range(100, 60'000));
  watch_command->callback([&] {
    w.watch.json = w.json;
    code = watch(w.where, w.watch);
  });
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
  exported->callback([&] { code = export_store(w.where, w.exported); });
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
  replay_command->callback([&] {
    if (w.replay.csv.empty() && w.replay.store.empty()) {
      throw CLI::ValidationError("replay", "say --csv FILE or --store DIR");
    }
    code = replay(w.where, w.replay);
  });
  auto* rules_command = app.add_subcommand("rules", "check, test or explain rules files");
  rules_command->require_subcommand(1);
  const auto add = [&](const char* name, const char* about, RulesVerb verb) {
    auto* command = rules_command->add_subcommand(name, about);
    command->add_option("FILE", w.rules.files, "rules files (test: also .test)")->required();
    if (verb != RulesVerb::test) command->add_option("--plan", w.rules.plan, "one child's plan");
    if (verb == RulesVerb::check) {
      command->add_flag("--strict", w.rules.strict, "warnings are findings");
    }
    command->callback([&w, &code, verb] {
      w.rules.verb = verb;
      w.rules.json = w.json;
      code = rules(w.rules);
    });
  };
  add("check", "errors and warnings, all at once", RulesVerb::check);
  add("test", "run the cases of .test files", RulesVerb::test);
  add("explain", "what the rules do, in plain sentences", RulesVerb::explain);
  // Handled before parsing: its words belong to lamplight-driver.
  app.add_subcommand("decode", kDecodeHelp);
  app.add_subcommand("devices", kDevicesHelp);
}

int run(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "decode")
    return decode(std::vector<std::string>(argv + 2, argv + argc));
  if (argc > 1 && std::string_view(argv[1]) == "devices")
    return devices(std::vector<std::string>(argv + 2, argv + argc));
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
  add_record(app, words, code);
  add_black_box(app, words, code);
  add_texts(app, words, code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);  // --help, --version
  } catch (const CLI::RuntimeError&) {
    return kUnusable;
  } catch (const CLI::ParseError& e) {
    complain(std::string(e.what()) + "\nlamplight --help tells more");
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
