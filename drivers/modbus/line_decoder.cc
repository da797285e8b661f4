#include "drivers/modbus/line_decoder.h"

#include <charconv>
#include <vector>

namespace lamplight::modbus {
namespace {

struct Line {
  int unit = 0, function = 0, first = 0, count = 0;
  std::vector<uint16_t> values;
};

bool take_number(std::string_view& text, int high, int& out) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || out < 0 || out > high) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

bool take_registers(std::string_view text, int count, std::vector<uint16_t>& out) {
  uint32_t word = 0;
  int digits = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\r') continue;
    int value = 0;
    if (std::from_chars(&c, &c + 1, value, 16).ptr != &c + 1) return false;
    word = word << 4 | static_cast<uint32_t>(value);
    if (++digits % 4 == 0) {
      if (static_cast<int>(out.size()) == count) return false;
      out.push_back(static_cast<uint16_t>(word));
      word = 0;
    }
  }
  return digits % 4 == 0 && static_cast<int>(out.size()) == count;
}

bool parse(std::string_view text, Line& out) {
  const auto colon = text.find(':');
  if (colon == text.npos) return false;
  std::string_view head = text.substr(0, colon);
  if (!take_number(head, 255, out.unit) || !take_number(head, 4, out.function) ||
      !take_number(head, 65535, out.first) || !take_number(head, 125, out.count)) {
    return false;
  }
  return head.find_first_not_of(" \t") == head.npos && out.count > 0 && out.function > 0 &&
         take_registers(text.substr(colon + 1), out.count, out.values);
}

size_t mistakes_in(std::string_view errors) {
  constexpr std::string_view kEach = ": error: ";
  size_t count = 0;
  for (size_t at = errors.find(kEach); at != errors.npos; at = errors.find(kEach, at + 1)) ++count;
  return count;
}

Table table_of(int function) {
  static constexpr Table kTables[] = {Table::coil, Table::discrete, Table::holding, Table::input};
  return kTables[function - 1];
}

}  // namespace

Result<std::unique_ptr<sdk::Decoder>> LineDecoder::make(const std::string& map_name) {
  if (map_name.empty()) {
    return failure("modbus needs a register map\n  fix: add --map lfp-1, --map lvp-1 or a file");
  }
  const auto loaded = load_map(map_name);
  if (!loaded) return failure(loaded.error());
  return make(*loaded);
}

Result<std::unique_ptr<sdk::Decoder>> LineDecoder::make(const RegisterMap& loaded) {
  // Nobody says here of whom the map is: of the role in which the fewest of its names are wrong.
  std::string fewest;
  for (const Role role : {Role::pump, Role::ventilator, Role::oximeter, Role::contact}) {
    RegisterMap map = loaded;
    const auto bound = bind_to_role(map, role);
    if (bound) return std::unique_ptr<sdk::Decoder>(new LineDecoder(std::move(map), role));
    if (fewest.empty() || mistakes_in(bound.error()) < mistakes_in(fewest)) fewest = bound.error();
  }
  return failure(fewest);
}

LineDecoder::LineDecoder(RegisterMap map, Role role)
    : map_(std::move(map)), role_(role), decoder_(map_, role), live_(role) {}

void LineDecoder::feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) {
  for (const uint8_t byte : bytes) {
    ++line_bytes_;
    if (byte == '\n') {
      line(at, sink);
    } else if (line_.size() < kLineMax) {
      line_ += static_cast<char>(byte);
    } else {
      is_too_long_ = true;
    }
  }
}

void LineDecoder::end(sdk::Sink&) {
  if (line_bytes_ > 0) {
    ++counters_.frames_bad;  // a line without its end
    counters_.bytes_skipped += line_bytes_;
  }
  line_.clear();
  line_bytes_ = 0;
}

void LineDecoder::line(MonoTime at, sdk::Sink& sink) {
  const bool is_blank = line_.find_first_not_of(" \t\r") == line_.npos && !is_too_long_;
  Line parsed;
  const bool good = !is_blank && !is_too_long_ && parse(line_, parsed) &&
                    reply(parsed.function, parsed.first, parsed.values, at, sink);
  if (good) {
    ++counters_.frames_good;
  } else if (!is_blank) {
    ++counters_.frames_bad;
    counters_.bytes_skipped += line_bytes_;
  }
  line_.clear();
  line_bytes_ = 0;
  is_too_long_ = false;
}

bool LineDecoder::identity(Registers values, MonoTime at, sdk::Sink& sink) {
  const auto id = parse_identity(values, role_);
  if (!id) return false;
  sink.frame(at);
  using sdk::FactKind;
  sink.fact({.kind = FactKind::identity, .name = "maker", .text = id->maker});
  sink.fact({.kind = FactKind::identity, .name = "model", .text = id->model});
  sink.fact({.kind = FactKind::identity, .name = "serial", .text = id->serial});
  sink.fact({.kind = FactKind::identity, .name = "firmware", .text = id->firmware});
  return true;
}

void LineDecoder::ring(Registers values, sdk::Sink& sink) {
  for (size_t i = std::min<size_t>(values[1], 8); i-- > 0;) {
    const Registers entry = values.subspan(2 + i * 8, 8);
    const std::string text = "event " + std::to_string(wide(entry[0], entry[1], WordOrder::abcd)) +
                             ": bit " + std::to_string(entry[4]) + ", action " +
                             std::to_string(entry[5]);
    sink.fact({.kind = sdk::FactKind::note, .name = "alarm_event", .text = text, .present = true});
  }
}

bool LineDecoder::reply(int function, int first, Registers values, MonoTime at, sdk::Sink& sink) {
  // A profile device answers function 03 with the same content as 04.
  const Table table = map_.lamplight_head && function == 3 ? Table::input : table_of(function);
  if (map_.lamplight_head && first == kIdentityFirst) return identity(values, at, sink);
  if (map_.lamplight_head && first == kRingFirst) {
    if (values.size() < kRingCount || values[0] != 0x4C02 || values[1] > 8) return false;
    sink.frame(at);
    ring(values, sink);
    return true;
  }
  const auto& canary = map_.canary;
  if (canary && canary->table == table && canary->address == first && values.size() == 1) {
    if (values[0] != canary->value) return false;
    sink.frame(at);
    return true;
  }
  for (size_t i = 0; i < map_.blocks.size(); ++i) {
    const Block& block = map_.blocks[i];
    if (block.table != table || block.first != first) continue;
    if (values.size() != block.count && values.size() != size_t{block.count} + block.pad) {
      return false;
    }
    Verdict verdict;
    if (!map_.lamplight_head || block.first != kLiveFirst) {
      sink.frame(at);
      decoder_.decode(static_cast<int>(i), values, verdict, sink);
      return true;
    }
    if (!LiveCheck::is_one_snapshot(values.first(block.count), role_)) return false;
    sink.frame(at);
    live_.begin_another();  // a line has no instant: what compares two replies stays out
    live_.check(values.first(block.count), at, verdict, sink);
    decoder_.decode(static_cast<int>(i), values, verdict, sink);
    return true;
  }
  return false;
}

}  // namespace lamplight::modbus
