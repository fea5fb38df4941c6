// Exports keep nothing that grows with the trace: a trace ten times as long takes no more memory to write.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

#include "reports/exports/format.h"
#include "tests/reports/exports/export_traces.h"

namespace {

// Every operator new of this program is counted; each block carries its size in front of it.
constexpr std::size_t kFront = alignof(std::max_align_t);
std::atomic<std::int64_t> live_bytes{0};
std::atomic<std::int64_t> most_bytes{0};

}  // namespace

void* operator new(std::size_t size) {
  void* const block = std::malloc(size + kFront);
  if (block == nullptr) throw std::bad_alloc();
  *static_cast<std::size_t*>(block) = size;
  const std::int64_t live = live_bytes += static_cast<std::int64_t>(size);
  if (live > most_bytes) most_bytes = live;
  return static_cast<char*>(block) + kFront;
}

void operator delete(void* pointer) noexcept {
  if (pointer == nullptr) return;
  void* const block = static_cast<char*>(pointer) - kFront;
  live_bytes -= static_cast<std::int64_t>(*static_cast<std::size_t*>(block));
  std::free(block);
}

void operator delete(void* pointer, std::size_t /*size*/) noexcept { operator delete(pointer); }

namespace profile_train::reports {
namespace {

class CountingSink final : public ByteSink {
 public:
  void write(std::string_view piece) override { bytes += static_cast<std::int64_t>(piece.size()); }
  std::int64_t bytes = 0;
};

struct Cost {
  std::int64_t memory = 0;
  std::int64_t written = 0;
};

Cost cost_of(const ExportFormat& format, const Analysis& analysis) {
  CountingSink sink;
  const std::int64_t before = live_bytes;
  most_bytes = before;
  format.write(analysis, sink);
  return {most_bytes - before, sink.bytes};
}

TEST(ExportMemory, DoesNotGrowWithTheTrace) {
  const Analysis small = analyse(test::long_trace(300));
  const Analysis large = analyse(test::long_trace(30'000));
  for (const ExportFormat& format : export_formats()) {
    const Cost of_small = cost_of(format, small);
    const Cost of_large = cost_of(format, large);
    EXPECT_GT(of_small.memory, 0) << format.name << ": nothing was counted";
    EXPECT_LE(of_large.memory, of_small.memory + 64) << format.name;  // longer numbers in a line or two
    const bool of_the_peak = format.name == "pprof" || format.name == "collapsed" || format.name == "speedscope";
    if (!of_the_peak) {
      EXPECT_GT(of_large.written, 50 * of_small.written) << format.name;
    }
  }
}

}  // namespace
}  // namespace profile_train::reports
