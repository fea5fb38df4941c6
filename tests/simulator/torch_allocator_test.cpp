// LibTorch's own caching allocator on the simulated card: what it reserves follows from its rules, and each number here
// is derived from them. Run by ctest with the library preloaded, once for each kind of allocator: see CMakeLists.txt.
#include <ATen/ATen.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <gmock/gmock.h>

#include "tests/simulator/simulated_card.h"

namespace profile_train::simulator {
namespace {

namespace allocator = c10::cuda::CUDACachingAllocator;
using ::testing::HasSubstr;

constexpr std::int64_t kMiB = std::int64_t{1} << 20;

/// A card of 1 GiB whose cache is empty.
class TorchAllocator : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    Settings settings = h200_settings();
    settings.memory_bytes = std::uint64_t{1} << 30;
    simulate(settings);
  }
  void SetUp() override {
    at::empty({1}, at::device(at::kCUDA));  // the first tensor makes the allocator
    allocator::emptyCache();
    allocator::resetPeakStats(0);
  }

  static at::Tensor bytes(std::int64_t count) { return at::empty({count}, at::device(at::kCUDA).dtype(at::kByte)); }
  static std::uintptr_t place(const at::Tensor& tensor) {
    return reinterpret_cast<std::uintptr_t>(tensor.const_data_ptr());
  }
  static std::int64_t current(c10::CachingDeviceAllocator::StatArray c10::CachingDeviceAllocator::DeviceStats::*which) {
    return (allocator::getDeviceStats(0).*which)[0].current;  // of both pools
  }
  static std::int64_t requested() { return current(&c10::CachingDeviceAllocator::DeviceStats::requested_bytes); }
  static std::int64_t allocated() { return current(&c10::CachingDeviceAllocator::DeviceStats::allocated_bytes); }
  static std::int64_t split() { return current(&c10::CachingDeviceAllocator::DeviceStats::inactive_split_bytes); }
  /// What the allocator has reserved, which the card must be charged for.
  static std::int64_t reserved() {
    const std::int64_t bytes = current(&c10::CachingDeviceAllocator::DeviceStats::reserved_bytes);
    const auto [free, total] = allocator::get()->getMemoryInfo(0);
    EXPECT_EQ(static_cast<std::int64_t>(total - free), bytes) << "the driver and the allocator disagree";
    return bytes;
  }
};

TEST_F(TorchAllocator, RoundsTo512BytesAndPutsSmallTensorsIntoSegmentsOf2MiB) {
  const at::Tensor one = bytes(1);
  EXPECT_EQ(requested(), 1);
  EXPECT_EQ(allocated(), 512);
  EXPECT_EQ(reserved(), 2 * kMiB);
  const at::Tensor two = bytes(513);
  EXPECT_EQ(place(two), place(one) + 512) << "split from the rest";
  EXPECT_EQ(allocated(), 512 + 1024);
  const at::Tensor three = bytes(kMiB);  // the largest small one
  EXPECT_EQ(allocated(), 512 + 1024 + kMiB);
  EXPECT_EQ(reserved(), 2 * kMiB);
  EXPECT_EQ(split(), kMiB - 1536);  // what is left of the segment
  const at::Tensor four = bytes(kMiB);
  EXPECT_EQ(reserved(), 4 * kMiB) << "1,536 bytes too many for the first segment";
}

TEST_F(TorchAllocator, PutsTensorsBelow10MiBIntoSegmentsOf20MiB) {
  const at::Tensor a = bytes(kMiB + 1);
  EXPECT_EQ(allocated(), kMiB + 512);
  EXPECT_EQ(reserved(), 20 * kMiB);
  const at::Tensor b = bytes(10 * kMiB - 512);
  EXPECT_EQ(place(b), place(a) + static_cast<std::uintptr_t>(kMiB + 512));
  EXPECT_EQ(reserved(), 20 * kMiB);
  EXPECT_EQ(split(), 9 * kMiB);  // 20 MiB - (1 MiB + 512) - (10 MiB - 512)
  const at::Tensor c = bytes(9 * kMiB);
  EXPECT_EQ(split(), 0);
  EXPECT_EQ(reserved(), 20 * kMiB) << "the rest fits exactly";
}

TEST_F(TorchAllocator, ReservesLargerOnesInMultiplesOf2MiB) {
  const at::Tensor a = bytes(10 * kMiB);
  EXPECT_EQ(reserved(), 10 * kMiB);
  const at::Tensor b = bytes(10 * kMiB + 1);  // a segment of 12 MiB; more than 1 MiB is left: split
  EXPECT_EQ(reserved(), 22 * kMiB);
  EXPECT_EQ(allocated(), 20 * kMiB + 512);
  EXPECT_EQ(split(), 2 * kMiB - 512);
  const at::Tensor c = bytes(11 * kMiB);  // a segment of 12 MiB; 1 MiB is left, not more: the block is all of it
  EXPECT_EQ(reserved(), 34 * kMiB);
  EXPECT_EQ(allocated(), 32 * kMiB + 512);
  EXPECT_EQ(split(), 2 * kMiB - 512);
  EXPECT_EQ(requested(), 31 * kMiB + 1);
}

