// The sections of the file, one function each; private to gateway/config.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/config/config.h"
#include "gateway/config/reader.h"

namespace lamplight::config {

struct Reading {
  Path base;  // directory of the file
  std::vector<Problem>& problems;

  Path resolved(std::string_view text) const { return (base / Path(text)).lexically_normal(); }
};

BrokerKeys read_broker(const Node& table, const Reading& reading);
std::vector<PortKeys> read_ports(const Node& list, const Reading& reading);

// Letters, digits and the characters of `more`, 1 to `longest` of them.
bool is_name(std::string_view text, std::string_view more, size_t longest, bool capitals);

}  // namespace lamplight::config
