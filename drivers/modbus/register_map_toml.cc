// The TOML form of a register map. All mistakes of a text are collected, each with its place, what
// was expected and the remedy; unknown keys are mistakes.
#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

#include "drivers/modbus/exact.h"
#include "drivers/modbus/register_map.h"
#define TOML_EXCEPTIONS 1
#include "drivers/sdk/guarded_toml.h"

namespace lamplight::modbus {
namespace {

using std::string_view;

template <class T>
struct Word {
  string_view word;
  T value;
};
constexpr std::array<Word<Table>, 4> kTables = {{{"coil", Table::coil},
                                                 {"discrete", Table::discrete},
                                                 {"input", Table::input},
                                                 {"holding", Table::holding}}};
constexpr std::array<Word<RegisterType>, 6> kTypes = {{{"u16", RegisterType::u16},
                                                       {"s16", RegisterType::s16},
                                                       {"u32", RegisterType::u32},
                                                       {"s32", RegisterType::s32},
                                                       {"float32", RegisterType::float32},
                                                       {"bit", RegisterType::bit}}};
constexpr std::array<Word<WordOrder>, 4> kOrders = {{{"ABCD", WordOrder::abcd},
                                                     {"CDAB", WordOrder::cdab},
                                                     {"BADC", WordOrder::badc},
                                                     {"DCBA", WordOrder::dcba}}};
// Letters are swapped within a register or not at all.
constexpr std::array<Word<WordOrder>, 2> kTextOrders = {
    {{"ABCD", WordOrder::abcd}, {"BADC", WordOrder::badc}}};
constexpr std::array<Word<string_view>, 4> kIdentities = {
    {{"maker", "maker"}, {"model", "model"}, {"serial", "serial"}, {"firmware", "firmware"}}};
constexpr std::array<Word<Priority>, 4> kPriorities = {{{"high", Priority::high},
                                                        {"medium", Priority::medium},
                                                        {"low", Priority::low},
                                                        {"info", Priority::info}}};
constexpr std::array<Word<int>, 3> kNumberings = {{{"zero", 0}, {"one", 1}, {"4xxxx", 40001}}};

Place place_of(const toml::source_region& at) {
  return {std::max<uint32_t>(1, at.begin.line), std::max<uint32_t>(1, at.begin.column)};
}

// Of a key's value, or of the table that lacks it.
Place place_of(const toml::table& table, string_view key) {
  const auto* node = table.get(key);
  return place_of(node == nullptr ? table.source() : node->source());
}

class MapReader {
 public:
  MapReader(const std::string& file, string_view text) : file_(file), text_(text) {}

  RegisterMap read(const toml::table& root);
  void error(const toml::source_region& at, const std::string& what, const std::string& fix);
  const std::string& errors() const { return errors_; }

 private:
  using Keys = std::initializer_list<string_view>;
  void check_keys(const toml::table& table, Keys allowed);
  template <class T, size_t N>
  T word(const toml::table& table, string_view key, const std::array<Word<T>, N>& words,
         std::optional<T> absent);
  std::string text(const toml::table& table, string_view key, bool required = true);
  int64_t number(const toml::table& table, string_view key, int64_t low, int64_t high,
                 std::optional<int64_t> absent = std::nullopt);
  Fraction fraction(const toml::table& table, string_view key, Fraction absent);
  template <class F>
  void each(const toml::table& root, string_view key, F row);
  void block(const toml::table& table);
  std::optional<ChosenOrder> chosen_order(const toml::table& table, const RegisterRow& row);
  void read_register(const toml::table& table);
  void text_row(const toml::table& table, const std::string& type, RegisterRow& row);
  void number_row(const toml::table& table, RegisterRow& row);
  void condition(const toml::table& table);
  void state(const toml::table& table);
  void canary(const toml::table& root);
  uint16_t address(const toml::table& table);
  int block_of(const toml::table& table, uint16_t address, uint16_t length);

