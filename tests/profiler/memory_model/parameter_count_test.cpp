#include "profiler/memory_model/parameter_count.h"

#include <gtest/gtest.h>

#include "setups.h"

namespace profile_train {
namespace {

TrainingSetup gpt(std::int64_t blocks, std::int64_t hidden, std::int64_t positions) {
  TrainingSetup s = test::gpt2_small(positions);
  s.blocks = blocks;
  s.hidden = hidden;
  s.feed_forward = 4 * hidden;
  return s;
}

TEST(ParameterCount, OfThePublishedModels) {
  EXPECT_EQ(parameter_count(gpt(12, 768, 1024)), 124'439'808);
  EXPECT_EQ(parameter_count(gpt(24, 1024, 1024)), 354'823'168);
  EXPECT_EQ(parameter_count(gpt(36, 1280, 1024)), 774'030'080);
  EXPECT_EQ(parameter_count(gpt(48, 1600, 1024)), 1'557'611'200);
  EXPECT_EQ(parameter_count(gpt(96, 12288, 2048)), 174'604'259'328);
}

TEST(ParameterCount, AnUntiedHeadAddsATokenTable) {
  TrainingSetup s = test::gpt2_small();
  s.tied_head = false;
  EXPECT_EQ(parameter_count(s), 124'439'808 + 50'257 * 768);
}

TEST(LargestParameter, IsTheTokenTableUnlessTheVocabularyIsSmall) {
  TrainingSetup s = test::gpt2_small();
  EXPECT_EQ(largest_parameter(s), 50'257 * 768);
  s.vocabulary = 256;  // a byte a token: now the feed-forward matrices are larger
  EXPECT_EQ(largest_parameter(s), 768 * 3072);
}

}  // namespace
}  // namespace profile_train
