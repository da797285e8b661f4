#include "firmware-sim/pb840_format.h"

namespace lamplight::sim {
namespace {

constexpr int kFirst = 5;
constexpr int kUsual = 6;

struct Width {
  int number;
  int width;
};
constexpr Width kMiscaWidths[] = {{6, 18}, {8, 12}, {62, 12}, {100, 9}};
constexpr Width kMiscfWidths[] = {{6, 18}, {7, 12}, {8, 9}, {50, 9}, {53, 18}, {55, 9}, {66, 9}};

int last_of(PbReport report) { return report == PbReport::misca ? 101 : 173; }

}  // namespace

PbColumns::PbColumns(PbReport report) : report_(report) {
  columns_.assign(static_cast<size_t>(last_of(report) - kFirst + 1), std::string(kUsual, ' '));
  const auto widen = [&](const Width& w) {
    columns_[static_cast<size_t>(w.number - kFirst)].assign(static_cast<size_t>(w.width), ' ');
  };
  if (report == PbReport::misca) {
    for (const Width& w : kMiscaWidths) widen(w);
  } else {
    for (const Width& w : kMiscfWidths) widen(w);
  }
}

void PbColumns::put(int number, std::string_view text) {
  std::string& column = columns_[static_cast<size_t>(number - kFirst)];
  const size_t width = column.size();
  column = std::string(text.substr(0, width));
  column.resize(width, ' ');
}

std::string PbColumns::reply() const {
  std::string body;
  for (const std::string& column : columns_) body += column + ',';
  const std::string counts = std::to_string(body.size()) + ',' + std::to_string(columns_.size());
  const bool is_misca = report_ == PbReport::misca;
  // The space before MISCF's last comma is on the wire.
  const std::string header = is_misca ? "MISCA," + counts + "," : "MISCF," + counts + " ,";
  return header + '\x02' + body + "\x03\r";
}

}  // namespace lamplight::sim
