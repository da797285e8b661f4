// What must hold: the simulated contact does to its loop what the notes say of real ones, silencing
// included.
#include <gmock/gmock.h>

#include "firmware-sim/device_contact.h"
#include "tests/firmware/bench.h"

namespace lamplight::sim {
namespace {

struct Wired : Bench {
  explicit Wired(std::string_view kind) : Bench(kind, Role::contact, {}, false) {}
  int feed(uint8_t outputs) {
    device->receive(now, 0, std::span(&outputs, 1));
    return sent.back().bytes[0];
  }
  int after(std::string_view word) {
    EXPECT_TRUE(say(word)) << word;
    return sent.back().bytes[0];
  }
};

TEST(Contact, ANormallyClosedLoopFollowsItsFeedAndOpensToCall) {
  Wired w("contact");
  EXPECT_EQ(w.feed(1), 0x0F);
  EXPECT_EQ(w.feed(0), 0x00);
  EXPECT_EQ(w.feed(2), 0x0F);
  EXPECT_EQ(w.after("condition contact device_calling on"), 0x00);
  EXPECT_EQ(w.after("silenced contact on"), 0x0F);  // silencing releases it
  EXPECT_EQ(w.after("silenced contact off"), 0x00);
  EXPECT_EQ(w.after("condition contact device_calling off"), 0x0F);
}

TEST(Contact, ANormallyOpenLoopClosesToCall) {
  Wired w("contact-open");
  EXPECT_EQ(w.feed(1), 0x00);
  EXPECT_EQ(w.after("condition contact device_calling on"), 0x0F);
}

TEST(Contact, AForeignVoltageStaysWhenTheFeedDrops) {
  Wired w("contact");
  EXPECT_EQ(w.after("condition contact cable_fault on"), 0x0F);
  EXPECT_EQ(w.feed(0), 0x0F);
}

}  // namespace
}  // namespace lamplight::sim
