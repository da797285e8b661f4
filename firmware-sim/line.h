// A port with the devices on it: carries their frames out at the right instants (late, dripping,
// paced) and writes into the truth log what left and what did not. One device for a stream; a
// Modbus bus has several units (modbus_line.h).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "firmware-sim/device.h"
#include "firmware-sim/port.h"
#include "firmware-sim/truth.h"

namespace lamplight::sim {

struct LineSettings {
  int baud = 9600;
  std::string frame = "8N1";
  bool paces = false;       // bytes take the time of the line's baud rate, as on a real wire
  bool logs_bytes = false;  // hex of every frame, not only of damaged ones
};

class Line : public Outlet, public PortUser {
 public:
  Line(std::string name, LineSettings settings, Truth& truth);

  // Both before the first send.
  void use(std::unique_ptr<Port> port) { port_ = std::move(port); }
  void attach(Device& device) { devices_.push_back(&device); }

  Port& port() { return *port_; }
  const std::string& name() const { return name_; }
  const std::vector<Device*>& devices() const { return devices_; }
  // "serial:/dev/pts/5?9600,8N1": what a gateway's configuration wants.
  std::string at() const;
  std::string address() const { return port_->address(); }

  MonoTime deadline() const;
  void flush_due(MonoTime now);
  // Unplugged: what was still under way is lost, and recorded as lost.
  void unplug(MonoTime now);
  [[nodiscard]] Status plug(MonoTime now);
  // Each gets the other's socket, both unplugged.
  void swap_ports(Line& other);

  void send(MonoTime now, const Device& from, Frame frame, const Delivery& how) override;
  void received(Peer peer, std::span<const uint8_t> bytes) override;
  void peer_came(Peer peer) override;
  void peer_left(Peer) override {}

 protected:
  struct Outgoing {
    const Device* from = nullptr;
    Bytes bytes;
    size_t offset = 0;
    Duration spacing;  // between bytes; 0: all at once
    Peer peer = 0;
    bool is_intact = true;
    bool gives_way = false;    // stray bytes
    std::string facts;         // empty for the second half of a paused frame
    bool is_announced = true;  // to be recorded when its first byte leaves
    Fault fault = Fault::none;
  };
  void put(MonoTime due, Outgoing out);
  void write(MonoTime due, Outgoing out);
  void record(MonoTime now, const Outgoing& out, Sent sent);
  // The host's bytes fill the line from now on: no answer begins before they are over, and the
  // silence after them that ends a Modbus frame; stray bytes end.
  void host_speaks(MonoTime now, size_t bytes);
  // A frame of `speaker` begins, nullptr: of the host's. Stray bytes of the others end.
  void cut_strays(MonoTime now, const Device* speaker);
  // When no frame but its own is under way.
  MonoTime pause_for(const Device& stray) const;
  bool is_paced() const { return settings_.paces && port_->is_serial(); }
  Duration byte_time() const;

  std::string name_;
  LineSettings settings_;
  Truth& truth_;
  MonoTime now_;
  std::unique_ptr<Port> port_;
  std::vector<Device*> devices_;

 private:
  std::multimap<MonoTime, Outgoing> queue_;
  MonoTime busy_until_;
  MonoTime host_until_;              // with what the host says
  const Device* speaker_ = nullptr;  // whose frame began last
  MonoTime speaks_until_;
  std::string facts_;  // reused: a reply must not allocate
};

std::string hex_of(std::span<const uint8_t> bytes);

}  // namespace lamplight::sim
