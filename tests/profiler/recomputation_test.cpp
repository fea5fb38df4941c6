#include "profiler/recomputation.h"

#include <gmock/gmock.h>

#include "profiler/analysis.h"
#include "tests/profiler/trace_builder.h"

namespace profile_train {
namespace {

using ::testing::ElementsAre;

/// One step that keeps the input of a block, 100 bytes, and runs the block again inside backward.
Analysis checkpointed_step() {
  test::TraceBuilder t;
  t.step(1).phase(Phase::forward).module("h.0").op("aten::add").allocate(1, 100);
  t.wait(100'000);
  t.phase(Phase::backward).no_scope().backward("Checkpoint").nested_phase(Phase::recompute);
  t.module("h.0.mlp")
      .op("aten::addmm")
      .tensor(2, "float32", {100})
      .allocate(3, 30);  // kept, and scratch of the library
  t.free(3).op("aten::gelu").allocate(4, 400);
  t.wait(500).end_phase();
  t.free(4).free(2).free(1);
  t.phase(Phase::zero_grad).op("aten::zero_").end_phase().end_step();
  return analyse(t.build());
}

TEST(Recomputation, IsWhatHappenedInItsPhase) {
  const Analysis analysis = checkpointed_step();
  ASSERT_TRUE(analysis.summary.recomputation.has_value());
  const Recomputation& again = *analysis.summary.recomputation;
  EXPECT_EQ(again.step, 1);
  EXPECT_EQ(again.stretches, 1);
  EXPECT_EQ(again.operators, 2) << "two allocations of addmm, one of gelu";
  EXPECT_EQ(again.allocated_bytes, 830);
  EXPECT_EQ(again.most_alive_bytes, 800) << "without what the recomputation itself let go of";
  EXPECT_GT(again.seconds, 0.0);
  EXPECT_GT(again.forward_seconds, again.seconds);
  ASSERT_EQ(again.modules.size(), 1U);
  EXPECT_EQ(again.modules[0].name, "h.0.mlp");
  EXPECT_EQ(again.modules[0].allocations, 3);
}

TEST(Recomputation, LeavesActivations) {
  std::vector<Category> categories;
  for (const Allocation& a : checkpointed_step().allocations) categories.push_back(a.category);
  EXPECT_THAT(categories,
              ElementsAre(Category::activations, Category::activations, Category::workspace, Category::activations));
}

TEST(Recomputation, IsNotThereWhereNothingRanTwice) {
  test::TraceBuilder t;
  t.step(1).phase(Phase::forward).op("aten::add").allocate(1, 100);
  t.phase(Phase::backward).free(1).phase(Phase::zero_grad).op("aten::zero_").end_phase().end_step();
  EXPECT_FALSE(analyse(t.build()).summary.recomputation.has_value());
}

TEST(AttentionOperators, AreReadFromTheTraceWithoutTheirBackward) {
  test::TraceBuilder t;
  t.step(1).phase(Phase::forward).op("aten::scaled_dot_product_attention");
  t.inner_op("aten::_scaled_dot_product_flash_attention").allocate(1, 8);
  t.phase(Phase::backward).op("aten::_scaled_dot_product_flash_attention_backward").free(1);
  EXPECT_THAT(analyse(t.build()).summary.attention_operators, ElementsAre("aten::_scaled_dot_product_flash_attention"));
}

}  // namespace
}  // namespace profile_train
