#include "profiler/allocator/rounding.h"

#include <gtest/gtest.h>

namespace profile_train::allocator {
namespace {

TEST(BlockBytes, AreMultiplesOf512) {
  EXPECT_EQ(block_bytes(1, {}), 512);
  EXPECT_EQ(block_bytes(512, {}), 512);
  EXPECT_EQ(block_bytes(513, {}), 1024);
  EXPECT_EQ(block_bytes(3 * kMiB + 1, {}), 3 * kMiB + 512);
}

TEST(BlockBytes, AreTheNextOfTheDivisionsBetweenPowersOfTwo) {
  Settings settings;
  settings.roundup_power2_divisions.fill(4);
  EXPECT_EQ(block_bytes(2 * kMiB + 1, settings), 2 * kMiB + kMiB / 2);
  EXPECT_EQ(block_bytes(3 * kMiB, settings), 3 * kMiB);
  EXPECT_EQ(block_bytes(4 * kMiB, settings), 4 * kMiB) << "a power of two stays";
  EXPECT_EQ(block_bytes(2048, settings), 2048) << "up to 512 B a division there is nothing to divide";
  EXPECT_EQ(block_bytes(2049, settings), 2560);
}

TEST(BlockBytes, TakeTheDivisionsOfTheirSize) {
  Settings settings;
  settings.roundup_power2_divisions[1] = 2;  // from 2 MiB on
  EXPECT_EQ(block_bytes(2 * kMiB + 1, settings), 3 * kMiB);
  EXPECT_EQ(block_bytes(4 * kMiB + 1, settings), 4 * kMiB + 512);
}

TEST(SegmentBytes, GrowInThreeSteps) {
  EXPECT_EQ(segment_bytes(kMiB, {}), 2 * kMiB);
  EXPECT_EQ(segment_bytes(kMiB + 512, {}), 20 * kMiB);
  EXPECT_EQ(segment_bytes(10 * kMiB - 512, {}), 20 * kMiB);
  EXPECT_EQ(segment_bytes(10 * kMiB, {}), 10 * kMiB);
  EXPECT_EQ(segment_bytes(11 * kMiB, {}), 12 * kMiB);
  Settings settings;
  settings.large_segment_bytes = 64 * kMiB;
  EXPECT_EQ(segment_bytes(2 * kMiB, settings), 64 * kMiB);
}

}  // namespace
}  // namespace profile_train::allocator
