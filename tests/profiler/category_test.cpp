#include "profiler/category.h"

#include <gmock/gmock.h>

#include <set>

namespace profile_train {
namespace {

TEST(Category, EveryCategoryHasAKeyAndALabelOfItsOwn) {
  std::set<std::string_view> keys;
  std::set<std::string_view> labels;
  for (std::size_t i = 0; i < kCategories; ++i) {
    keys.insert(key_of(category_at(i)));
    labels.insert(label_of(category_at(i)));
  }
  EXPECT_EQ(keys.size(), kCategories);
  EXPECT_EQ(labels.size(), kCategories);
}

TEST(Category, KeysAreThoseThatOtherProgramsRelyOn) {
  EXPECT_EQ(key_of(Category::optimizer_state), "optimizer_state");
  EXPECT_EQ(label_of(Category::optimizer_state), "optimizer state");
  EXPECT_EQ(key_of(Category::weight_copies), "weight_copies");
  EXPECT_EQ(key_of(Category::unknown), "unknown");
}

}  // namespace
}  // namespace profile_train
