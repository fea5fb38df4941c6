#include "profiler/diff/sites.h"

#include <gtest/gtest.h>

namespace profile_train {
namespace {

LiveAllocation live(Bytes bytes, std::string op, std::string module, std::vector<std::int64_t> sizes,
                    EventIndex age = 10) {
  LiveAllocation allocation;
  allocation.bytes = bytes;
  allocation.category = Category::activations;
  allocation.dtype = "float32";
  allocation.sizes = std::move(sizes);
  allocation.op = std::move(op);
  allocation.module = std::move(module);
  allocation.phase = Phase::forward;
  allocation.age_events = age;
  return allocation;
}

TEST(MatchSites, TheSameIsTheSame) {
  const std::vector<LiveAllocation> run = {live(32, "aten::softmax", "h.0.attn", {8}),
                                           live(32, "aten::softmax", "h.1.attn", {8})};
  const auto sites = match_sites(run, run);
  ASSERT_EQ(sites.size(), 1U);
  EXPECT_EQ(sites[0].change, SiteChange::same);
  EXPECT_EQ(sites[0].module, "h.*.attn");
  EXPECT_EQ(sites[0].count_before, 2);
  EXPECT_EQ(sites[0].count_after, 2);
  EXPECT_EQ(sites[0].bytes_changed(), 0);
}

TEST(MatchSites, TellsNewAndGone) {
  const auto sites = match_sites({live(32, "aten::gelu", "mlp", {8})}, {live(64, "aten::dropout", "attn", {16})});
  ASSERT_EQ(sites.size(), 2U);
  EXPECT_EQ(sites[0].change, SiteChange::appeared);
  EXPECT_EQ(sites[0].op, "aten::dropout");
  EXPECT_EQ(sites[1].change, SiteChange::gone);
  EXPECT_EQ(sites[1].bytes_changed(), -32);
}

TEST(MatchSites, AnotherShapeAtTheSamePlaceGrew) {
  const auto sites =
      match_sites({live(32, "aten::linear", "lm_head", {1, 8})}, {live(64, "aten::linear", "lm_head", {2, 8})});
  ASSERT_EQ(sites.size(), 1U);
  EXPECT_EQ(sites[0].change, SiteChange::grown);
  EXPECT_EQ(sites[0].sizes, (std::vector<std::int64_t>{2, 8}));
  EXPECT_EQ(sites[0].sizes_before, (std::vector<std::int64_t>{1, 8}));
}

TEST(MatchSites, EqualShapesFindEachOtherBeforeOrderDecides) {
  // The old run made {8} and then {4} at this place; the new one {4} alone. {8} is gone; {4} did not shrink from it.
  const auto sites =
      match_sites({live(32, "op", "m", {8}, 20), live(16, "op", "m", {4}, 10)}, {live(16, "op", "m", {4}, 10)});
  ASSERT_EQ(sites.size(), 2U);
  EXPECT_EQ(sites[0].change, SiteChange::gone);
  EXPECT_EQ(sites[0].bytes_before, 32);
  EXPECT_EQ(sites[1].change, SiteChange::same);
}

TEST(MatchSites, OneMoreOfTheSameIsNew) {
  const LiveAllocation logits = live(400, "aten::linear", "lm_head", {100});
  const auto sites = match_sites({logits}, {logits, logits});
  ASSERT_EQ(sites.size(), 2U);
  EXPECT_EQ(sites[0].change, SiteChange::appeared);
  EXPECT_EQ(sites[0].count_after, 1);
  EXPECT_EQ(sites[1].change, SiteChange::same);
}

TEST(MatchSites, AnotherOperatorInTheSameModuleIsTheSameThing) {
  const auto sites = match_sites({live(32, "aten::_flash_attention_for_cpu", "h.0.attn", {8})},
                                 {live(32, "aten::_efficient_attention", "h.0.attn", {8})});
  ASSERT_EQ(sites.size(), 1U);
  EXPECT_EQ(sites[0].change, SiteChange::same);
  EXPECT_EQ(sites[0].op_before, "aten::_flash_attention_for_cpu");
}

TEST(MatchSites, ParametersAreKnownByTheirNames) {
  LiveAllocation before = live(32, "aten::empty", "", {8});
  before.category = Category::weights;
  before.name = "wte.weight";
  LiveAllocation after = before;
  after.op = "aten::normal_";
  after.dtype = "bfloat16";
  after.bytes = 16;
  const auto sites = match_sites({before}, {after});
  ASSERT_EQ(sites.size(), 1U);
  EXPECT_EQ(sites[0].change, SiteChange::shrunk);
  EXPECT_EQ(sites[0].dtype_before, "float32");
}

TEST(MatchSites, WhatHasOtherDimensionsIsAnotherThing) {
  const auto sites = match_sites({live(4096, "aten::scaled_dot_product_attention", "h.0.attn", {32, 32})},
                                 {live(8, "aten::scaled_dot_product_attention", "h.0.attn", {})});
  ASSERT_EQ(sites.size(), 2U);
  EXPECT_EQ(sites[0].change, SiteChange::gone);
  EXPECT_EQ(sites[1].change, SiteChange::appeared);
}

TEST(MatchSites, AParameterThatIsPackedIsStillTheParameter) {
  LiveAllocation before = live(32, "aten::empty", "", {2, 4});
  before.name = "c_fc.weight";
  LiveAllocation after = before;
  after.dtype = "uint8";
  after.sizes = {4};
  after.bytes = 4;
  const auto sites = match_sites({before}, {after});
  ASSERT_EQ(sites.size(), 1U);
  EXPECT_EQ(sites[0].change, SiteChange::shrunk);
}

}  // namespace
}  // namespace profile_train
