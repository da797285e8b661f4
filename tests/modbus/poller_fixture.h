// One unit's poller as the bus drives it, with a pump's live block to answer from; time moves only
// as the test says.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "drivers/modbus/unit_poller.h"
#include "tests/modbus/recorder.h"

namespace lamplight::modbus {

struct Poller : testing::Test {
  Poller() {
    auto loaded = load_map("lfp-1");
    EXPECT_TRUE(loaded);
    map = *loaded;
    EXPECT_TRUE(bind_to_role(map, Role::pump));
    poller = std::make_unique<UnitPoller>(map, UnitSettings{.role = Role::pump}, sink, now);
  }
  Request ask() {
    now = std::max(now, poller->due());
    return poller->request();
  }
  void answer(const std::vector<uint16_t>& words) { poller->reply(now, words); }
  void answer_live(uint16_t count) {
    block.set_heartbeat(static_cast<uint16_t>(block.words[1] + 1));
    block.set32(2, static_cast<uint32_t>(now.ns / 100'000'000));
    answer({block.words.begin(), block.words.begin() + count});
  }
  void identify() {
    EXPECT_EQ(ask().first, kIdentityFirst);
    answer(identity_block(Role::pump));
  }
  void except(int code) {
    ask();
    poller->failed(now, {PollError::exception, code});
  }
  // As a link that comes and goes: '+' and '-'.
  void note_link() {
    if (const auto change = poller->take_link_change()) links += change->is_up ? '+' : '-';
  }
  void time_out() {
    ask();
    poller->failed(now + seconds(1), {PollError::timeout, 0});
    now = now + seconds(1);
  }

  MonoTime now{seconds(100).ns};
  Recorder sink;
  RegisterMap map;
  LiveBlock block{Role::pump};
  std::unique_ptr<UnitPoller> poller;
  std::string links;
};

}  // namespace lamplight::modbus
