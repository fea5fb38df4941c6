#include "simulator/truth_values.h"

#include <gtest/gtest.h>

namespace profile_train::simulator {
namespace {

constexpr std::uintptr_t kBase = 0x2000'0000'0000;
constexpr TruthValues::Answer kFinite{true, "isfinite"};
constexpr TruthValues::Answer kNan{false, "isnan"};

/// "isfinite", or "" where nothing is known.
std::string made_by(const TruthValues& truths, std::uintptr_t offset, std::size_t count) {
  const auto answer = truths.find(kBase + offset, count);
  return answer ? answer->operation : "";
}

TEST(TruthValues, FollowFromTheOperatorThatMadeThem) {
  TruthValues truths;
  EXPECT_EQ(made_by(truths, 0, 1), "");
  truths.set(kBase, 4, kFinite);
  truths.set(kBase + 4, 2, kNan);
  EXPECT_EQ(made_by(truths, 0, 4), "isfinite");
  EXPECT_EQ(made_by(truths, 3, 1), "isfinite");
  EXPECT_EQ(made_by(truths, 4, 2), "isnan");
  EXPECT_TRUE(truths.find(kBase, 1)->value);
  EXPECT_FALSE(truths.find(kBase + 5, 1)->value);
  EXPECT_EQ(made_by(truths, 3, 2), "") << "of two operators";
  EXPECT_EQ(made_by(truths, 6, 1), "");
}

TEST(TruthValues, AreLostWhereSomethingElseIsWritten) {
  TruthValues truths;
  truths.set(kBase, 4, kFinite);
  truths.set(kBase + 4, 4, kNan);
  truths.set(kBase + 8, 4, kFinite);
  truths.forget(kBase + 7, 1);
  EXPECT_EQ(made_by(truths, 4, 1), "") << "a value that was touched is forgotten as a whole";
  EXPECT_EQ(made_by(truths, 0, 4), "isfinite");
  EXPECT_EQ(made_by(truths, 8, 4), "isfinite");
  truths.set(kBase + 2, 8, kNan);
  EXPECT_EQ(made_by(truths, 2, 8), "isnan");
  EXPECT_EQ(made_by(truths, 0, 1), "") << "overwritten in part";
  EXPECT_EQ(made_by(truths, 11, 1), "");
}

TEST(TruthValues, NothingIsMadeOfNothing) {
  TruthValues truths;
  truths.set(kBase, 0, kFinite);
  EXPECT_EQ(made_by(truths, 0, 1), "");
  truths.set(kBase, 2, kFinite);
  truths.forget(kBase + 2, 8);
  EXPECT_EQ(made_by(truths, 0, 2), "isfinite") << "what begins after it is another's";
}

}  // namespace
}  // namespace profile_train::simulator
