// An indexed binary heap: one fixed slot per timer, at most one deadline a slot, O(log n) to arm,
// re-arm and disarm. Equal instants come out by slot number, so order never depends on history.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "rules/model/time.h"

namespace lamplight::engine {

class Deadlines {
 public:
  explicit Deadlines(size_t slots) : due_(slots, kNever.ns), place_(slots, kAbsent) {
    heap_.reserve(slots);
  }

  int64_t due(size_t slot) const { return due_[slot]; }
  int64_t next() const { return heap_.empty() ? kNever.ns : due_[heap_[0]]; }
  size_t next_slot() const { return heap_[0]; }

  // kNever disarms.
  void arm(size_t slot, int64_t due) {
    if (due_[slot] == due) return;
    due_[slot] = due;
    if (place_[slot] == kAbsent) {
      place_[slot] = static_cast<uint32_t>(heap_.size());
      heap_.push_back(static_cast<uint32_t>(slot));  // capacity reserved: no allocation
    }
    if (due == kNever.ns) return remove(place_[slot]);
    sink(rise(place_[slot]));
  }
  void disarm(size_t slot) { arm(slot, kNever.ns); }

 private:
  static constexpr uint32_t kAbsent = UINT32_MAX;

  bool before(uint32_t a, uint32_t b) const {
    return due_[a] != due_[b] ? due_[a] < due_[b] : a < b;
  }
  void put(size_t place, uint32_t slot) {
    heap_[place] = slot;
    place_[slot] = static_cast<uint32_t>(place);
  }
  size_t rise(size_t place) {
    const uint32_t slot = heap_[place];
    while (place > 0 && before(slot, heap_[(place - 1) / 2])) {
      put(place, heap_[(place - 1) / 2]);
      place = (place - 1) / 2;
    }
    put(place, slot);
    return place;
  }
  void sink(size_t place) {
    const uint32_t slot = heap_[place];
    for (;;) {
      size_t child = 2 * place + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
      if (!before(heap_[child], slot)) break;
      put(place, heap_[child]);
      place = child;
    }
    put(place, slot);
  }
  void remove(size_t place) {
    const uint32_t last = heap_.back();
    place_[heap_[place]] = kAbsent;
    heap_.pop_back();
    if (place == heap_.size()) return;
    put(place, last);
    sink(rise(place));
  }

  std::vector<int64_t> due_;
  std::vector<uint32_t> place_;
  std::vector<uint32_t> heap_;
};

}  // namespace lamplight::engine
