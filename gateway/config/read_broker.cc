// The section [broker]. Plain TCP is for a broker on this box only: nothing about a child crosses
// a network in the clear.
#include <string_view>

#include "gateway/config/sections.h"

namespace lamplight::config {
namespace {

constexpr Range kPort{.lowest = 1, .highest = 65535, .words = "1 to 65535"};
constexpr Range kVitalsEvery{
    .lowest = 100'000'000, .highest = 10'000'000'000, .words = "\"0.1 s\" to \"10 s\""};

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  // 127.0.0.0/8 as a number; a name such as 127.example.org is none.
  return host.substr(0, 4) == "127." &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

void read_certificates(TableReader& reader, const Reading& reading, BrokerKeys& keys) {
  const auto file = [&](std::string_view key) -> std::optional<NamedFile> {
    const Node* node = reader.find(key, Kind::string);
    if (node == nullptr) return std::nullopt;
    return NamedFile{reading.resolved(node->text), node->at};
  };
  keys.ca = file("ca");
  keys.cert = file("cert");
  keys.key = file("key");
  if (keys.cert.has_value() == keys.key.has_value()) return;
  const Position at = keys.cert ? keys.cert->at : keys.key->at;
  reader.problem(at, "`cert` and `key` belong together",
                 keys.cert ? "add `key`, the private key of the certificate"
                           : "add `cert`, the certificate of the key");
}

}  // namespace

BrokerKeys read_broker(const Node& table, const Reading& reading) {
  BrokerKeys keys;
  TableReader reader(table, "[broker]", reading.problems);
  if (const Node* host = reader.require("host", Kind::string, "`host = \"broker.example.org\"`")) {
    keys.host = host->text;
    if (host->text.empty() || host->text.find_first_of(" /\t\n") != std::string::npos) {
      reader.problem(host->at, "`host` is no host name", "write a name or an address, no URL");
    }
  }
  if (const Node* insecure = reader.find("insecure", Kind::boolean)) {
    keys.insecure = insecure->boolean;
    if (keys.insecure && !keys.host.empty() && !is_loopback(keys.host)) {
      reader.problem(insecure->at, "`insecure` is allowed only for a broker on this box",
                     "remove it and give `ca`, `cert` and `key`");
    }
  }
  keys.port = static_cast<int>(reader.integer("port", kPort).value_or(keys.insecure ? 1883 : 8883));
  if (const auto word = reader.word("protocol", {"5", "3.1.1"})) {
    keys.protocol = *word == 0 ? MqttProtocol::v5 : MqttProtocol::v3_1_1;
  }
  read_certificates(reader, reading, keys);
  if (const auto every = reader.duration("vitals_every", kVitalsEvery)) keys.vitals_every = *every;
  reader.refuse_unknown(reader.rest());
  return keys;
}

}  // namespace lamplight::config
