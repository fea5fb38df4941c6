#include "profiler/budget/module_pattern.h"

#include <gtest/gtest.h>

namespace profile_train {
namespace {

TEST(ModulePattern, MatchesAModuleAndWhatIsInsideIt) {
  EXPECT_TRUE(matches_module("transformer.h.0", "transformer.h.0"));
  EXPECT_TRUE(matches_module("transformer.h.0", "transformer.h.0.attn.c_attn"));
  EXPECT_FALSE(matches_module("transformer.h.0", "transformer.h"));
  EXPECT_FALSE(matches_module("transformer.h.0", "transformer.h.01"));
  EXPECT_FALSE(matches_module("transformer.h.0", ""));
}

TEST(ModulePattern, AStarStaysWithinItsPart) {
  EXPECT_TRUE(matches_module("transformer.h.*.attn", "transformer.h.11.attn"));
  EXPECT_TRUE(matches_module("transformer.h.*.attn", "transformer.h.11.attn.c_proj"));
  EXPECT_FALSE(matches_module("transformer.h.*.attn", "transformer.h.11.mlp"));
  EXPECT_FALSE(matches_module("transformer.*.attn", "transformer.h.11.attn"));
  EXPECT_TRUE(matches_module("h.*.c_*", "h.3.c_proj"));
  EXPECT_TRUE(matches_module("*_head", "lm_head"));
  EXPECT_FALSE(matches_module("*_head", "lm_head_2"));
  EXPECT_TRUE(matches_module("a*b*c", "aXbYbZc"));
  EXPECT_FALSE(matches_module("a*b*c", "aXbYbZ"));
  EXPECT_TRUE(matches_module("*", "anything"));
}

}  // namespace
}  // namespace profile_train
