// How fast the record takes what it is given, on the disk of DIR: alarms one by one and many at a
// commit, samples into telemetry, a range read back. Not a test: prints figures, and beside them
// the fdatasync of the same disk in the same run. Usage: store_bench DIR
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "gateway/clock.h"
#include "gateway/store/store.h"
#include "tests/store/box.h"

namespace lamplight::store::test {
namespace {

double now_s() { return static_cast<double>(mono_now().ns) * 1e-9; }

void print_times(const char* what, std::vector<double> ms) {
  std::sort(ms.begin(), ms.end());
  const auto at = [&](double q) {
    return ms[static_cast<size_t>(q * static_cast<double>(ms.size() - 1))];
  };
  std::printf("%-34s p50 %.2f ms  p99 %.2f ms  max %.2f ms\n", what, at(0.5), at(0.99), at(1));
}

void bench_sync(const std::string& dir) {
  const std::string path = dir + "/sync.bench";
  const int fd = ::open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
  const std::string page(4096, 'x');
  std::vector<double> ms;
  for (int i = 0; i < 500; ++i) {
    const double start = now_s();
    if (::write(fd, page.data(), page.size()) < 0 || ::fdatasync(fd) != 0) return;
    ms.push_back((now_s() - start) * 1e3);
  }
  ::close(fd);
  ::unlink(path.c_str());
  print_times("fdatasync of 4 KiB", ms);
}

void bench_events(Store& store, Answers& answers) {
  uint64_t seq = 0;
  for (const int rows : {1, 10, 100}) {
    std::vector<double> ms;
    const double begin = now_s();
    for (int i = 0; i < 500; ++i) {
      const double start = now_s();
      AppendEvents job;
      for (int r = 0; r < rows; ++r)
        job.rows.push_back(event(Lane::alarm, ++seq, std::string(700, 'b')));
      store.perform(std::move(job), MonoTime{1}, answers);
      ms.push_back((now_s() - start) * 1e3);
      answers.clear();
    }
    const double s = now_s() - begin;
    std::printf("%3d alarm rows a commit (FULL): %6.0f commits/s %8.0f rows/s\n", rows, 500 / s,
                500 * rows / s);
    print_times("   one commit", ms);
  }
}

void bench_telemetry(Store& store, Answers& answers) {
  constexpr uint64_t kBatches = 300;
  constexpr int kSamples = 10'000;
  const auto signals = catalogue().size();
  std::vector<AppendBatch> batches;
  for (uint64_t seq = 1; seq <= kBatches; ++seq) {
    AppendBatch b = batch(seq, kSamples);
    for (size_t i = 0; i < b.samples.size(); ++i) {
      b.samples[i].sample.signal = static_cast<SignalId>(i % std::min<size_t>(signals, 20));
      b.samples[i].sample.value = static_cast<int32_t>(900 + i * 7 % 90);
    }
    batches.push_back(std::move(b));
  }
  const double begin = now_s();
  for (AppendBatch& b : batches) {
    store.perform(std::move(b), MonoTime{1}, answers);
    answers.clear();
  }
  const double s = now_s() - begin;
  std::printf("telemetry, batches of %d samples of 20 signals: %.0f samples/s, %.2f ms a batch\n",
              kSamples, static_cast<double>(kBatches) * kSamples / s,
              s * 1e3 / static_cast<double>(kBatches));
  const double start = now_s();
  MonoTime t{100'000'000'000'000};
  while (store.housekeeping(t, answers)) {
  }
  std::printf("merging them: %.0f ms\n", (now_s() - start) * 1e3);
  answers.clear();
  const double read = now_s();
  store.perform(ReadRange{1, Lane::vitals, 100, 64}, t, answers);
  std::printf("reading 64 batches back: %.0f ms\n", (now_s() - read) * 1e3);
}

int bench(const std::string& dir) {
  bench_sync(dir);
  Options options;
  options.dir = dir;
  options.home = "h-1";
  options.boot = "bench";
  options.free_floor = 0;
  options.devices = {{"ox1", Role::oximeter}};
  Store store(options);
  Answers answers;
  const double start = now_s();
  store.open(MonoTime{1}, answers);
  std::printf("open of an empty store: %.0f ms\n", (now_s() - start) * 1e3);
  answers.clear();
  bench_events(store, answers);
  bench_telemetry(store, answers);
  return 0;
}

}  // namespace
}  // namespace lamplight::store::test

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: store_bench DIR\n");
    return 2;
  }
  return lamplight::store::test::bench(argv[1]);
}
