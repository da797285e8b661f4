// Core and uplink must understand each other exactly: what is wrong is refused with its name, a
// receipt comes back as it was given, and whatever a stranger publishes fits the wire.
#include "gateway/uplink/messages.h"

#include <gtest/gtest.h>

#include "drivers/sdk/wire/codec.h"
#include "gateway/uplink/queue.h"
#include "rules/model/limits.h"

namespace lamplight::uplink {
namespace {

constexpr const char* kConfigure =
    R"({"type":"configure","home":"h1","protocol":"3.1.1","host":"b.example","port":8883,)"
    R"("insecure":false,"ca":"ca.pem","will":{"topic":"s","payload":"off"},)"
    R"("subscribe":["a","b"],"clock_older":true,"unknown":1})";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

template <class T>
T read_as(std::string_view text) {
  auto message = read(text);
  EXPECT_TRUE(message.has_value()) << message.error();
  EXPECT_TRUE(std::holds_alternative<T>(*message));
  return std::get<T>(*message);
}

TEST(Messages, ReadsAConfiguration) {
  const auto c = read_as<Configure>(kConfigure);
  EXPECT_EQ(c.home, "h1");
  EXPECT_FALSE(c.mqtt5);
  EXPECT_EQ(c.port, 8883);
  EXPECT_EQ(c.ca, "ca.pem");
  EXPECT_EQ(c.cert, "");
  EXPECT_EQ(c.will_payload, "off");
  EXPECT_EQ(c.subscribe, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(c.clock_older);
}

TEST(Messages, RefusesWhatIsWrongAndNamesIt) {
  const struct {
    const char *what, *with, *named;
  } wrong[] = {{"\"h1\"", "7", "home"},
               {"3.1.1", "4", "protocol"},
               {"b.example", "", "host"},
               {"8883", "65536", "port"},
               {"8883", "-1", "port"},
               {"8883", "1.5", "port"},
               {"\"insecure\":false", "\"insecure\":0", "insecure"},
               {"\"payload\":\"off\"", "\"x\":1", "will"},
               {"[\"a\",\"b\"]", "[1]", "subscribe"},
               {"\"configure\"", "\"configures\"", "type"}};
  for (const auto& one : wrong) {
    const auto message = read(replaced(kConfigure, one.what, one.with));
    ASSERT_FALSE(message.has_value()) << one.with;
    EXPECT_NE(message.error().find(one.named), std::string::npos) << message.error();
  }
  for (const char* text : {"", "[]", "7", "{", "{\"type\":7}", "{}"}) {
    EXPECT_FALSE(read(text).has_value()) << text;
  }
}

TEST(Messages, GivesAReceiptBackAsItCame) {
  const std::string base =
      R"({"type":"publish","conn":"backlog","generation":3,"topic":"t","payload":"p",)";
  const auto by_seq = read_as<Publish>(base + R"("lane":"vitals","seq":18446744073709551615})");
  EXPECT_EQ(published(by_seq.conn, by_seq.generation, by_seq.receipt),
            R"({"type":"published","conn":"backlog","generation":3,"lane":"vitals",)"
            R"("seq":18446744073709551615})");
  for (const std::string token : {R"("a\"b")", "17"}) {
    const auto by_token = read_as<Publish>(base + "\"token\":" + token + "}");
    EXPECT_EQ(published(by_token.conn, 3, by_token.receipt),
              R"({"type":"published","conn":"backlog","generation":3,"token":)" + token + "}");
  }
  EXPECT_FALSE(read(base + R"("lane":"vital","seq":1})").has_value());
  EXPECT_FALSE(read(base + R"("token":{}})").has_value());
  EXPECT_FALSE(read(replaced(base, "\"t\"", "\"t/#\"") + R"("token":1})").has_value());
  EXPECT_FALSE(read(base + R"("qos":2,"token":1})").has_value());
}

TEST(Messages, WritesWhatTheWireTakes) {
  for (const std::string& text :
       {hello(), heartbeat(), link(Conn::live, LinkState::refused, 4294967295, "connack 135")}) {
    std::vector<uint8_t> out(limits::kDatagramMax);
    EXPECT_TRUE(wire::encode_json(text, out).has_value()) << text;
  }
}

TEST(Messages, CarriesAnyCommandAcrossTheWire) {
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes += static_cast<char>(i);
  const std::string payloads[] = {"",
                                  "{}",
                                  "\"\\\n\t",
                                  all_bytes,
                                  "\xC3\xA9",
                                  "\xC3",
                                  std::string(limits::kCommandBytesMax, '"'),
                                  std::string(limits::kCommandBytesMax, '\n'),
                                  std::string(limits::kCommandBytesMax, '\x01'),
                                  std::string(limits::kCommandBytesMax, '\0')};
  for (const std::string& payload : payloads) {
    const std::string text =
        command({.topic = "a/b/command", .payload = payload, .size = payload.size()});
    std::vector<uint8_t> out(limits::kDatagramMax);
    EXPECT_TRUE(wire::encode_json(text, out).has_value()) << text.substr(0, 80);
    EXPECT_NE(text.find(R"("topic":"command")"), std::string::npos);
  }
}

TEST(Messages, CarriesACommandWhateverItsTopicIs) {
  const std::string topics[] = {"a/\xFF\xFE", "\xC3", std::string("a/\0", 3),
                                std::string(65535, 'x'), std::string(65535, '\x01')};
  for (const std::string& topic : topics) {
    const std::string text =
        command({.topic = topic, .payload = std::string(limits::kCommandBytesMax, '"'), .size = 1});
    std::vector<uint8_t> out(limits::kDatagramMax);
    EXPECT_TRUE(wire::encode_json(text, out).has_value()) << text.substr(0, 80);
    EXPECT_NE(text.find(R"("topic":"")"), std::string::npos) << text.substr(0, 80);
  }
}

TEST(Messages, SaysThatACommandIsUnreadableInsteadOfGuessing) {
  const std::string text =
      command({.topic = "command", .payload = "{\"id\":\"c-\xFF\"}", .size = 12});
  EXPECT_NE(text.find(R"("payload":"")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("unreadable":true)"), std::string::npos) << text;
}

TEST(Queue, KeepsOrderRefusesBeyondItsBoundAndWakesItsReader) {
  Queue<int> queue(3);
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2, 2));
  EXPECT_FALSE(queue.push(9, 2)) << "the caller's own bound";
  EXPECT_TRUE(queue.push(3));
  EXPECT_FALSE(queue.push(9)) << "one past the bound";
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_EQ(queue.take_all(), (std::deque<int>{1, 2, 3}));
  EXPECT_TRUE(queue.take_all().empty());
  EXPECT_TRUE(queue.push(4));
}

}  // namespace
}  // namespace lamplight::uplink
