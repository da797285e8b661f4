// Commands that ask a running lamplightd.
#include <poll.h>
#include <unistd.h>

#include "gateway/cli/client.h"
#include "gateway/cli/commands.h"
#include "gateway/cli/screen.h"
#include "gateway/json_object.h"
#include "rules/model/json_writer.h"

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

struct Readouts {
  std::string status, alarms, vitals, links, devices;
};

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

std::string page_of(const Readouts& r, const Style& style) {
  return status_lines(r.status, style) + "\nALARMS\n" + alarm_lines(r.alarms, style) +
         "\nREADINGS\n" + vital_lines(r.vitals, style) + "\nLINKS\n" +
         link_lines(r.links, r.devices, style) + "\nRECORD\n" + record_lines(r.status);
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
  for (const char c : page) {
    if (c == '\n') out += "\x1b[K";
    out += c;
  }
  print(out + "\x1b[J");
}

void pause(int64_t ms) { ::poll(nullptr, 0, static_cast<int>(ms)); }

}  // namespace

int show_status(const Where& where, bool json) {
  const auto status = asked(where, "status");
  if (!status) return kUnusable;
  print(json ? *status + "\n" : status_lines(*status, style_of_terminal()) + record_lines(*status));
  return kGood;
}

int show_alarms(const Where& where, bool json) {
  const auto alarms = asked(where, "alarms");
  if (!alarms) return kUnusable;
  print(json ? *alarms + "\n" : alarm_lines(*alarms, style_of_terminal()));
  return kGood;
}

int acknowledge(const Where& where, const Ack& ack, bool json) {
  auto client = Client::connect(where.run_dir);
  if (!client) {
    complain(client.error());
    return kUnusable;
  }
  std::string text;
  JsonWriter(text)
      .begin_object()
      .key("type")
      .string("acknowledge")
      .key("occurrence")
      .integer(static_cast<int64_t>(ack.occurrence))
      .key("by")
      .string(ack.by)
      .end_object();
  const auto answer = client->ask(std::string_view(text).substr(1, text.size() - 2));
  if (!answer) {
    complain(answer.error());
    return answer.error().starts_with("refused") ? kFindings : kUnusable;
  }
  const auto fields = JsonObject::parse(*answer);
  if (!fields) {
    complain("lamplightd gave no answer");
    return kUnusable;
  }
  const bool is_done = fields->text("outcome") == "done";
  if (json) {
    print(*answer + "\n");
  } else if (is_done) {
    const bool durable = fields->flag("durable", true);
    print("acknowledged #" + std::to_string(ack.occurrence) + " by " + ack.by +
          (durable ? "\n" : "; NOT yet on disk: after a crash it would ring again\n"));
  } else {
    complain("not acknowledged: " + fields->text("why"));
  }
  return is_done ? kGood : kFindings;
}

int watch(const Where& where, const Watch& how) {
  const Style style = style_of_terminal();
  std::optional<Client> client;
  std::string trouble;
  if (style.colour && !how.once && !how.json) print("\x1b[2J");
  while (true) {
    if (!client) {
      auto fresh = Client::connect(where.run_dir);
      if (fresh) {
        client.emplace(std::move(*fresh));
      } else {
        trouble = fresh.error();
      }
    }
    if (client) {
      const auto all = read_all(*client);
      if (all) {
        trouble.clear();
        if (how.json) {
          print(json_of(*all));
        } else if (how.once) {
          print(page_of(*all, style));
        } else {
          draw(page_of(*all, style), style.colour);
        }
      } else {
        trouble = all.error();
        client.reset();
      }
    }
    if (how.once && trouble.empty()) return kGood;
    if (!trouble.empty()) {
      if (how.once || how.json) {
        complain(trouble);
        return kUnusable;
      }
      draw(
          "NOT WATCHING: lamplightd does not answer.\nGo to the bedside; rely on the devices' own "
          "alarms.\n\n" +
              trouble + "\n",
          style.colour);
    }
    // Soon again when the core is away: it is back within a second.
    pause(trouble.empty() ? how.every_ms : 250);
  }
}

}  // namespace lamplight::cli
