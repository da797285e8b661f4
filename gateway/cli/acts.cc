// What a person at the bedside says: one act by name, and lamplightd's answer as a sentence. A
// refusal says what is there instead, or when it can be said again.
#include "gateway/cli/client.h"
#include "gateway/cli/commands.h"
#include "gateway/cli/screen.h"
#include "gateway/cli/visible.h"
#include "gateway/json_object.h"
#include "rules/model/json_writer.h"

namespace lamplight::cli {
namespace {

using core::ActKind;

constexpr const char* kLists = "; `lamplight alarms` lists open ones";

// The members of the message, without the braces that Client puts around them.
std::string members_of(const Act& act, std::optional<int64_t> pause_ms) {
  std::string text;
  JsonWriter out(text);
  out.begin_object().key("type").string(core::name_of(act.kind));
  if (act.occurrence != 0) out.key("occurrence").integer(static_cast<int64_t>(act.occurrence));
  if (!act.button.empty()) out.key("button").string(act.button);
  if (!act.reason.empty()) out.key("reason").string(act.reason);
  if (pause_ms) out.key("for_ms").integer(*pause_ms);
  out.key("by").string(act.by).end_object();
  return text.substr(1, text.size() - 2);
}

std::string buttons_text(const JsonObject& answer) {
  std::string names;
  for (const std::string& name : answer.words("buttons")) {
    names += (names.empty() ? "" : ", ") + visible(name);
  }
  return names.empty() ? "the rules have no button" : "the buttons of these rules are: " + names;
}

// Where it still lasts: " in 1 min 20 s".
std::string in_text(const JsonObject& answer) {
  const auto ms = answer.integer("for_ms");
  return ms ? " in " + left_text(*ms) : "";
}

std::string refusal_of_button(const std::string& why, const Act& act, const JsonObject& answer) {
  const std::string name = visible(act.button);
  if (why == "no_button") return "there is no button " + name + "; " + buttons_text(answer);
  if (why == "already_pressed") {
    return name + " is pressed already; it ends by itself" + in_text(answer) +
           ", or now by: lamplight release " + name + " --by NAME";
  }
  if (why == "not_pressed") return name + " is not pressed";
  if (why == "resting") {
    return name + " rests between two presses; it can be pressed again" + in_text(answer);
  }
  return visible(why);
}

std::string refusal_of(const std::string& why, const Act& act, const JsonObject& answer) {
  if (act.occurrence == 0) return refusal_of_button(why, act, answer);
  const std::string number = std::to_string(act.occurrence);
  const std::string alarm = "alarm " + number;
  const std::string instead = ": lamplight ack " + number + " --by NAME";
  if (why == "unknown_occurrence") {
    return "there is no open alarm " + number + "; `lamplight alarms` lists them";
  }
  if (why == "closed") return alarm + " is closed" + kLists;
  if (why == "nothing_to_acknowledge") return alarm + " does not ring: nothing to acknowledge";
  if (why == "nothing_to_pause") return alarm + " does not ring: nothing to pause";
  if (why == "already_paused") {
    return alarm + " is paused already and rings again" + in_text(answer) +
           ". A pause is not made longer; who is with the child says" + instead;
  }
  if (why == "not_paused") return alarm + " is not paused";
  if (why == "too_long") {
    return "a pause of " + alarm + " may last " + left_text(answer.integer("for_ms").value_or(0)) +
           " at most";
  }
  if (why == "not_unconfirmed") {
    return alarm +
           " can be judged: its readings come in. Only one that cannot is stood down; to "
           "stop its sound" +
           instead;
  }
  if (why == "lost_not_open") {
    return "nothing would watch on: the alarm of the missing reading is not open yet. It opens by "
           "itself; try again then, or" +
           instead.substr(1);
  }
  return visible(why);
}

std::string done_text(const Act& act, const JsonObject& answer) {
  const std::string what = act.occurrence == 0 ? act.button : "#" + std::to_string(act.occurrence);
  const std::string whom = " " + what + " by " + act.by;
  const std::string until = in_text(answer);
  switch (act.kind) {
    case ActKind::acknowledge:
      return "acknowledged" + whom +
             (until.empty() ? "" : "; rings again" + until + " if it lasts");
    case ActKind::pause:
      return "paused" + whom + "; rings again" + until;
    case ActKind::resume:
      return "ended the pause of" + whom;
    case ActKind::stand_down:
      return "stood down" + whom + "; " + answer.text("left_to") + " goes on";
    case ActKind::press:
      return "pressed" + whom + "; ends by itself" + until;
    case ActKind::release:
      return "released" + whom;
  }
  return {};
}

}  // namespace

int do_act(const Where& where, const Act& act, bool json) {
  std::optional<int64_t> pause_ms;
  if (!act.lasts.empty()) {
    pause_ms = duration_ms_of(act.lasts);
    if (!pause_ms) return kUnusable;
  }
  auto client = Client::connect(where.run_dir);
  if (!client) {
    complain(client.error());
    return kUnusable;
  }
  const auto answer = client->ask(members_of(act, pause_ms));
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
    print(done_text(act, *fields) +
          (durable ? "\n" : "; NOT yet on disk: after a crash it is as if not said\n"));
  } else {
    complain("not done: " + refusal_of(fields->text("why"), act, *fields));
  }
  return is_done ? kGood : kFindings;
}

}  // namespace lamplight::cli
