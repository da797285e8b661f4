// What the library's threads still look at must stay alive as long as its connection's client
// does: a backlog that is refused all night must not end the alarms' connection.
#include "gateway/uplink/retired.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>

namespace lamplight::uplink {
namespace {

// Tells when it ends.
class Witness {
 public:
  explicit Witness(bool& is_alive) : is_alive_(is_alive) { is_alive_ = true; }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { is_alive_ = false; }

 private:
  bool& is_alive_;
};

TEST(Retired, TwoHundredOfOneConnectionLeaveTheOthersAlive) {
  bool live_is_alive = false;
  bool backlog_is_alive = false;
  Retired<Witness, 128> retired;
  retired.keep(Conn::live, std::make_unique<Witness>(live_is_alive));
  for (int i = 0; i < 200; ++i) {
    retired.keep(Conn::backlog, std::make_unique<Witness>(backlog_is_alive));
    ASSERT_TRUE(live_is_alive) << i;
  }
}

TEST(Retired, KeepsTheNewestAndSoManyBeforeItAndNoMore) {
  std::array<bool, 5> is_alive{};
  Retired<Witness, 2> retired;
  for (bool& each : is_alive) retired.keep(Conn::backlog, std::make_unique<Witness>(each));
  EXPECT_EQ(is_alive, (std::array<bool, 5>{false, false, true, true, true}));
}

}  // namespace
}  // namespace lamplight::uplink
