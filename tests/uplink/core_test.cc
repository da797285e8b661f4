// The core's own words, read as this process reads them: what one part says and the other does not
// take costs an alarm its way out.
#include <gtest/gtest.h>

#include "gateway/core/flight.h"
#include "gateway/uplink/messages.h"
#include "gateway/uplink/reconnect.h"
#include "tests/core/house.h"

namespace lamplight::uplink {
namespace {

TEST(FromTheCore, AWaitingAlarmIsTriedForEverySecondAndNoneIsNot) {
  // Three minutes into an outage the next try is half a minute away; an alarm does not wait so
  // long.
  core::House house;
  house.boot();
  house.input(core::LinkChange{core::Conn::live, core::LinkState::lost, 0, "unreachable"});
  Reconnect reconnect(7);
  MonoTime now{seconds(100).ns};
  const MonoTime begun = now;
  while (now - begun < minutes(3)) {
    reconnect.unreachable(now);
    now = reconnect.next_try();
  }
  reconnect.unreachable(now);
  ASSERT_GT(reconnect.next_try() - now, seconds(10));
  ASSERT_TRUE(house.every_message.empty());
  house.pulse(160);
  ASSERT_EQ(house.every_message.size(), 1u);
  const auto heard = read(house.every_message.back());
  ASSERT_TRUE(heard) << heard.error();
  ASSERT_TRUE(std::holds_alternative<Urgent>(*heard));
  reconnect.urgent(now, std::get<Urgent>(*heard).waiting);
  EXPECT_LE(reconnect.next_try() - now, seconds(1));
  house.connect_both();
  bool waiting = true;
  for (const std::string& text : house.every_message) {
    const auto message = read(text);
    ASSERT_TRUE(message) << message.error();
    if (const auto* urgent = std::get_if<Urgent>(&*message)) waiting = urgent->waiting;
  }
  EXPECT_FALSE(waiting) << "the broker has it";
}

TEST(FromTheCore, ADocumentLongerThanADatagramIsReadWhole) {
  // More open alarms than fit one datagram used to end this process after every connect.
  std::string payload = R"({"alarms":[)";
  while (payload.size() < 150'000) payload += R"({"title":"Sauerstoff zu niedrig, Gerät prüfen"},)";
  payload += "{}]}";
  std::string whole;
  Publish last;
  const auto texts = core::publish_json("h-1", core::Conn::live, 3, {.number = 5},
                                        {.topic = "alarms", .retain = true, .payload = payload});
  ASSERT_GE(texts.size(), 3u);
  for (const std::string& text : texts) {
    const auto message = read(text);
    ASSERT_TRUE(message) << message.error();
    last = std::get<Publish>(*message);
    EXPECT_EQ(last.conn, Conn::live);
    EXPECT_EQ(last.generation, 3u);
    EXPECT_EQ(last.more, &text != &texts.back());
    whole += last.payload;
  }
  EXPECT_EQ(whole, payload);
  EXPECT_EQ(last.topic, "lamplight/v1/h-1/alarms");
  EXPECT_EQ(last.receipt.json, "\"token\":5");
  EXPECT_TRUE(last.retain);
}

}  // namespace
}  // namespace lamplight::uplink
