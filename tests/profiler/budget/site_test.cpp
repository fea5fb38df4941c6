#include "profiler/budget/site.h"

#include <gtest/gtest.h>

namespace profile_train {
namespace {

LiveAllocation live(Bytes bytes, std::string op, std::string module, std::vector<std::int64_t> sizes = {8}) {
  LiveAllocation allocation;
  allocation.bytes = bytes;
  allocation.category = Category::activations;
  allocation.dtype = "float32";
  allocation.sizes = std::move(sizes);
  allocation.op = std::move(op);
  allocation.module = std::move(module);
  return allocation;
}

TEST(Sites, BlocksThatDoTheSameAreOne) {
  const auto sites = as_sites({live(32, "aten::softmax", "h.0.attn"), live(32, "aten::softmax", "h.11.attn"),
                               live(40, "aten::linear", "lm_head")});
  ASSERT_EQ(sites.size(), 2U);
  EXPECT_EQ(sites[0].module, "h.*.attn");
  EXPECT_EQ(sites[0].count, 2);
  EXPECT_EQ(sites[0].bytes, 64);
  EXPECT_EQ(sites[1].module, "lm_head");
}

TEST(Sites, OfOneSizeTheOldestComesFirst) {
  // As live sets come: largest first, and of equal ones the oldest.
  const auto sites = as_sites({live(32, "z_oldest", "m"), live(32, "a_younger", "m")});
  EXPECT_EQ(sites.at(0).op, "z_oldest");
}

TEST(Sites, OneBlockKeepsItsNumber) {
  EXPECT_EQ(as_sites({live(32, "aten::softmax", "h.7.attn")}).at(0).module, "h.7.attn");
}

TEST(Sites, OtherShapesAreOtherSites) {
  EXPECT_EQ(as_sites({live(32, "aten::softmax", "h.0", {8}), live(32, "aten::softmax", "h.0", {2, 4})}).size(), 2U);
}

TEST(Sites, WithoutATypeTheSizeTellsThemApart) {
  LiveAllocation a = live(32, "op", "m");
  LiveAllocation b = live(64, "op", "m");
  a.dtype.clear();
  b.dtype.clear();
  const auto sites = as_sites({a, b});
  ASSERT_EQ(sites.size(), 2U);
  EXPECT_TRUE(sites[0].sizes.empty());
}

TEST(Sites, WhatGrewMostComesFirst) {
  const auto sites = as_sites({live(1000, "large", "m"), live(30, "grown", "m"), live(20, "new", "m")},
                              {live(1000, "large", "m"), live(25, "grown", "m"), live(500, "gone", "m")});
  ASSERT_EQ(sites.size(), 3U);
  EXPECT_EQ(sites[0].op, "new");
  EXPECT_EQ(sites[0].baseline_bytes, 0);
  EXPECT_EQ(sites[1].op, "grown");
  EXPECT_EQ(sites[1].baseline_bytes, 25);
  EXPECT_EQ(sites[2].op, "large");
}

}  // namespace
}  // namespace profile_train
