// A process must never hang or die because of the one at the other end of its socket: the sound
// at the bedside runs in the same loop.
#include "drivers/sdk/wire/channel.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <vector>

#include "rules/model/limits.h"

namespace lamplight::wire {
namespace {

struct Ends {
  Channel a;
  Channel b;
};

Ends open_pair() {
  auto made = Channel::pair();
  EXPECT_TRUE(made.has_value());
  return {std::move(made->first), std::move(made->second)};
}

TEST(Channel, CarriesWholeDatagramsInOrder) {
  Ends ends = open_pair();
  const std::vector<uint8_t> first = {1, 2, 3};
  const std::vector<uint8_t> second = {4};
  EXPECT_EQ(ends.a.send(first), Transfer::done);
  EXPECT_EQ(ends.a.send(second), Transfer::done);
  std::vector<uint8_t> buffer(limits::kDatagramMax);
  const Received one = ends.b.receive(buffer);
  EXPECT_EQ(one.transfer, Transfer::done);
  EXPECT_EQ(std::vector<uint8_t>(one.datagram.begin(), one.datagram.end()), first);
  EXPECT_EQ(ends.b.receive(buffer).datagram.size(), 1U);
  EXPECT_EQ(ends.b.receive(buffer).transfer, Transfer::would_block);
}

TEST(Channel, SaysWouldBlockInsteadOfWaitingForAReaderThatDoesNotRead) {
  Ends ends = open_pair();
  const std::vector<uint8_t> datagram(60'000, 7);
  Transfer last = Transfer::done;
  for (int i = 0; i < 1000 && last == Transfer::done; ++i) last = ends.a.send(datagram);
  EXPECT_EQ(last, Transfer::would_block);
}

TEST(Channel, SaysClosedToBothSendAndReceiveWithoutASignal) {
  Ends ends = open_pair();
  ends.b.close();
  std::vector<uint8_t> buffer(16);
  EXPECT_EQ(ends.a.send(buffer), Transfer::closed);
  EXPECT_EQ(ends.a.receive(buffer).transfer, Transfer::closed);
}

TEST(Channel, DeliversWhatWasSentBeforeTheEnd) {
  Ends ends = open_pair();
  const std::vector<uint8_t> last_words = {9, 9};
  EXPECT_EQ(ends.a.send(last_words), Transfer::done);
  ends.a.close();
  std::vector<uint8_t> buffer(16);
  EXPECT_EQ(ends.b.receive(buffer).datagram.size(), 2U);
  EXPECT_EQ(ends.b.receive(buffer).transfer, Transfer::closed);
}

TEST(Channel, ADatagramLargerThanTheBufferIsBrokenNotCut) {
  Ends ends = open_pair();
  EXPECT_EQ(ends.a.send(std::vector<uint8_t>(17)), Transfer::done);
  std::vector<uint8_t> buffer(16);
  EXPECT_EQ(ends.b.receive(buffer).transfer, Transfer::broken);
}

TEST(Channel, RefusesToSendNothing) {
  Ends ends = open_pair();
  EXPECT_EQ(ends.a.send({}), Transfer::broken);
}

TEST(Channel, KnowsWhoIsAtTheOtherEnd) {
  Ends ends = open_pair();
  const auto peer = ends.a.peer();
  ASSERT_TRUE(peer.has_value());
  EXPECT_EQ(peer->pid, ::getpid());
  EXPECT_EQ(peer->uid, ::getuid());
}

TEST(Channel, AClosedOneAnswersWithoutTouchingTheKernel) {
  Channel none;
  std::vector<uint8_t> buffer(16);
  EXPECT_FALSE(none.is_open());
  EXPECT_EQ(none.send(buffer), Transfer::broken);
  EXPECT_EQ(none.receive(buffer).transfer, Transfer::broken);
  EXPECT_FALSE(none.peer().has_value());
}

TEST(Channel, MovingHandsTheDescriptorOver) {
  Ends ends = open_pair();
  const int fd = ends.a.fd();
  Channel moved = std::move(ends.a);
  EXPECT_EQ(moved.fd(), fd);
  ends.b = std::move(moved);
  EXPECT_EQ(ends.b.fd(), fd);
  EXPECT_EQ(ends.b.release(), fd);
  EXPECT_FALSE(ends.b.is_open());
  ::close(fd);
}

}  // namespace
}  // namespace lamplight::wire
