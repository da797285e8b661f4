// The baud rates that a serial port may have, and termios' code of each. Those of the
// configuration, no more: a rate that termios lacks would silently be another one.
#pragma once

#include <termios.h>

#include <array>

namespace lamplight::sdk {

struct SerialSpeed {
  int baud;
  speed_t code;
};
inline constexpr std::array<SerialSpeed, 13> kSerialSpeeds = {{{300, B300},
                                                               {600, B600},
                                                               {1200, B1200},
                                                               {2400, B2400},
                                                               {4800, B4800},
                                                               {9600, B9600},
                                                               {19200, B19200},
                                                               {38400, B38400},
                                                               {57600, B57600},
                                                               {115200, B115200},
                                                               {230400, B230400},
                                                               {460800, B460800},
                                                               {921600, B921600}}};

// B0: there is no such rate.
constexpr speed_t speed_of(int baud) {
  for (const SerialSpeed& speed : kSerialSpeeds) {
    if (speed.baud == baud) return speed.code;
  }
  return B0;
}

}  // namespace lamplight::sdk
