#include "profiler/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace profile_train {
namespace {

TEST(EditDistance, CountsSingleLetterMistakes) {
  EXPECT_EQ(edit_distance("hidden", "hidden"), 0U);
  EXPECT_EQ(edit_distance("hiden", "hidden"), 1U);    // one missing
  EXPECT_EQ(edit_distance("hiddden", "hidden"), 1U);  // one too many
  EXPECT_EQ(edit_distance("hidded", "hidden"), 1U);   // one wrong
  EXPECT_EQ(edit_distance("hidedn", "hidden"), 1U);   // two neighbours swapped
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

const std::vector<std::string> kKeys = {"train.batch_size", "train.sequence", "model.heads", "train"};

TEST(Nearest, FindsTheMistypedKey) {
  EXPECT_EQ(nearest("train.batch_sise", kKeys), "train.batch_size");
  EXPECT_EQ(nearest("train.batchsize", kKeys), "train.batch_size");
  EXPECT_EQ(nearest("tarin", kKeys), "train");
}

TEST(Nearest, FindsAKeyInAnotherSection) {
  EXPECT_EQ(nearest("heads", kKeys), "model.heads");
  EXPECT_EQ(nearest("train.heads", kKeys), "model.heads");
}

TEST(Nearest, SuggestsNothingForSomethingElse) {
  EXPECT_EQ(nearest("warmup_ratio", kKeys), std::nullopt);
  EXPECT_EQ(nearest("x", {}), std::nullopt);
}

}  // namespace
}  // namespace profile_train
