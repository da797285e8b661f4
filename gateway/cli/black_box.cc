// `lamplight blackbox`: the rings of run_dir as JSON lines, which `lamplight decode` and the
// simulator play again. A line is one read or write, with its monotonic time and its bytes as they
// were; of Modbus, one question with its registers or its error, since libmodbus owns the bytes.
#include "drivers/sdk/wire/black_box.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <span>

#include "gateway/cli/commands.h"
#include "gateway/clock.h"
#include "gateway/store/reader.h"
#include "rules/model/json_writer.h"

namespace lamplight::cli {
namespace {

using wire::BoxKind;
using wire::BoxRecord;
using wire::BoxRecording;

struct Box {
  std::string port;
  BoxRecording recording;
};

struct Span {
  MonoTime from{INT64_MIN};
  MonoTime to = kNever;
  bool has(MonoTime at) const { return at >= from && at <= to; }
};

std::string text_of(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string hex_of(std::span<const uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xF];
  }
  return text;
}

std::string line_of(const BoxRecord& record) {
  std::string line;
  JsonWriter json(line);
  json.begin_object().key("t").integer(record.at.ns);
  switch (record.kind) {
    case BoxKind::started:
      json.key("started").string(text_of(record.bytes));
      break;
    case BoxKind::opened:
      json.key("opened").boolean(true);
      break;
    case BoxKind::read:
      json.key("read").string(hex_of(record.bytes));
      break;
    case BoxKind::wrote:
      json.key("wrote").string(hex_of(record.bytes));
      break;
    case BoxKind::lost:
      json.key("lost").string(text_of(record.bytes));
      break;
    case BoxKind::asked:
      json.key("asked").string(text_of(record.bytes));
      break;
  }
  json.end_object();
  return line + "\n";
}

// All rings, in the order of their names. Nothing and a message if there are none.
std::vector<Box> read_boxes(const Where& where, const std::string& only) {
  std::vector<Box> boxes;
  const std::filesystem::path dir = std::filesystem::path(where.run_dir) / "blackbox";
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(dir, error)) {
    if (entry.path().extension() != ".ring") continue;
    const std::string port = entry.path().stem().string();
    if (!only.empty() && port != only) continue;
    auto recording = wire::read_black_box(entry.path().string());
    if (recording) {
      boxes.push_back({port, std::move(*recording)});
    } else {
      complain(recording.error());
    }
  }
  std::ranges::sort(boxes, {}, &Box::port);
  if (boxes.empty()) {
    const std::string whose = only.empty() ? "" : " of the port \"" + only + "\"";
    complain("no black box" + whose + " in " + dir.string() +
             (error ? ": " + error.message() : std::string()) +
             "\nlamplightd keeps them in its run_dir: say --run-dir DIR, or --config FILE");
  }
  return boxes;
}

// An instant of people as one of the box. The wall clock may have been set since: the bytes may
// then lie elsewhere, which an occurrence does not suffer from.
MonoTime mono_of(int64_t unix_ns) {
  return MonoTime{mono_now().ns - (WallClock().read().label.unix_ns - unix_ns)};
}

bool read_span(const BlackBox& what, Span& span) {
  std::optional<int64_t> from, to;
  if (!instants_of(what.since, what.until, from, to)) return false;
  if (from) span.from = mono_of(*from);
  if (to) span.to = mono_of(*to);
  return true;
}

bool read_span_around(const Where& where, const BlackBox& what, Span& span) {
  const auto before = duration_of(what.before), after = duration_of(what.after);
  if (!before || !after) {
    complain("--before and --after are lengths of time, such as \"5 min\"");
    return false;
  }
  auto reader = store::Reader::open(where.state_dir);
  if (!reader) {
    complain(reader.error());
    return false;
  }
  store::EventFilter filter;
  filter.occurrence = what.occurrence;
  filter.newest = SIZE_MAX;
  const auto events = reader->events(filter);
  if (!events || events->empty()) {
    complain(events ? "no occurrence " + std::to_string(*what.occurrence) + " in the journal"
                    : events.error());
    return false;
  }
  if (events->back().boot != boot_id()) {
    complain("occurrence " + std::to_string(*what.occurrence) +
             " was before this box was last started, and a black box lies in its memory");
    return false;
  }
  span.from = events->front().t - Duration{*before};
  span.to = events->back().t + Duration{*after};
  return true;
}

// A name for a file, whatever the port is called.
std::string file_name(const std::string& port) {
  std::string name = "blackbox-" + port + ".jsonl";
  std::ranges::replace(name, ' ', '_');
  return name;
}

bool write_file(const std::filesystem::path& path, const Box& box, const Span& span,
                size_t& records) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  std::string head;
  JsonWriter json(head);
  json.begin_object().key("blackbox").integer(1).key("boot").string(boot_id());
  json.key("port").string(box.port).key("label").string(box.recording.label).end_object();
  file << head << '\n';
  for (const BoxRecord& record : box.recording.records) {
    if (!span.has(record.at)) continue;
    file << line_of(record);
    ++records;
  }
  file.close();
  return !file.fail();
}

}  // namespace

int list_black_boxes(const Where& where, bool json) {
  const auto boxes = read_boxes(where, {});
  if (boxes.empty()) return kUnusable;
  const MonoTime now = mono_now();
  for (const Box& box : boxes) {
    size_t bytes = 0;
    for (const BoxRecord& record : box.recording.records) bytes += record.bytes.size();
    const bool is_empty = box.recording.records.empty();
    const MonoTime first = is_empty ? now : box.recording.records.front().at;
    const MonoTime last = is_empty ? now : box.recording.records.back().at;
    if (json) {
      std::string line;
      JsonWriter w(line);
      w.begin_object().key("port").string(box.port);
      w.key("records").integer(static_cast<int64_t>(box.recording.records.size()));
      w.key("bytes").integer(static_cast<int64_t>(bytes));
      w.key("first").integer(first.ns).key("last").integer(last.ns).end_object();
      print(line + "\n");
    } else {
      print(box.port + ": " + std::to_string(bytes) + " bytes, the last " +
            std::to_string((now - last).ms() / 1000) + " s ago, the first " +
            std::to_string((now - first).ms() / 1000) + " s ago\n");
    }
  }
  return kGood;
}

int save_black_box(const Where& where, const BlackBox& what) {
  Span span;
  const bool is_span =
      what.occurrence ? read_span_around(where, what, span) : read_span(what, span);
  if (!is_span) return kUnusable;
  const auto boxes = read_boxes(where, what.port);
  if (boxes.empty()) return kUnusable;
  size_t all = 0;
  for (const Box& box : boxes) {
    const std::filesystem::path path = std::filesystem::path(what.out) / file_name(box.port);
    size_t records = 0;
    if (!write_file(path, box, span, records)) {
      complain("cannot write " + path.string() + "; name a directory with --out");
      return kUnusable;
    }
    all += records;
    print(path.string() + ": " + std::to_string(records) + " records\n");
  }
  if (all > 0) return kGood;
  complain("nothing was read or written in that time, or it is no longer kept");
  return kFindings;
}

}  // namespace lamplight::cli
