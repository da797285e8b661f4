// What must hold: requests are cut from the stream and answered exactly as the profile's document
// prints them, so that a driver is tested against the document and not against its twin.
#include <gmock/gmock.h>

#include "tests/firmware/bench.h"

namespace lamplight::sim {
namespace {

std::vector<ModbusRequest> requests(RequestReader& reader) {
  std::vector<ModbusRequest> out;
  while (auto r = reader.next()) out.push_back(*r);
  return out;
}

TEST(ModbusFrame, EveryRequestOfTheProfileHasAGoodCrc) {
  for (const char* text :
       {"01 04 00 00 00 28 F0 14", "01 04 00 64 00 2B F1 CA", "01 04 00 64 00 2C B0 08",
        "01 04 00 64 00 33 F1 C0", "01 04 00 64 00 34 B0 02", "01 04 00 C8 00 42 F1 C5"}) {
    RequestReader reader(Transport::rtu);
    reader.feed({1}, hex(text));
    const auto r = requests(reader);
    ASSERT_EQ(r.size(), 1U) << text;
    EXPECT_EQ(r[0].unit, 1);
    EXPECT_EQ(r[0].function, 4);
  }
}

TEST(ModbusFrame, ReadsAddressAndCount) {
  RequestReader reader(Transport::rtu);
  reader.feed({1}, hex("01 04 00 64 00 2B F1 CA"));
  const auto r = requests(reader);
  EXPECT_EQ(r[0].first, 100);
  EXPECT_EQ(r[0].count, 43);
}

TEST(ModbusFrame, FindsTheRequestAfterGarbageByteByByte) {
  RequestReader reader(Transport::rtu);
  std::vector<ModbusRequest> found;
  for (const uint8_t b : hex("99 04 07 01 04 00 64 00 2B F1 CA 01 04 00 64 00 2C B0 08")) {
    reader.feed({1}, {&b, 1});
    for (const ModbusRequest& r : requests(reader)) found.push_back(r);
  }
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].count, 44);
}

TEST(ModbusFrame, ABadCrcIsNoRequest) {
  RequestReader reader(Transport::rtu);
  reader.feed({1}, hex("01 04 00 64 00 2B F1 CB"));
  EXPECT_TRUE(requests(reader).empty());
}

TEST(ModbusFrame, SilenceEndsAHalfRequest) {
  RequestReader reader(Transport::rtu);
  reader.feed({1}, hex("01 04 00 64"));
  reader.feed(MonoTime{1} + seconds(1), hex("01 04 00 64 00 2B F1 CA"));
  EXPECT_EQ(requests(reader).size(), 1U);
}

TEST(ModbusFrame, TcpCarriesTheTransactionBack) {
  RequestReader reader(Transport::tcp);
  reader.feed({1}, hex("12 34 00 00 00 06 01 04 00 64 00 02"));
  auto r = requests(reader);
  ASSERT_EQ(r.size(), 1U);
  const uint16_t registers[] = {0x4C01, 0x0007};
  EXPECT_EQ(wrap_answer(r[0], 1, registers_pdu(4, registers)),
            hex("12 34 00 00 00 07 01 04 04 4C 01 00 07"));
}

TEST(ModbusFrame, WriteIsAnsweredWithExceptionOneAsPrinted) {
  Bench b("lfp1", Role::pump);
  EXPECT_EQ(b.ask(6, 1, 2), hex("01 86 01 83 A0"));
  for (const uint8_t function : {5, 15, 16, 22, 23, 43}) {
    const Bytes answer = b.ask(function, 1, 2);
    ASSERT_EQ(answer.size(), 5U);
    EXPECT_EQ(answer[1], function | 0x80);
    EXPECT_EQ(answer[2], 1);
  }
}

TEST(ModbusFrame, OutsideABlockIsExceptionTwoAndABadCountThree) {
  Bench b("lfp1", Role::pump);
  EXPECT_EQ(b.ask(4, 100, 45)[2], 2);
  EXPECT_EQ(b.ask(4, 0, 41)[2], 2);
  EXPECT_EQ(b.ask(4, 50, 1)[2], 2);
  EXPECT_EQ(b.ask(4, 100, 0)[2], 3);
  EXPECT_EQ(b.ask(4, 100, 126)[2], 3);
  EXPECT_EQ(b.ask(4, 0xFFFF, 2)[2], 2);
}

TEST(ModbusFrame, FunctionThreeAnswersTheSame) {
  Bench b("lvp1", Role::ventilator);
  b.run_to(seconds(2));
  Bytes four = b.ask(4, 0, 40);
  Bytes three = b.ask(3, 0, 40);
  EXPECT_EQ(Bytes(four.begin() + 2, four.end() - 2), Bytes(three.begin() + 2, three.end() - 2));
}

TEST(ModbusFrame, CountsMayAlternate) {
  Bench b("lvp1", Role::ventilator);
  b.run_to(seconds(2));
  EXPECT_EQ(b.ask(4, 100, 51).size(), 107U);
  EXPECT_EQ(b.ask(4, 100, 52).size(), 109U);
}

TEST(PlainServer, HoldsTenNumbersAPadAndACanary) {
  Bench b("plain", Role::ventilator);
  ASSERT_TRUE(b.say("set ventilator.pip 18.3"));
  EXPECT_EQ(b.registers(0, 11)[0], 183);
  EXPECT_EQ(b.registers(20, 1), std::vector<int>{0x1234});
  EXPECT_EQ(b.ask(4, 11, 1)[2], 2);
}

}  // namespace
}  // namespace lamplight::sim
