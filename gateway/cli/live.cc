// Commands that ask a running lamplightd.
#include <poll.h>
#include <unistd.h>

#include "gateway/cli/client.h"
#include "gateway/cli/commands.h"
#include "gateway/cli/page.h"
#include "gateway/cli/screen.h"

namespace lamplight::cli {
namespace {

Style style_of_terminal() { return {::isatty(STDOUT_FILENO) == 1}; }

// Connects and asks; a message and nothing when that fails.
std::optional<std::string> asked(const Where& where, std::string_view what) {
  auto client = Client::connect(where.run_dir);
  if (!client) {
    complain(client.error());
    return std::nullopt;
  }
  auto result = client->query(what);
  if (!result) {
    complain(result.error());
    return std::nullopt;
  }
  return std::move(*result);
}

[[nodiscard]] Result<Readouts> read_all(Client& client) {
  Readouts all;
  for (const auto& [what, place] :
       {std::pair{"status", &all.status}, std::pair{"alarms", &all.alarms},
        std::pair{"vitals", &all.vitals}, std::pair{"links", &all.links},
        std::pair{"devices", &all.devices}}) {
    auto result = client.query(what);
    if (!result) return failure(result.error());
    *place = std::move(*result);
  }
  return all;
}

std::string json_of(const Readouts& r) {
  return "{\"status\":" + r.status + ",\"alarms\":" + r.alarms + ",\"vitals\":" + r.vitals +
         ",\"links\":" + r.links + ",\"devices\":" + r.devices + "}\n";
}

// Redraws from the top left instead of scrolling; lines that got shorter are cleared.
void draw(const std::string& page, bool is_terminal) {
  if (!is_terminal) {
    print(page + "\n");
    return;
  }
  std::string out = "\x1b[H";
  // After the last row no new line: it would push the first one out of the window.
  for (const char c : std::string_view(page).substr(0, page.size() - page.ends_with('\n'))) {
    if (c == '\n') out += "\x1b[K";
    out += c;
  }
  print(out + "\x1b[J");
}

// Connects first when there is no connection; drops it when it gives nothing.
[[nodiscard]] Result<Readouts> read_again(const Where& where, std::optional<Client>& client) {
  if (!client) {
    auto fresh = Client::connect(where.run_dir);
    if (!fresh) return failure(fresh.error());
    client.emplace(std::move(*fresh));
  }
  auto all = read_all(*client);
  if (!all) client.reset();
  return all;
}

std::vector<Line> not_watching(const std::string& why) {
  return {{Worth::alarm, "NOT WATCHING: lamplightd does not answer."},
          {Worth::alarm, "Go to the bedside; rely on the devices' own alarms."},
          {Worth::space, ""},
          {Worth::circumstance, why}};
}

void pause(int64_t ms) { ::poll(nullptr, 0, static_cast<int>(ms)); }

}  // namespace

int show_status(const Where& where, bool json) {
  const auto status = asked(where, "status");
  if (!status) return kUnusable;
  if (json) {
    print(*status + "\n");
    return kGood;
  }
  const auto alarms = asked(where, "alarms");
  if (!alarms) return kUnusable;
  const Style style = style_of_terminal();
  print(status_lines(*status, *alarms, style) + standing_lines(*alarms, style) +
        record_lines(*status));
  return kGood;
}

int show_alarms(const Where& where, bool json) {
  const auto alarms = asked(where, "alarms");
  if (!alarms) return kUnusable;
  print(json ? *alarms + "\n" : alarm_lines(*alarms, style_of_terminal()));
  return kGood;
}

int watch(const Where& where, const Watch& how) {
  const Style style = style_of_terminal();
  const bool is_redrawn = style.colour && !how.once && !how.json;
  std::optional<Client> client;
  if (is_redrawn) print("\x1b[2J");
  while (!has_output_failed()) {
    const auto all = read_again(where, client);
    if (!all && (how.once || how.json)) {
      complain(all.error());
      return kUnusable;
    }
    Window window = window_of_output();
    if (!is_redrawn) window.rows = 0;  // it scrolls
    if (!all) {
      draw(fitted(not_watching(all.error()), window), is_redrawn);
    } else if (how.json) {
      print(json_of(*all));
    } else {
      const std::string page = fitted(page_of(*all, style), window);
      how.once ? print(page) : draw(page, is_redrawn);
    }
    if (how.once) return kGood;
    // Soon again when the core is away: it is back within a second.
    pause(all ? how.every_ms : 250);
  }
  return kUnusable;
}

}  // namespace lamplight::cli
