// A store on a real directory, for tests of real disks: appends alarms and batches, prints one
// line of counts, keeps the store's promises visible. Usage: disk_probe DIR FIRST COUNT
//   opened next=… problems=… durable=… failing=… recovered=… rows=…
#include <cstdio>
#include <cstdlib>

#include "tests/store/box.h"

namespace lamplight::store::test {
namespace {

int probe(const std::string& dir, uint64_t first, uint64_t count) {
  Options options;
  options.dir = dir;
  options.home = "h-1";
  options.boot = "probe";
  options.free_floor = 0;
  options.devices = {{"ox1", Role::oximeter}};
  Store store(options);
  Answers answers;
  MonoTime now{1'000'000'000};
  store.open(now, answers);
  const auto opened = std::get<Opened>(answers.front());
  for (uint64_t seq = first; seq < first + count; ++seq) {
    now = now + seconds(10);
    store.perform(AppendEvents{{event(Lane::alarm, seq, std::string(900, 'b'))}, {}}, now, answers);
    store.perform(batch(seq, 50), now, answers);
  }
  store.perform(ReadRange{1, Lane::alarm, 1, 100'000}, now, answers);
  uint64_t durable = 0;
  size_t rows = 0;
  int failing = 0;
  int recovered = 0;
  for (const Answer& a : answers) {
    if (const auto* d = std::get_if<Durable>(&a); d != nullptr && d->lane == Lane::alarm) {
      durable = d->seq;
    }
    failing += std::holds_alternative<Failing>(a) ? 1 : 0;
    recovered += std::holds_alternative<Recovered>(a) ? 1 : 0;
    if (const auto* r = std::get_if<RangeRead>(&a)) rows = r->rows.size();
  }
  std::printf("opened next=%llu problems=%zu durable=%llu failing=%d recovered=%d rows=%zu\n",
              static_cast<unsigned long long>(opened.lanes[0].next_seq), opened.problems.size(),
              static_cast<unsigned long long>(durable), failing, recovered, rows);
  return 0;
}

}  // namespace
}  // namespace lamplight::store::test

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  return lamplight::store::test::probe(argv[1], std::strtoull(argv[2], nullptr, 10),
                                       std::strtoull(argv[3], nullptr, 10));
}