TEST_F(TorchAllocator, MergesFreeNeighboursAndKeepsTheSegment) {
  at::Tensor a = bytes(6 * kMiB);
  at::Tensor b = bytes(6 * kMiB);
  at::Tensor c = bytes(6 * kMiB);
  EXPECT_EQ(reserved(), 20 * kMiB);
  const std::uintptr_t begin = place(a);
  a.reset();
  c.reset();
  EXPECT_EQ(split(), 14 * kMiB);  // a, and c with the 2 MiB after it
  allocator::emptyCache();
  EXPECT_EQ(reserved(), 20 * kMiB) << "a segment in use stays whole";
  b.reset();
  EXPECT_EQ(split(), 0) << "one block again";
  EXPECT_EQ(reserved(), 20 * kMiB) << "cached";
  const at::Tensor again = bytes(9 * kMiB);
  EXPECT_EQ(place(again), begin);
  EXPECT_EQ(reserved(), 20 * kMiB);
}

TEST_F(TorchAllocator, ReusesTheSmallestBlockThatFits) {
  at::Tensor a = bytes(4 * kMiB);
  const at::Tensor x = bytes(2 * kMiB);
  at::Tensor b = bytes(6 * kMiB);
  const at::Tensor y = bytes(2 * kMiB);  // 6 MiB are left of the first segment
  at::Tensor c = bytes(8 * kMiB);        // a second segment, of which 10 MiB are left after z
  const at::Tensor z = bytes(2 * kMiB);
  EXPECT_EQ(reserved(), 40 * kMiB);
  const std::uintptr_t place_of_b = place(b);
  const std::uintptr_t place_of_c = place(c);
  a.reset();
  b.reset();
  c.reset();
  const at::Tensor d = bytes(5 * kMiB);  // free: 4, 6, 6, 8 and 10 MiB; the first of 6
  EXPECT_EQ(place(d), place_of_b);
  EXPECT_EQ(allocated(), 12 * kMiB);  // x, y and z, and a block of 6 MiB: 1 MiB over is not split off
  const at::Tensor e = bytes(7 * kMiB);
  EXPECT_EQ(place(e), place_of_c);
  EXPECT_EQ(reserved(), 40 * kMiB);
}

TEST_F(TorchAllocator, EmptiesItsCacheToTheDriver) {
  bytes(1);
  bytes(3 * kMiB);
  bytes(30 * kMiB);
  EXPECT_EQ(reserved(), 52 * kMiB);  // 2 + 20 + 30
  EXPECT_EQ(allocated(), 0);
  allocator::emptyCache();
  EXPECT_EQ(reserved(), 0);
}

TEST_F(TorchAllocator, TriesAgainWithoutItsCacheWhenTheCardIsFull) {
  const std::int64_t retries = allocator::getDeviceStats(0).num_alloc_retries;
  bytes(600 * kMiB);
  EXPECT_EQ(reserved(), 600 * kMiB) << "cached";
  const at::Tensor larger = bytes(700 * kMiB);  // 600 + 700 > 1024: the cached segment goes first
  EXPECT_EQ(reserved(), 700 * kMiB);
  EXPECT_EQ(allocator::getDeviceStats(0).num_alloc_retries, retries + 1);
  EXPECT_EQ(allocator::getDeviceStats(0).reserved_bytes[0].peak, 700 * kMiB) << "never both";
}

TEST_F(TorchAllocator, SaysThatTheCardIsFull) {
  const std::int64_t ooms = allocator::getDeviceStats(0).num_ooms;
  const at::Tensor held = bytes(512 * kMiB);
  try {
    bytes(2048 * kMiB);
    FAIL() << "2 GiB fit on a card of 1 GiB";
  } catch (const c10::OutOfMemoryError& error) {
    EXPECT_THAT(error.what(), HasSubstr("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of "
                                        "1024.00 MiB of which 512.00 MiB is free."));
    EXPECT_THAT(error.what(), HasSubstr("512.00 MiB is allocated by PyTorch"));
  }
  EXPECT_EQ(allocator::getDeviceStats(0).num_ooms, ooms + 1);
  EXPECT_EQ(reserved(), 512 * kMiB);
}

TEST_F(TorchAllocator, KeepsTheBlocksOfStreamsApart) {
  const c10::cuda::CUDAStream first = c10::cuda::getStreamFromPool();
  const c10::cuda::CUDAStream second = c10::cuda::getStreamFromPool();
  ASSERT_NE(first.stream(), second.stream());
  {
    const c10::cuda::CUDAStreamGuard guard(first);
    bytes(2 * kMiB);
  }
  EXPECT_EQ(reserved(), 20 * kMiB);
  const c10::cuda::CUDAStreamGuard guard(second);
  const at::Tensor other = bytes(2 * kMiB);
  EXPECT_EQ(reserved(), 40 * kMiB) << "the free block is the first stream's";
  allocator::emptyCache();
  EXPECT_EQ(reserved(), 20 * kMiB);
}