  std::string file_;
  string_view text_;
  std::string errors_;
  int numbering_ = 0;
  RegisterMap map_;
};

void MapReader::error(const toml::source_region& at, const std::string& what,
                      const std::string& fix) {
  errors_ += mistake(file_, text_, place_of(at), what, fix);
}

void MapReader::check_keys(const toml::table& table, Keys allowed) {
  for (const auto& [key, node] : table) {
    if (std::find(allowed.begin(), allowed.end(), key.str()) != allowed.end()) continue;
    std::string known;
    for (const auto word : allowed) known += " " + std::string(word);
    error(key.source(), "unknown key '" + std::string(key.str()) + "'", "use one of:" + known);
  }
}

template <class T, size_t N>
T MapReader::word(const toml::table& table, string_view key, const std::array<Word<T>, N>& words,
                  std::optional<T> absent) {
  const auto* node = table.get(key);
  std::string known;
  for (const auto& w : words) known += " " + std::string(w.word);
  if (node == nullptr) {
    if (absent) return *absent;
    error(table.source(), "'" + std::string(key) + "' is missing", "write one of:" + known);
    return words[0].value;
  }
  const auto given = node->value<string_view>();
  for (const auto& w : words) {
    if (given == w.word) return w.value;
  }
  error(node->source(), "'" + std::string(key) + "' is none of the words it may be",
        "write one of:" + known);
  return words[0].value;
}

std::string MapReader::text(const toml::table& table, string_view key, bool required) {
  const auto* node = table.get(key);
  if (node == nullptr) {
    if (required) {
      error(table.source(), "'" + std::string(key) + "' is missing",
            "add " + std::string(key) + " = \"…\"");
    }
    return {};
  }
  const auto given = node->value_exact<std::string>();
  if (!given) error(node->source(), "'" + std::string(key) + "' is no text", "put it in quotes");
  return given.value_or("");
}

int64_t MapReader::number(const toml::table& table, string_view key, int64_t low, int64_t high,
                          std::optional<int64_t> absent) {
  const auto* node = table.get(key);
  const std::string range =
      "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
  if (node == nullptr) {
    if (absent) return *absent;
    error(table.source(), "'" + std::string(key) + "' is missing", "add " + range);
    return low;
  }
  const auto given = node->value_exact<int64_t>();
  if (given && *given >= low && *given <= high) return *given;
  error(node->source(), "'" + std::string(key) + "' is out of range", "write " + range);
  return low;
}

Fraction MapReader::fraction(const toml::table& table, string_view key, Fraction absent) {
  if (table.get(key) == nullptr) return absent;
  const auto parsed = parse_fraction(text(table, key));
  if (parsed) return *parsed;
  error(table.get(key)->source(), "'" + std::string(key) + "' is no exact decimal",
        "write it as text, such as \"0.1\"");
  return absent;
}

template <class F>
void MapReader::each(const toml::table& root, string_view key, F row) {
  const auto* node = root.get(key);
  if (node == nullptr) return;
  const auto* rows = node->as_array();
  if (rows == nullptr) {
    error(node->source(), "'" + std::string(key) + "' is no list",
          "write [[" + std::string(key) + "]]");
    return;
  }
  for (const auto& entry : *rows) {
    const auto* table = entry.as_table();
    if (table != nullptr) {
      row(*table);
    } else {
      error(entry.source(), "an entry of '" + std::string(key) + "' is no table",
            "write { key = value, … }");
    }
  }
}

void MapReader::block(const toml::table& table) {
  check_keys(table, {"name", "table", "first", "count", "pad"});
  Block b;
  b.name = text(table, "name");
  b.table = word(table, "table", kTables, std::optional<Table>{});
  const int64_t first = number(table, "first", 0, 65535 + numbering_) - numbering_;
  const bool bits = b.table == Table::coil || b.table == Table::discrete;
  b.pad = static_cast<uint16_t>(number(table, "pad", 0, 1, 0));
  b.count = static_cast<uint16_t>(number(table, "count", 1, (bits ? 2000 : 125) - b.pad));
  if (first < 0 || first + b.count + b.pad > 65536) {
    error(table.source(), "block '" + b.name + "' leaves the address space 0 to 65535",
          "check first, count and numbering");
    return;
  }
  b.first = static_cast<uint16_t>(first);
  for (const Block& other : map_.blocks) {
    if (other.name == b.name) {
      error(table.source(), "two blocks are called '" + b.name + "'", "rename one");
    }
    if (other.table == b.table && other.count + other.pad >= b.count &&
        b.count + b.pad >= other.count) {
      error(table.source(), "blocks '" + other.name + "' and '" + b.name + "' may have one length",
            "give them distinct lengths, so that a stale reply of one cannot pass for the other");
    }
  }
  map_.blocks.push_back(b);
}

uint16_t MapReader::address(const toml::table& table) {
  const int64_t given = number(table, "address", 0, 65535 + numbering_) - numbering_;
  return static_cast<uint16_t>(std::clamp<int64_t>(given, 0, 65535));
}

int MapReader::block_of(const toml::table& table, uint16_t at, uint16_t length) {
  const std::string name = text(table, "block");
  for (size_t i = 0; i < map_.blocks.size(); ++i) {
    const Block& b = map_.blocks[i];
    if (b.name != name) continue;
    if (at < b.first || at + length > b.first + b.count) {
      error(table.source(),
            "address " + std::to_string(at + numbering_) + " is outside block '" + name + "'",
            "move it, or widen the block");
    }
    return static_cast<int>(i);
  }
  error(table.source(), "there is no block '" + name + "'", "declare it under [[block]] first");
  return 0;
}

int bits_of(RegisterType type) {
  return type == RegisterType::u32 || type == RegisterType::s32 ? 32 : 16;
}

std::optional<ChosenOrder> MapReader::chosen_order(const toml::table& table,
                                                   const RegisterRow& row) {
  const auto* given = table.get("order_register");
  if (given == nullptr) return std::nullopt;
  const auto* choice = given->as_table();
  if (choice == nullptr) {
    error(given->source(), "'order_register' is no table",
          "write { address = 3, 0 = \"ABCD\", … }");
    return std::nullopt;
  }
  if (row.length != 2 || table.get("order") != nullptr) {
    error(choice->source(), "'order_register' is for u32, s32 and float32, instead of 'order'",
          "remove one of them");
  }
  ChosenOrder chosen;
  chosen.address = address(*choice);
  const Block* const block =
      map_.blocks.empty() ? nullptr : &map_.blocks[static_cast<size_t>(row.block)];
  if (block != nullptr &&
      (chosen.address < block->first || chosen.address >= block->first + block->count)) {
    error(choice->source(), "the register that tells the order is outside the block",
          "widen the block: value and order must be of one answer");
  }
  for (const auto& [key, node] : *choice) {
    if (key.str() == "address") continue;
    const auto number = parse_fraction(key.str());
    const auto name = node.value<std::string>().value_or("");
    const auto known = std::find_if(std::begin(kOrders), std::end(kOrders),
                                    [&](const auto& each) { return each.word == name; });
    const bool is_number = number && number->den == 1 && number->num >= 0 && number->num <= 65535;
    if (!is_number || known == std::end(kOrders)) {
      error(key.source(), "'" + std::string(key.str()) + "' names no word order",
            "write NUMBER = \"ABCD\", \"CDAB\", \"BADC\" or \"DCBA\"");
      continue;
    }
    chosen.orders.emplace_back(static_cast<uint16_t>(number->num), known->value);
  }
  if (choice->size() < 2) {
    error(choice->source(), "'order_register' names no word order",
          "add NUMBER = \"ABCD\" for each number that the manual gives");
  }
  return chosen;
}

// ASCII that says who the device is.
void MapReader::text_row(const toml::table& table, const std::string& type, RegisterRow& r) {
  check_keys(table, {"block", "address", "type", "order", "identity"});
  r.type = RegisterType::text;
  int letters = 0;
  const char* end = type.data() + type.size() - 1;
  const auto [stop, failed] = std::from_chars(type.data() + 5, end, letters);
  if (failed != std::errc{} || stop != end || letters < 1 || letters > 250) {
    error(table.source(), "'type' " + type + " is no length", "write char[N], N from 1 to 250");
    letters = 1;
  }
  r.length = static_cast<uint16_t>(letters / 2 + letters % 2);
  r.signal = word(table, "identity", kIdentities, std::optional<string_view>{});
  r.order = word(table, "order", kTextOrders, std::optional{WordOrder::abcd});
}

void MapReader::read_register(const toml::table& table) {
  RegisterRow r;
  r.at = place_of(table, "signal");
  r.address = address(table);
  const std::string type = text(table, "type");
  if (type.rfind("char[", 0) == 0 && type.back() == ']') {
    text_row(table, type, r);
  } else {
    number_row(table, r);
  }
  r.block = block_of(table, r.address, r.length);
  if (r.type != RegisterType::text) r.chosen_order = chosen_order(table, r);
  map_.registers.push_back(r);
}

void MapReader::number_row(const toml::table& table, RegisterRow& r) {
  r.type = word(table, "type", kTypes, std::optional<RegisterType>{});
  if (r.type == RegisterType::bit) {
    check_keys(table, {"block", "address", "type", "order", "signal", "bit", "missing"});
    r.bit = static_cast<int>(number(table, "bit", 0, 15));
  } else {
    check_keys(table, {"block", "address", "type", "order", "order_register", "signal", "scale",
                       "offset", "unit", "missing", "range"});
    r.unit = text(table, "unit");
  }
  const bool wide = bits_of(r.type) == 32 || r.type == RegisterType::float32;
  r.length = wide ? 2 : 1;
  r.signal = text(table, "signal");
  r.order = word(table, "order", kOrders, std::optional{WordOrder::abcd});
  const Fraction scale = fraction(table, "scale", {1, 1});
  const Fraction offset = fraction(table, "offset", {0, 1});
  r.scaling = {scale.num, scale.den, offset.num, offset.den};
  if (table.get("missing") != nullptr) {
    r.missing = static_cast<uint32_t>(number(table, "missing", 0, UINT32_MAX));
  }
  if (const auto* node = table.get("range")) {
    const auto* pair = node->as_array();
    const auto low =
        pair != nullptr && pair->size() == 2 ? (*pair)[0].value<int64_t>() : std::nullopt;
    const auto high = low ? (*pair)[1].value<int64_t>() : std::nullopt;
    if (!high || *low > *high) {
      error(node->source(), "'range' is no pair of rising whole numbers", "write [low, high], raw");
    } else {
      r.range_low = low;
      r.range_high = high;
    }
  }
}

void MapReader::condition(const toml::table& table) {
  check_keys(table, {"block", "address", "type", "order", "bit", "name", "priority"});
  ConditionRow c;
  c.at = place_of(table, "name");
  c.address = address(table);
  c.type = word(table, "type", kTypes, std::optional{RegisterType::u16});
  c.order = word(table, "order", kOrders, std::optional{WordOrder::abcd});
  c.bit = static_cast<int>(number(table, "bit", 0, bits_of(c.type) - 1));
  c.name = text(table, "name");
  c.priority = word(table, "priority", kPriorities, std::optional<Priority>{});
  c.block = block_of(table, c.address, static_cast<uint16_t>(bits_of(c.type) / 16));
  map_.conditions.push_back(c);
}

void MapReader::state(const toml::table& table) {
  check_keys(table, {"block", "address", "values"});
  StateRow s;
  s.at = place_of(table, "values");
  s.address = address(table);
  s.block = block_of(table, s.address, 1);
  const auto* values = table.get_as<toml::table>("values");
  if (values == nullptr) {
    error(table.source(), "'values' is missing", "write values = { 0 = \"standby\", … }");
    return;
  }
  for (const auto& [key, node] : *values) {
    const auto number = parse_fraction(key.str());
    const auto name = node.value<std::string>();
    if (!number || number->den != 1 || number->num < 0 || number->num > 65535 || !name) {
      error(key.source(), "'" + std::string(key.str()) + "' names no state",
            "write NUMBER = \"state\"");
      continue;
    }
    s.values.emplace_back(static_cast<uint16_t>(number->num), *name);
  }
  map_.states.push_back(s);
}

void MapReader::canary(const toml::table& root) {
  const auto* table = root.get_as<toml::table>("canary");
  if (table == nullptr) {
    const bool needed = std::any_of(map_.blocks.begin(), map_.blocks.end(),
                                    [](const Block& b) { return b.pad == 0; });
    if (needed && !map_.lamplight_head) {
      error(root.source(), "a block without a pad register needs a canary",
            "add canary = { table = \"holding\", address = 12, value = 0x1234 }");
    }
    return;
  }
  check_keys(*table, {"table", "address", "value"});
  map_.canary = Canary{word(*table, "table", kTables, std::optional<Table>{}), address(*table),
                       static_cast<uint16_t>(number(*table, "value", 0, 65535))};
}

RegisterMap MapReader::read(const toml::table& root) {
  check_keys(root, {"map", "version", "numbering", "head", "block", "register", "condition",
                    "state", "canary"});
  map_.file = file_;
  map_.text = text_;
  map_.name = text(root, "map");
  map_.version = static_cast<int>(number(root, "version", 1, 1));
  numbering_ = word(root, "numbering", kNumberings, std::optional<int>{});
  const std::string head = text(root, "head", false);
  map_.lamplight_head = head == "lamplight";
  if (!head.empty() && !map_.lamplight_head) {
    error(root.get("head")->source(), "unknown head '" + head + "'",
          "write \"lamplight\", or leave it out");
  }
  each(root, "block", [this](const toml::table& t) { block(t); });
  if (map_.blocks.empty()) error(root.source(), "the map has no block", "add a [[block]]");
  each(root, "register", [this](const toml::table& t) { read_register(t); });
  each(root, "condition", [this](const toml::table& t) { condition(t); });
  each(root, "state", [this](const toml::table& t) { state(t); });
  canary(root);
  return std::move(map_);
}

bool gives_up(std::string_view text) {
  try {
    static_cast<void>(toml::parse(text));
  } catch (const toml::parse_error&) {
  } catch (const guarded_toml::GaveUp&) {
    return true;
  }
  return false;
}

}  // namespace

Result<RegisterMap> parse_map(std::string_view text, const std::string& file_name) {
  MapReader reader(file_name, text);
  if (const auto misfit = guarded_toml::misfit_of(text)) {
    const toml::source_position at{misfit->line, misfit->column};
    reader.error({at, at, nullptr}, misfit->message, misfit->fix);
    return failure(reader.errors());
  }
  try {
    RegisterMap map = reader.read(toml::parse(text, file_name));
    if (reader.errors().empty()) return map;
  } catch (const toml::parse_error& broken) {
    reader.error(broken.source(), std::string(broken.description()), "mend the TOML there");
  } catch (const guarded_toml::GaveUp&) {
    const toml::source_position at{guarded_toml::line_given_up(text, gives_up), 1};
    reader.error({at, at, nullptr}, "not TOML: this line cannot be read",
                 "write one `key = value` a line, text in double quotes, a table as [name]");
  }
  return failure(reader.errors());
}

}  // namespace lamplight::modbus
