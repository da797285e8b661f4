// The small parts every driver stands on: numbers, addresses, configuration, back-off, and the life
// of a port, played through with a port that breaks on command.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "drivers/main/hex_text.h"
#include "drivers/main/registry.h"
#include "drivers/sdk/backoff.h"
#include "drivers/sdk/configure.h"
#include "drivers/sdk/decimal.h"
#include "drivers/sdk/decode_report.h"
#include "drivers/sdk/driver.h"
#include "drivers/sdk/fact_filter.h"
#include "drivers/sdk/port_keeper.h"
#include "drivers/sdk/signals.h"
#include "drivers/sdk/wait.h"

namespace lamplight::sdk {
namespace {

using testing::HasSubstr;

// ---------------------------------------------------------------------------------- numbers

TEST(Decimal, RoundsHalfAwayFromZero) {
  EXPECT_EQ(parse_decimal("03.605", 2), 361);
  EXPECT_EQ(parse_decimal("3.604", 2), 360);
  EXPECT_EQ(parse_decimal("-3.605", 2), -361);
  EXPECT_EQ(parse_decimal("9.99", 1), 100);
  EXPECT_EQ(parse_decimal("098", 1), 980);
  EXPECT_EQ(parse_decimal("+02", 0), 2);
  EXPECT_EQ(parse_decimal("0.5", 0), 1);
  EXPECT_EQ(parse_decimal("0.49999", 0), 0);
}

TEST(Decimal, WhatIsNoNumberIsNone) {
  for (const char* text : {"", "-", "+", ".", "1.", ".5", "1.2.3", "12345678", "1.0123456789", " 1",
                           "1 ", "1e3", "0x1", "--1", "9999999.9"}) {
    const int decimals = std::string_view(text) == "9999999.9" ? 3 : 1;
    EXPECT_EQ(parse_decimal(text, decimals), std::nullopt) << text;
  }
}

TEST(Hex, HasOneToEightDigits) {
  EXPECT_EQ(parse_hex("0"), 0U);
  EXPECT_EQ(parse_hex("FFFFffff"), 0xFFFFFFFFU);
  for (const char* text : {"", "100000000", "0x1", "G", "-1", " 1", "1 "}) {
    EXPECT_EQ(parse_hex(text), std::nullopt) << text;
  }
}

TEST(HexText, ReadsAcrossPiecesAndSaysWhatIsWrong) {
  driver::HexText hex;
  std::vector<uint8_t> first = {'0', '1', ' ', 'f'};
  std::vector<uint8_t> second = {'F', '\n', 'A', 'b'};
  ASSERT_EQ(hex.decode(first).value_or(9), 1U);
  EXPECT_EQ(first[0], 0x01);
  ASSERT_EQ(hex.decode(second).value_or(9), 2U);
  EXPECT_EQ(second[0], 0xFF);
  EXPECT_EQ(second[1], 0xAB);
  EXPECT_TRUE(hex.end().has_value());
  std::vector<uint8_t> half = {'7'};
  EXPECT_EQ(hex.decode(half).value_or(9), 0U);
  EXPECT_FALSE(hex.end().has_value());
  std::vector<uint8_t> bad = {'g'};
  EXPECT_FALSE(hex.decode(bad).has_value());
}

TEST(Durations, HaveAUnit) {
  EXPECT_EQ(parse_duration("1 s"), seconds(1));
  EXPECT_EQ(parse_duration("250 ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("0.5s"), milliseconds(500));
  EXPECT_EQ(parse_duration("2 min"), minutes(2));
  EXPECT_EQ(parse_duration("1 h"), hours(1));
  for (const char* text : {"", "1", "s", "1 week", "-1 s", "1.2.3 s", "1 s s"}) {
    EXPECT_FALSE(parse_duration(text).has_value()) << text;
  }
}

// --------------------------------------------------------------------------------- addresses

TEST(PortAddress, ReadsEveryForm) {
  const auto serial = parse_port_address("serial:/dev/serial/by-id/x?y?19200,7E2");
  ASSERT_TRUE(serial.has_value());
  const auto& s = std::get<SerialAddress>(*serial);
  EXPECT_EQ(s.path, "/dev/serial/by-id/x?y");
  EXPECT_EQ(s.baud, 19200);
  EXPECT_EQ(s.data_bits, 7);
  EXPECT_EQ(s.parity, Parity::even);
  EXPECT_EQ(s.stop_bits, 2);
  const auto plain = parse_port_address("serial:/dev/ttyS0");
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(std::get<SerialAddress>(*plain).baud, 9600);
  const auto odd = parse_port_address("serial:/dev/ttyS0?9600,8O1");
  ASSERT_TRUE(odd.has_value());
  EXPECT_EQ(std::get<SerialAddress>(*odd).parity, Parity::odd);
  const auto tcp = parse_port_address("tcp:[::1]:4001");
  ASSERT_TRUE(tcp.has_value());
  EXPECT_EQ(std::get<TcpAddress>(*tcp).host, "::1");
  EXPECT_EQ(std::get<TcpAddress>(*tcp).port, 4001);
  EXPECT_EQ(describe(*tcp), "::1:4001");
  EXPECT_EQ(describe(*plain), "/dev/ttyS0");
}

TEST(PortAddress, NamesWhatIsWrong) {
  const std::vector<std::pair<const char*, const char*>> rows = {
      {"", "serial:PATH"},
      {"/dev/ttyS0", "serial:PATH"},
      {"serial:", "path"},
      {"serial:?9600,8N1", "path"},
      {"serial:/x?9600", "BAUD,FRAME"},
      {"serial:/x?9601,8N1", "baud"},
      {"serial:/x?96x0,8N1", "baud"},
      {"serial:/x?9600,8N", "frame"},
      {"serial:/x?9600,9N1", "data bits"},
      {"serial:/x?9600,8X1", "parity"},
      {"serial:/x?9600,8N3", "stop bits"},
      {"tcp:host", "HOST:PORT"},
      {"tcp::1", "HOST:PORT"},
      {"tcp:[]:1", "HOST:PORT"},
      {"tcp:host:0", "port"},
      {"tcp:host:65536", "port"},
      {"tcp:host:", "port"}};
  for (const auto& [text, part] : rows) {
    const auto address = parse_port_address(text);
    ASSERT_FALSE(address.has_value()) << text;
    EXPECT_THAT(address.error(), HasSubstr(part)) << text;
  }
}

// ------------------------------------------------------------------------------- configuration

TEST(Configure, ReadsAllThatACoreSends) {
  const auto c = parse_configure(
      R"({"type":"configure","port":{"name":"oxi","driver":"nonin","at":"tcp:h:1","period_ms":250},
          "devices":[{"id":"ox1","role":"oximeter","number":1,"unit":7,"map":"m","serial":"s"}],
          "options":{"format":"df7","set_format":true,"n":3},"later":[]})");
  ASSERT_TRUE(c.has_value()) << c.error();
  EXPECT_EQ(c->port.driver, "nonin");
  EXPECT_EQ(c->port.period, milliseconds(250));
  ASSERT_EQ(c->devices.size(), 1U);
  EXPECT_EQ(c->devices[0].unit, 7);
  EXPECT_EQ(c->devices[0].map, "m");
  EXPECT_EQ(c->devices[0].serial, "s");
  EXPECT_EQ(c->option("format"), "df7");
  EXPECT_EQ(c->option("set_format"), "true");
  EXPECT_EQ(c->option("n"), "3");
  EXPECT_EQ(c->option("absent"), std::nullopt);
}

TEST(Configure, SaysWhatIsWrong) {
  const std::vector<std::pair<const char*, const char*>> rows = {
      {"", "JSON"},
      {"[]", "configure"},
      {R"({"type":"welcome"})", "configure"},
      {R"({"type":7})", "configure"},
      {R"({"type":"configure"})", "'port'"},
      {R"({"type":"configure","port":{}})", "'at'"},
      {R"({"type":"configure","port":{"at":5}})", "'at'"},
      {R"({"type":"configure","port":{"at":"x","period_ms":0}})", "'period_ms'"},
      {R"({"type":"configure","port":{"at":"x"},"devices":{}})", "'devices'"},
      {R"({"type":"configure","port":{"at":"x"},"devices":[5]})", "device"},
      {R"({"type":"configure","port":{"at":"x"},"devices":[{"role":"pump"}]})", "'id'"},
      {R"({"type":"configure","port":{"at":"x"},"devices":[{"id":"a","role":"cat"}]})", "'cat'"},
      {R"({"type":"configure","port":{"at":"x"},"options":[]})", "'options'"}};
  for (const auto& [text, part] : rows) {
    const auto c = parse_configure(text);
    ASSERT_FALSE(c.has_value()) << text;
    EXPECT_THAT(c.error(), HasSubstr(part)) << text;
  }
}

TEST(Registry, EveryProtocolIsOfOneKindAndSendsCatalogueNamesOnly) {
  const auto protocols = driver::registry();
  for (const Protocol& protocol : protocols) {
    EXPECT_NE(protocol.make_stream == nullptr, protocol.make_polled == nullptr) << protocol.name;
    EXPECT_FALSE(protocol.signals.empty()) << protocol.name;
    // Nothing but a contact speaks without bytes that a file could hold.
    EXPECT_EQ(protocol.formats.empty(), protocol.name == "contact") << protocol.name;
    for (const SignalId id : protocol.signals) EXPECT_LT(id, catalogue().size());
  }
  const std::string text = describe(protocols);
  for (const char* part : {R"("wire":[1,0])", R"("masimo")", R"("nonin")", R"("oximeter.spo2")",
                           R"("oximeter.probe_off")", R"("name":"set_format")"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(Registry, NoninTakesOnlyOptionsThatMeanSomething) {
  const auto protocols = driver::registry();
  const auto nonin = std::ranges::find(protocols, "nonin", &Protocol::name);
  ASSERT_NE(nonin, protocols.end());
  const auto with = [&](std::string_view format, std::string_view sets) {
    Configure c;
    if (!format.empty()) c.options["format"] = format;
    if (!sets.empty()) c.options["set_format"] = sets;
    return nonin->make_stream(c);
  };
  EXPECT_FALSE(with("df9", "").has_value());
  EXPECT_FALSE(with("auto", "true").has_value());
  EXPECT_FALSE(with("ascii", "true").has_value());
  EXPECT_FALSE(with("df7", "yes").has_value());
  // The command goes out only when asked for, and is the manual's, byte for byte.
  const auto silent = with("df7", "");
  ASSERT_TRUE(silent.has_value());
  EXPECT_TRUE((*silent)->greeting().empty());
  const auto setting = with("df13", "true");
  ASSERT_TRUE(setting.has_value());
  EXPECT_THAT((*setting)->greeting(), testing::ElementsAre(0x02, 0x70, 0x02, 0x02, 0x0D, 0x03));
}

// ----------------------------------------------------------------------------------- decoding

TEST(DecodeReport, WritesTheContractsLines) {
  std::string out;
  DecodeReport report(out);
  const SignalId spo2 = signal(Role::oximeter, "spo2");
  const SignalId silenced = signal(Role::oximeter, "silenced");
  const SignalId low = signal(Role::oximeter, "alarm.spo2_low");
  report.frame(MonoTime{});
  report.sample(spo2, Reading::ok(980));
  report.sample(low, Reading::ok(0));
  report.fact({.kind = FactKind::identity, .name = "serial", .text = "0123456789"});
  report.sample(signal(Role::pump, "state"), Reading::ok(2));
  report.frame(MonoTime{});
  report.sample(spo2, Reading::low(885));
  report.sample(low, Reading::ok(1));
  report.sample(silenced, Reading::ok(1));
  report.sample(signal(Role::oximeter, "on_mains"), Reading::ok(1));
  report.fact({.kind = FactKind::identity, .name = "serial", .text = "0123456789"});
  report.frame(MonoTime{});
  report.sample(spo2, Reading::missing(Reason::probe_off));
  report.sample(low, Reading::missing(Reason::device_fault));
  report.sample(silenced, Reading::ok(0));
  report.sample(signal(Role::pump, "state"), Reading::missing(Reason::link_lost));
  report.fact({.kind = FactKind::note, .name = "sensor_life_expired", .present = true});
  report.frame(MonoTime{});
  report.sample(low, Reading::ok(0));
  report.sample(signal(Role::oximeter, "pleth"), Reading::ok(67));
  report.totals({7, 1, 30});
  EXPECT_EQ(out,
            R"({"frame":1,"signal":"spo2","value":98,"unit":"percent","quality":"ok"}
{"frame":1,"fact":"identity","name":"serial","text":"0123456789"}
{"frame":1,"fact":"state","name":"feeding"}
{"frame":2,"signal":"spo2","value":88.5,"unit":"percent","quality":"low"}
{"frame":2,"fact":"alarm","name":"spo2_low","present":true}
{"frame":2,"fact":"silenced","present":true}
{"frame":2,"fact":"note","name":"on_mains","present":true}
{"frame":3,"signal":"spo2","value":null,"quality":"missing","reason":"probe_off"}
{"frame":3,"fact":"silenced","present":false}
{"frame":3,"fact":"note","name":"sensor_life_expired","present":true}
{"frame":4,"fact":"alarm","name":"spo2_low","present":false}
{"frame":4,"signal":"pleth","value":67,"unit":"none","quality":"ok"}
{"frames_good":7,"frames_bad":1,"bytes_skipped":30}
)");
}

TEST(FactFilter, TellsNewsOnly) {
  FactFilter filter;
  const Fact absent{.kind = FactKind::note, .name = "x", .present = false};
  const Fact present{.kind = FactKind::note, .name = "x", .present = true};
  EXPECT_FALSE(filter.is_news(absent));
  EXPECT_TRUE(filter.is_news(present));
  EXPECT_FALSE(filter.is_news(present));
  EXPECT_TRUE(filter.is_news(absent));
  EXPECT_FALSE(filter.is_news(absent));
  const Fact refused{.kind = FactKind::refused, .name = "serial", .text = "b"};
  EXPECT_TRUE(filter.is_news(refused));
  EXPECT_FALSE(filter.is_news(refused));
  filter.forget(FactKind::refused);
  EXPECT_TRUE(filter.is_news(refused));
  EXPECT_FALSE(filter.is_news(absent));
}

TEST(FactFilter, IsBounded) {
  FactFilter filter;
  for (size_t i = 0; i < FactFilter::kFactsMax; ++i) {
    EXPECT_TRUE(filter.is_news({.name = std::to_string(i), .text = "t"}));
  }
  EXPECT_FALSE(filter.is_news({.name = "one more", .text = "t"}));
}

// ------------------------------------------------------------------------------------- waiting

TEST(Backoff, DoublesFromAQuarterToTenSecondsWithinAFifth) {
  Backoff backoff(1);
  for (int64_t base : {250, 500, 1000, 2000, 4000, 8000, 10000, 10000}) {
    const Duration wait = backoff.next();
    EXPECT_GE(wait, milliseconds(base * 8 / 10));
    EXPECT_LE(wait, milliseconds(base * 12 / 10));
  }
  backoff.reset();
  EXPECT_LE(backoff.next(), milliseconds(300));
  EXPECT_NE(Backoff(1).next(), Backoff(12345).next());
}

TEST(WaitMs, RoundsUpAndNeverSpins) {
  EXPECT_EQ(wait_ms(MonoTime{5}, MonoTime{5}), 0);
  EXPECT_EQ(wait_ms(MonoTime{5}, MonoTime{4}), 0);
  EXPECT_EQ(wait_ms(MonoTime{0}, MonoTime{1}), 1);
  EXPECT_EQ(wait_ms(MonoTime{0}, MonoTime{2'000'001}), 3);
  EXPECT_EQ(wait_ms(MonoTime{0}, kNever), 60'000);
}

// A port whose fate the test decides.
struct Fate {
  bool opens = true;
  bool is_opening = false;
  bool finishes = true;
  int other_ways = 0;  // of opening
  PortInput input;
  int times_opened = 0;
};

class FakePort : public Port {
 public:
  explicit FakePort(Fate& fate) : fate_(fate), is_opening_(fate.is_opening) {}
  int fd() const override { return 42; }
  bool is_opening() const override { return is_opening_; }
  Status finish_opening() override {
    if (!fate_.finishes && fate_.other_ways-- <= 0) return failure("connection refused");
    is_opening_ = !fate_.finishes;
    return {};
  }
  Status open_another_way() override {
    return fate_.other_ways-- > 0 ? Status() : Port::open_another_way();
  }
  PortInput read(std::span<uint8_t>) override { return fate_.input; }
  Status write(std::span<const uint8_t>) override { return {}; }

 private:
  Fate& fate_;
  bool is_opening_;
};

class KeeperTest : public testing::Test {
 protected:
  PortTurn advance(int64_t ms, short revents = 0) {
    return keeper_.advance(MonoTime{milliseconds(ms).ns}, revents, buffer_);
  }
  Fate fate_;
  std::array<uint8_t, 16> buffer_{};
  PortKeeper keeper_{[this]() -> Result<std::unique_ptr<Port>> {
                       ++fate_.times_opened;
                       if (!fate_.opens) return failure("busy");
                       return std::make_unique<FakePort>(fate_);
                     },
                     7};
};

TEST_F(KeeperTest, OpensAtOnceAndHandsOverWhatItReads) {
  EXPECT_EQ(keeper_.fd(), -1);
  EXPECT_EQ(advance(0).what, PortTurn::What::opened);
  EXPECT_EQ(keeper_.fd(), 42);
  EXPECT_EQ(keeper_.events(), POLLIN);
  EXPECT_EQ(keeper_.deadline(), kNever);
  fate_.input = {PortState::data, 3, {}};
  const PortTurn turn = advance(1, POLLIN);
  EXPECT_EQ(turn.what, PortTurn::What::data);
  EXPECT_EQ(turn.bytes, 3U);
  EXPECT_EQ(advance(2, 0).what, PortTurn::What::nothing);
}

TEST_F(KeeperTest, RetriesWithGrowingPausesUntilThePortIsThere) {
  fate_.opens = false;
  EXPECT_EQ(advance(0).why, "busy");
  EXPECT_EQ(advance(199).what, PortTurn::What::nothing);
  EXPECT_EQ(fate_.times_opened, 1);
  EXPECT_EQ(advance(301).what, PortTurn::What::lost);
  EXPECT_GE(keeper_.deadline(), MonoTime{milliseconds(301 + 400).ns});
  fate_.opens = true;
  EXPECT_EQ(advance(1000).what, PortTurn::What::opened);
}

TEST_F(KeeperTest, APortThatOpensButIsNeverHeardKeepsItsBackoff) {
  int64_t ms = 0;
  fate_.input = {PortState::lost, 0, "unplugged"};
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(advance(ms).what, PortTurn::What::opened);
    EXPECT_EQ(advance(ms, POLLIN).why, "unplugged");
    ms = keeper_.deadline().ns / 1'000'000 + 1;
  }
  EXPECT_EQ(advance(ms).what, PortTurn::What::opened);
  EXPECT_EQ(advance(ms, POLLIN).what, PortTurn::What::lost);
  EXPECT_GE(keeper_.deadline(), MonoTime{milliseconds(ms + 8000).ns});
  advance(ms + 12'001);
  keeper_.confirm();
  advance(ms + 12'002, POLLIN);
  EXPECT_LE(keeper_.deadline(), MonoTime{milliseconds(ms + 12'002 + 301).ns});
}

TEST_F(KeeperTest, AHangUpWithNothingToReadIsALoss) {
  advance(0);
  EXPECT_EQ(advance(1, POLLHUP).what, PortTurn::What::lost);
  EXPECT_EQ(keeper_.fd(), -1);
}

TEST_F(KeeperTest, BytesBehindAHangUpAreReadFirst) {
  advance(0);
  fate_.input = {PortState::data, 3, {}};
  EXPECT_EQ(advance(1, POLLIN | POLLHUP).what, PortTurn::What::data);
}

TEST_F(KeeperTest, AConnectionIsGivenFiveSeconds) {
  fate_.is_opening = true;
  EXPECT_EQ(advance(0).what, PortTurn::What::nothing);
  EXPECT_EQ(keeper_.events(), POLLOUT);
  EXPECT_EQ(advance(4999).what, PortTurn::What::nothing);
  EXPECT_EQ(advance(5000).what, PortTurn::What::lost);
  EXPECT_EQ(advance(6000).what, PortTurn::What::nothing);
  EXPECT_EQ(advance(6001, POLLOUT).what, PortTurn::What::opened);
}

TEST_F(KeeperTest, EachAddressIsGivenFiveSeconds) {
  fate_.is_opening = true;
  fate_.other_ways = 1;
  advance(0);
  EXPECT_EQ(advance(5000).what, PortTurn::What::nothing);  // the second address
  EXPECT_EQ(keeper_.events(), POLLOUT);
  EXPECT_EQ(advance(9999).what, PortTurn::What::nothing);
  const PortTurn turn = advance(10'000);
  EXPECT_EQ(turn.what, PortTurn::What::lost);
  EXPECT_EQ(turn.why, "no answer to the connection");
  EXPECT_EQ(fate_.times_opened, 1);
}

TEST_F(KeeperTest, ARefusalWithAnotherAddressLeftIsNoLoss) {
  fate_.is_opening = true;
  fate_.finishes = false;
  fate_.other_ways = 1;
  advance(0);
  EXPECT_EQ(advance(1000, POLLOUT | POLLERR).what, PortTurn::What::nothing);
  EXPECT_EQ(keeper_.events(), POLLOUT);
  EXPECT_EQ(advance(5999).what, PortTurn::What::nothing);
  fate_.finishes = true;
  EXPECT_EQ(advance(6000, POLLOUT).what, PortTurn::What::opened);
  EXPECT_EQ(fate_.times_opened, 1);
}

TEST_F(KeeperTest, ARefusedConnectionSaysSo) {
  fate_.is_opening = true;
  fate_.finishes = false;
  advance(0);
  EXPECT_EQ(advance(1, POLLOUT | POLLERR).why, "connection refused");
}

TEST_F(KeeperTest, WhatTheCallerGivesUpIsOpenedAgain) {
  advance(0);
  keeper_.give_up(MonoTime{});
  EXPECT_EQ(keeper_.fd(), -1);
  EXPECT_EQ(advance(301).what, PortTurn::What::opened);
}

}  // namespace
}  // namespace lamplight::sdk
