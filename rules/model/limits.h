// Every bound of the house in one place, with how they relate. One past each has a test.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lamplight::limits {

// Rules language, section 5.
inline constexpr size_t kSignalsMax = 128;
inline constexpr size_t kAlarmsMax = 128;
inline constexpr size_t kButtonsMax = 32;
inline constexpr size_t kOperationsMax = 1024;
inline constexpr size_t kStateBytesMax = 64 * 1024;
inline constexpr int32_t kSampleAbsMax = 1 << 30;

// Texts and names of rules and plans, in characters. The design gives no figures: its longest
// sentence has 111, and a carer reads them at night. With them, the words of one alarm and the
// titles of all alarms at once each fit one datagram, whatever alphabet they are written in.
inline constexpr size_t kNameCharsMax = 48;   // of signals, limits, alarms, states …
inline constexpr size_t kTitleCharsMax = 80;  // of alarms, rules and tests; what `lost` says
inline constexpr size_t kSayCharsMax = 300;
inline constexpr size_t kDoCharsMax = 500;
inline constexpr size_t kReasonCharsMax = 500;  // `because`
inline constexpr size_t kPersonCharsMax = 64;   // the child, who signs

// Wire and commands (gateway design, sections 1, 2, 9).
inline constexpr size_t kDatagramMax = 64 * 1024;
inline constexpr size_t kWireHeaderBytes = 12;
inline constexpr size_t kWireSampleBytes = 24;
inline constexpr size_t kSamplesPerDatagramMax = 2048;
inline constexpr size_t kCommandBytesMax = 16 * 1024;
inline constexpr size_t kCommandIdCharsMax = 64;
inline constexpr size_t kRememberedCommandsMax = 10'000;
inline constexpr int64_t kFloodSamplesPerSecond = 20'000;
inline constexpr int64_t kFloodKillFactor = 10;
inline constexpr size_t kDriverQueueBytesMax = 64 * 1024 * 1024;

// Restart (gateway design, section 6).
inline constexpr size_t kInputRingBytes = 8 * 1024 * 1024;
inline constexpr int kPoisonFilesKept = 3;

// Store (gateway design, section 5).
inline constexpr int64_t kSeqReservation = 1000;
inline constexpr int64_t kDurableBudgetMs = 500;  // publishing waits this long for the disk
inline constexpr size_t kSegmentSamples = 4096;
inline constexpr int kDevicesMax = 16;

static_assert(kSamplesPerDatagramMax * kWireSampleBytes + kWireHeaderBytes + 4 <= kDatagramMax);

}  // namespace lamplight::limits
