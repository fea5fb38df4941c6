#include "profiler/allocator/settings.h"

#include <gmock/gmock.h>

namespace profile_train::allocator {
namespace {

using testing::HasSubstr;

TEST(AllocatorSettings, AreWrittenAsForPyTorch) {
  const auto read = parse_settings(
      "expandable_segments:True, "
      "max_split_size_mb:128,garbage_collection_threshold:0.8,per_process_memory_fraction:0.5");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->expandable_segments);
  EXPECT_EQ(read->max_split_bytes, 128 * kMiB);
  EXPECT_EQ(read->garbage_collection_threshold, 0.8);
  EXPECT_EQ(read->memory_fraction, 0.5);
  EXPECT_EQ(parse_settings(to_text(*read)), *read);
}

TEST(AllocatorSettings, HaveDefaults) {
  EXPECT_EQ(parse_settings(""), Settings{});
  EXPECT_EQ(parse_settings("default"), Settings{});
  EXPECT_EQ(to_text({}), "default");
  EXPECT_EQ(parse_settings("backend:native,pinned_use_background_threads:True"), Settings{}) << "not about placement";
}

TEST(AllocatorSettings, DivisionsMayDifferBySize) {
  const auto all = parse_settings("roundup_power2_divisions:8");
  ASSERT_TRUE(all);
  EXPECT_THAT(all->roundup_power2_divisions, testing::Each(8U));
  const auto some = parse_settings("roundup_power2_divisions:[4:1,8:2,>:16]");
  ASSERT_TRUE(some) << some.error().message;
  EXPECT_EQ(some->roundup_power2_divisions[0], 1U) << "what is below the first takes its value";
  EXPECT_EQ(some->roundup_power2_divisions[3], 2U);
  EXPECT_EQ(some->roundup_power2_divisions[4], 16U);
  EXPECT_EQ(parse_settings(to_text(*some)), *some);
}

TEST(AllocatorSettings, AWrongOneIsToldWithARemedy) {
  EXPECT_THAT(parse_settings("expandable_segment:True").error().message, HasSubstr("did you mean expandable_segments"));
  EXPECT_THAT(parse_settings("expandable_segments:yes").error().message, HasSubstr("neither True nor False"));
  EXPECT_THAT(parse_settings("max_split_size_mb:3").error().message, HasSubstr("from 20 on"));
  EXPECT_THAT(parse_settings("roundup_power2_divisions:3").error().message, HasSubstr("not a power of two"));
  EXPECT_THAT(parse_settings("garbage_collection_threshold:7").error().message, HasSubstr("between 0 and 1"));
  EXPECT_THAT(parse_settings("backend:cudaMallocAsync").error().message, HasSubstr("leave it out"));
  EXPECT_THAT(parse_settings("nonsense").error().message, HasSubstr("has no value"));
}

}  // namespace
}  // namespace profile_train::allocator
