#include "drivers/main/devices.h"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "rules/model/json_writer.h"

namespace lamplight::driver {
namespace {

constexpr int kHeardOut = 0, kNotHeard = 1, kUsage = 2;

std::string names_of(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view each : names) text += (text.empty() ? "" : ", ") + std::string(each);
  return text;
}

// Those asked for, also when sysfs does not know them (a pseudo-terminal, a port that is no USB).
std::vector<UsbPort> wanted_ports(const DevicesRequest& request) {
  auto all = usb_ports(request.sysfs, request.dev);
  if (request.ports.empty()) return all;
  std::vector<UsbPort> ports;
  for (const std::string& path : request.ports) {
    std::error_code error;
    const auto real = std::filesystem::weakly_canonical(path, error);
    const auto known = std::ranges::find_if(all, [&](const UsbPort& port) {
      return port.device == path || port.by_id == path ||
             std::filesystem::weakly_canonical(port.device, error) == real;
    });
    UsbPort port;
    port.name = path.substr(path.rfind('/') + 1);
    port.device = path;
    port.is_hid = port.name.starts_with("hidraw");
    ports.push_back(known == all.end() ? port : *known);
  }
  return ports;
}

std::string usb_words(const UsbPort& port) {
  if (port.vendor.empty()) return "no USB adapter";
  std::string text = "USB " + port.vendor + ":" + port.product;
  if (!port.text.empty()) text += " " + port.text;
  if (!port.serial.empty()) text += ", serial number " + port.serial;
  return text;
}

std::string silence_words(const Heard& heard, const DevicesRequest& request) {
  if (heard.bytes > 0) {
    return std::to_string(heard.bytes) +
           " bytes came that no protocol explains: another speed, or a device we do not know";
  }
  if (heard.is_asked) return "no answer to " + request.ask;
  return "silent: may be a polled device; ask it with --ask PROTOCOL (" + names_of(askable()) + ")";
}

std::string comment(const std::string& text) { return "# " + text + "\n"; }

std::string described(const UsbPort& port, const Result<Heard>& heard,
                      const DevicesRequest& request) {
  std::string text = comment(port.device + ": " + usb_words(port));
  const bool has_link = port.is_hid || !port.by_id.empty();
  if (!has_link) {
    text += comment("no link by-id: this path may be another adapter's after the next start");
  }
  if (!heard) return text + comment(heard.error());
  if (!heard->found) return text + comment(silence_words(*heard, request));
  const FoundDevice& found = *heard->found;
  std::string who;
  for (const auto& [name, value] : found.identity) who += ", " + name + " " + value;
  std::erase_if(who, [](char c) { return c < ' ' || c == 0x7F; });
  text += comment(found.driver + " (" + std::string(name_of(found.role)) + ")" + who);
  return text + stanza_of(port, found);
}

std::string as_json(const UsbPort& port, const Result<Heard>& heard) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("port").string(port.device).key("by_id").string(port.by_id);
  json.key("usb").string(port.vendor.empty() ? "" : port.vendor + ":" + port.product);
  json.key("product").string(port.text).key("adapter_serial").string(port.serial);
  if (!heard) {
    json.key("error").string(heard.error());
  } else {
    json.key("bytes").integer(static_cast<int64_t>(heard->bytes));
    if (heard->found) {
      const FoundDevice& found = *heard->found;
      json.key("driver").string(found.driver).key("role").string(name_of(found.role));
      json.key("line").string(found.line).key("identity").begin_object();
      for (const auto& [name, value] : found.identity) json.key(name).string(value);
      json.end_object().key("stanza").string(stanza_of(port, found));
    }
  }
  json.end_object();
  return text + "\n";
}

bool is_askable(const std::string& protocol) {
  const auto names = askable();
  return std::ranges::find(names, protocol) != names.end();
}

Result<Heard> explore(const UsbPort& port, const DevicesRequest& request,
                      std::span<const sdk::Protocol> protocols) {
  const Duration longest = milliseconds(static_cast<int64_t>(request.seconds * 1000));
  std::fprintf(stderr, "listening at %s …\n", port.device.c_str());
  auto heard = listen(port, longest, protocols);
  // A port that speaks is never spoken to.
  if (!heard || heard->bytes > 0 || request.ask.empty()) return heard;
  if (!can_be_asked(port, request.ask)) return heard;
  std::fprintf(stderr, "asking %s as %s …\n", port.device.c_str(), request.ask.c_str());
  Question question = request.question;
  question.protocol = request.ask;
  return ask(port, question, longest, protocols);
}

}  // namespace

int devices(const DevicesRequest& request, std::span<const sdk::Protocol> protocols) {
  if (!request.ask.empty() && !is_askable(request.ask)) {
    std::fprintf(stderr, "--ask %s: choose %s\n", request.ask.c_str(), names_of(askable()).c_str());
    return kUsage;
  }
  const auto ports = wanted_ports(request);
  if (ports.empty()) {
    std::fprintf(stderr, "no USB serial or HID port; name one that is none with --port PATH\n");
    return kNotHeard;
  }
  std::string all;
  bool has_failed = false;
  for (const UsbPort& port : ports) {
    const auto heard = explore(port, request, protocols);
    has_failed = has_failed || !heard;
    const std::string text =
        request.json ? as_json(port, heard) : described(port, heard, request) + "\n";
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
    all += text;
  }
  if (!request.out.empty()) {
    std::ofstream file(request.out, std::ios::binary | std::ios::trunc);
    file << all;
    file.close();
    if (file.fail()) {
      std::fprintf(stderr, "cannot write %s\n", request.out.c_str());
      return kUsage;
    }
  }
  return has_failed ? kNotHeard : kHeardOut;
}

}  // namespace lamplight::driver
