// A store on a memory disk, with the habits of a core: it gives seqs, remembers what was answered
// Durable, and can lose its process or its power.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gateway/store/store.h"
#include "tests/store/memory_disk.h"

namespace lamplight::store::test {

inline EventRow event(Lane lane, uint64_t seq, const std::string& text = "x") {
  EventRow row;
  row.lane = lane;
  row.seq = seq;
  row.t = MonoTime{static_cast<int64_t>(seq) * 1'000'000'000};
  row.emitted = row.t;
  row.at = {1'772'417'648'000'000'000 + row.t.ns, ClockState::synchronised};
  row.name = lane == Lane::alarm ? "alarm.raised" : "system.boot";
  row.body = R"({"seq":)" + std::to_string(seq) + R"(,"text":")" + text + "\"}";
  return row;
}

inline AppendBatch batch(uint64_t seq, int samples = 2, Lane lane = Lane::vitals) {
  AppendBatch out;
  out.lane = lane;
  out.seq = seq;
  out.t = MonoTime{static_cast<int64_t>(seq) * 1'000'000'000};
  out.at = {out.t.ns, ClockState::synchronised};
  const SignalId spo2 = *find_signal("oximeter.spo2");
  for (int i = 0; i < samples; ++i) {
    BatchSample s;
    s.device = 1;
    s.received_at = out.t;
    s.sample = {out.t + milliseconds(i),
                static_cast<int32_t>(900 + seq % 50),
                spo2,
                Quality::ok,
                Reason::none,
                0};
    out.samples.push_back(s);
  }
  return out;
}

class Box {
 public:
  Box() {
    options.dir = "/state";
    options.home = "h-1";
    options.boot = "boot-1";
    options.devices = {{"ox1", Role::oximeter}, {"vent1", Role::ventilator}};
    options.free_floor = 0;
    options.vfs = disk.vfs();
    options.disk = &disk;
    options.log = [this](const std::string& line) { lines.push_back(line); };
  }

  // Opens (again); returns what Opened said.
  Opened open() {
    store.reset();
    answers.clear();
    store = std::make_unique<Store>(options);
    store->open(now, answers);
    Opened opened;
    for (const Answer& a : answers) {
      if (const auto* o = std::get_if<Opened>(&a)) opened = *o;
    }
    note();
    return opened;
  }
  void die() {
    store.reset();
    disk.process_dies();
  }
  void lose_power(const std::string& next_boot) {
    store.reset();
    disk.cut_power();
    options.boot = next_boot;
  }
  void perform(Job job) {
    store->perform(std::move(job), now, answers);
    note();
  }
  // Time passes for retries: 100 turns of 10 s.
  void settle() {
    for (int i = 0; i < 100; ++i) {
      now = now + seconds(10);
      store->work(now, answers);
    }
    note();
  }
  void keep_house() {
    now = now + seconds(2);
    while (store->housekeeping(now, answers)) {
    }
    note();
  }
  RangeRead read(Lane lane, uint64_t from, uint32_t count = 10'000) {
    answers.clear();
    perform(ReadRange{1, lane, from, count});
    for (const Answer& a : answers) {
      const auto* r = std::get_if<RangeRead>(&a);
      if (r == nullptr) continue;
      RangeRead whole = *r;  // a hole is explained by either
      whole.gaps.insert(whole.gaps.end(), r->damaged.begin(), r->damaged.end());
      return whole;
    }
    ADD_FAILURE() << "no answer to ReadRange";
    return {};
  }
  template <class T>
  int count() const {
    int n = 0;
    for (const Answer& a : answers) n += std::holds_alternative<T>(a) ? 1 : 0;
    return n;
  }

  MemoryDisk disk;
  Options options;
  std::unique_ptr<Store> store;
  Answers answers;
  std::map<Lane, uint64_t> durable;
  std::vector<std::string> lines;
  MonoTime now{1'000'000'000};

 private:
  void note() {
    for (const Answer& a : answers) {
      if (const auto* d = std::get_if<Durable>(&a)) {
        durable[d->lane] = std::max(durable[d->lane], d->seq);
      }
    }
  }
};

}  // namespace lamplight::store::test
