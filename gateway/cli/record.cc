// Commands that read the store's files, which works with or without a running lamplightd.
#include <poll.h>

#include <map>
#include <nlohmann/json.hpp>

#include "gateway/cli/client.h"
#include "gateway/cli/commands.h"
#include "gateway/cli/export_csv.h"
#include "gateway/cli/history.h"
#include "gateway/cli/screen.h"
#include "gateway/store/reader.h"

namespace lamplight::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kFollowBegins = 20;
constexpr const char* kWhereStores =
    "the store is in the state_dir of lamplightd: say --state-dir DIR, or --config FILE";

std::optional<store::Reader> reader_of(const std::string& place) {
  auto reader = store::Reader::open(place);
  if (reader) return std::move(*reader);
  complain(reader.error() + "\n" + kWhereStores);
  return std::nullopt;
}

// False and a message: a word of the filter cannot be understood.
bool filter_of(const Events& events, store::EventFilter& filter) {
  if (!events.lane.empty()) {
    filter.lane = lane_of(events.lane);
    if (!filter.lane || *filter.lane > Lane::system) {
      complain("--lane is alarm or system; samples are read by: lamplight export");
      return false;
    }
  }
  if (!instants_of(events.since, events.until, filter.since, filter.until)) return false;
  filter.occurrence = events.occurrence;
  filter.name = events.name;
  filter.newest = events.limit.value_or(events.follow ? kFollowBegins : SIZE_MAX);
  return true;
}

void show(const std::string& body, bool json) { print(json ? body + "\n" : event_line(body)); }

bool is_wanted(const Json& event, const store::EventFilter& filter) {
  const auto text = [&](const char* key) {
    const auto found = event.find(key);
    return found != event.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (filter.lane && text("lane") != name_of(*filter.lane)) return false;
  if (filter.occurrence && event.value("occurrence", Json()) != *filter.occurrence) return false;
  const std::string name = text("event");
  if (filter.name.empty()) return true;
  return filter.name.back() == '.' ? name.starts_with(filter.name) : name == filter.name;
}

// Prints what comes until the connection ends.
void follow_once(Client& client, const store::EventFilter& filter,
                 std::map<std::string, int64_t>& shown, bool json) {
  std::string message;
  while (!has_output_failed()) {
    const auto next = client.next(seconds(60), message);
    if (next == Client::Next::gone) return;
    if (next == Client::Next::nothing) continue;
    const Json parsed = Json::parse(message, nullptr, false);
    if (!parsed.is_object() || parsed.value("type", "") != "event") continue;
    const Json& event = parsed["event"];
    if (!event.is_object() || !is_wanted(event, filter)) continue;
    int64_t& newest = shown[event.value("store_id", "") + event.value("lane", "")];
    const int64_t seq = event.value("seq", int64_t{0});
    if (seq <= newest) continue;
    newest = seq;
    show(event.dump(), json);
  }
}

int follow(const Where& where, const Events& events, const store::EventFilter& filter) {
  std::map<std::string, int64_t> shown;  // newest seq of (store, lane)
  for (bool is_first = true;; is_first = false) {
    auto client = Client::connect(where.run_dir);
    if (!client) {
      if (is_first) {
        complain(client.error());
        return kUnusable;
      }
      ::poll(nullptr, 0, 500);  // it restarts within a second
      continue;
    }
    // Followed before the history is read, so that nothing falls between.
    const auto answer = client->ask(R"("type":"follow","what":["events"])");
    if (!answer) continue;
    auto reader = store::Reader::open(where.state_dir);
    const auto history = reader ? reader->events(filter)
                                : Result<std::vector<store::StoredEvent>>(failure(reader.error()));
    if (!history && is_first) complain(history.error() + "; showing new events only");
    if (history) {
      for (const store::StoredEvent& e : *history) {
        int64_t& newest = shown[reader->meta("store_id") + std::string(name_of(e.lane))];
        if (static_cast<int64_t>(e.seq) <= newest) continue;
        newest = static_cast<int64_t>(e.seq);
        show(e.body, events.json);
      }
    }
    follow_once(*client, filter, shown, events.json);
    if (has_output_failed()) return kUnusable;
    complain("lamplightd closed the connection; waiting for it");
  }
}

}  // namespace

int show_events(const Where& where, const Events& events) {
  store::EventFilter filter;
  if (!filter_of(events, filter)) return kUnusable;
  if (events.follow) return follow(where, events, filter);
  auto reader = reader_of(where.state_dir);
  if (!reader) return kUnusable;
  const auto found = reader->events(filter);
  if (!found) {
    complain(found.error());
    return kUnusable;
  }
  for (const store::StoredEvent& e : *found) show(e.body, events.json);
  if (found->empty()) complain("no such event");
  return kGood;
}

int show_alarm_history(const Where& where, std::optional<uint64_t> limit, bool json) {
  auto reader = reader_of(where.state_dir);
  if (!reader) return kUnusable;
  store::EventFilter filter;
  filter.lane = Lane::alarm;
  const auto events = reader->events(filter);
  if (!events) {
    complain(events.error());
    return kUnusable;
  }
  const std::vector<Life> lives = lives_of(*events);
  const size_t first = limit && *limit < lives.size() ? lives.size() - *limit : 0;
  for (size_t i = first; i < lives.size(); ++i)
    print(json ? life_json(lives[i]) : life_line(lives[i]));
  if (lives.empty()) complain("no alarm in the record");
  return kGood;
}

int export_store(const Where& where, const Export& what) {
  std::optional<int64_t> since, until;
  if (!instants_of(what.since, what.until, since, until)) return kUnusable;
  auto reader = reader_of(what.store.empty() ? where.state_dir : what.store);
  if (!reader) return kUnusable;
  const auto done = export_csv(*reader, since, until, [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
  });
  if (!done) {
    complain(done.error());
    return kUnusable;
  }
  if (done->rows == 0) complain("no sample in this range");
  return std::fflush(stdout) == 0 ? kGood : kUnusable;
}

}  // namespace lamplight::cli