TEST_F(TorchAllocator, ABlockThatAnotherStreamUsesComesBackWhenThatIsDone) {
  const c10::cuda::CUDAStream other = c10::cuda::getStreamFromPool();
  at::Tensor a = bytes(30 * kMiB);
  allocator::recordStream(a.storage().data_ptr(), other);
  a.reset();
  EXPECT_EQ(allocated(), 0);
  const at::Tensor b = bytes(30 * kMiB);  // events are done when they are recorded: the block is free already
  EXPECT_EQ(reserved(), 30 * kMiB);
}

TEST_F(TorchAllocator, AFilledTensorTakesNoMoreThanAnEmptyOne) {
  const at::Tensor zeros = at::zeros({kMiB}, at::device(at::kCUDA).dtype(at::kFloat));
  EXPECT_EQ(allocated(), 4 * kMiB);
  EXPECT_EQ(reserved(), 20 * kMiB);
}

/// PYTORCH_ALLOC_CONF=expandable_segments:True. Physical memory is mapped in pieces of 2 MiB (small) and 20 MiB.
class ExpandableSegments : public TorchAllocator {};

TEST_F(ExpandableSegments, MapAsManyPiecesAsAreNeeded) {
  const at::Tensor a = bytes(25 * kMiB);
  EXPECT_EQ(reserved(), 40 * kMiB);  // 2 pieces
  EXPECT_EQ(allocated(), 25 * kMiB);
  const at::Tensor b = bytes(10 * kMiB);
  EXPECT_EQ(place(b), place(a) + static_cast<std::uintptr_t>(25 * kMiB));
  EXPECT_EQ(reserved(), 40 * kMiB) << "5 MiB are left";
}

TEST_F(ExpandableSegments, GrowAtTheirEnd) {
  const at::Tensor a = bytes(30 * kMiB);  // 2 pieces, 10 MiB left
  const at::Tensor b = bytes(15 * kMiB);  // 10 of them, and 5 of a third
  EXPECT_EQ(place(b), place(a) + static_cast<std::uintptr_t>(30 * kMiB));
  EXPECT_EQ(reserved(), 60 * kMiB);
}

TEST_F(ExpandableSegments, GiveBackThePiecesThatNothingIsIn) {
  at::Tensor a = bytes(30 * kMiB);
  at::Tensor b = bytes(30 * kMiB);
  EXPECT_EQ(reserved(), 60 * kMiB);
  b.reset();
  allocator::emptyCache();
  EXPECT_EQ(reserved(), 40 * kMiB) << "the second piece holds the last 10 MiB of a";
  a.reset();
  allocator::emptyCache();
  EXPECT_EQ(reserved(), 0);
}

TEST_F(ExpandableSegments, SmallTensorsHavePiecesOf2MiB) {
  const at::Tensor a = bytes(kMiB);
  const at::Tensor b = bytes(kMiB);
  EXPECT_EQ(reserved(), 2 * kMiB);
  const at::Tensor c = bytes(1);
  EXPECT_EQ(reserved(), 4 * kMiB);
  EXPECT_EQ(place(c), place(a) + static_cast<std::uintptr_t>(2 * kMiB));
}

TEST_F(ExpandableSegments, EndWhereTheCardEnds) {
  const at::Tensor held = bytes(1000 * kMiB);  // 50 pieces; 24 MiB are left on the card
  EXPECT_EQ(reserved(), 1000 * kMiB);
  EXPECT_THROW(bytes(30 * kMiB), c10::OutOfMemoryError);  // 2 pieces
  EXPECT_EQ(reserved(), 1000 * kMiB);
  const at::Tensor last = bytes(20 * kMiB);
  EXPECT_EQ(reserved(), 1020 * kMiB);
}

/// PYTORCH_ALLOC_CONF=backend:cudaMallocAsync. The driver's pool does what the caching allocator does otherwise.
class MallocAsync : public TorchAllocator {};

TEST_F(MallocAsync, TheDriversPoolKeepsWhatIsFreed) {
  at::Tensor a = bytes(3 * kMiB + 1);
  EXPECT_EQ(allocated(), 3 * kMiB + 512);  // pieces of 512 B
  EXPECT_EQ(reserved(), 4 * kMiB);         // units of 2 MiB
  const at::Tensor b = bytes(kMiB - 512);
  EXPECT_EQ(allocated(), 4 * kMiB);
  EXPECT_EQ(reserved(), 4 * kMiB);
  a.reset();
  EXPECT_EQ(allocated(), kMiB - 512);
  EXPECT_EQ(reserved(), 4 * kMiB) << "kept";
  allocator::emptyCache();
  EXPECT_EQ(reserved(), 2 * kMiB);
}

TEST_F(MallocAsync, EndsWhereTheCardEnds) {
  const at::Tensor held = bytes(1000 * kMiB);
  EXPECT_THROW(bytes(30 * kMiB), c10::OutOfMemoryError);
  EXPECT_EQ(reserved(), 1000 * kMiB);
}

}  // namespace
}  // namespace profile_train::simulator
