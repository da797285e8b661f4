// Device conditions: every serious one of a device that is read has an alarm (W13), and none is
// ranked below what the device says without a reason (W14).
#include <array>
#include <set>

#include "rules/language/check.h"
#include "rules/model/catalogue.h"

namespace lamplight::rules {
namespace {

void unread(const CheckContext& c, const std::set<std::string>& read) {
  std::set<std::string_view> done;
  for (size_t i = 0; i < c.file.signals.size(); ++i) {
    const ast::Signal& s = c.file.signals[i];
    const auto role = role_of(role_part(s.path.text));
    if (!role || c.settings.signal_removed[i] || !done.insert(name_of(*role)).second) continue;
    for (const SignalInfo& info : catalogue()) {
      const bool serious = info.condition_priority && *info.condition_priority >= Priority::medium;
      if (info.role != *role || !serious) continue;
      const std::string path = std::string(name_of(*role)) + "." + std::string(info.name);
      if (read.contains(path)) continue;
      c.reporter.report(s.path.at, "W13",
                        in_quotes(path) + " (" + std::string(name_of(*info.condition_priority)) +
                            ") is read by no alarm",
                        "declare it as a bool signal, and let an alarm ring for it");
    }
  }
}

void ranked_low(const CheckContext& c, const ast::Alarm& a, const std::vector<bool>& reads) {
  if (a.because) return;
  for (size_t i = 0; i < reads.size(); ++i) {
    if (!reads[i]) continue;
    const ast::Signal& s = c.file.signals[i];
    const auto id = find_signal(s.path.text);
    if (!id || !signal_info(*id).condition_priority) continue;
    const Priority given = *signal_info(*id).condition_priority;
    if (priority(a.rank.rank) >= given) continue;
    c.reporter.report(a.rank.at, "W14",
                      in_quotes(a.name.text) + " is " +
                          std::string(name_of(priority(a.rank.rank))) + ", and the device calls " +
                          in_quotes(s.path.text) + " " + std::string(name_of(given)),
                      "rank it as the device does, or say why: `because \"…\"`");
  }
}

}  // namespace

void check_conditions(const CheckContext& c) {
  std::set<std::string> read;
  for (const ast::Alarm& a : c.file.alarms) {
    const std::vector<bool> reads = signals_of(c.file, c.scope, a);
    for (size_t i = 0; i < reads.size(); ++i) {
      if (reads[i]) read.insert(c.file.signals[i].path.text);
    }
    ranked_low(c, a, reads);
  }
  unread(c, read);
}

}  // namespace lamplight::rules
