#include <gtest/gtest.h>

#include "profiler/memory_model/symbolic/operators.h"

namespace profile_train::symbolic {
namespace {

Bytes live_bytes(const Program& program) { return program.events().empty() ? 0 : program.events().back().live_bytes; }

Bytes peak_bytes(const Program& program) {
  Bytes peak = 0;
  for (const PredictedEvent& event : program.events()) peak = std::max(peak, event.live_bytes);
  return peak;
}

TEST(SymbolicTensor, AViewSharesMemoryAndTheLastOneReleasesIt) {
  Program program({.threads = 1});
  {
    Tensor view_of_it;
    {
      const Tensor x = empty(program, {2, 3});
      view_of_it = transposed(x, 0, 1);
      EXPECT_EQ(live_bytes(program), 24);
    }
    EXPECT_EQ(live_bytes(program), 24);
  }
  EXPECT_EQ(live_bytes(program), 0);
}

TEST(SymbolicTensor, HeadsFoldIntoTheBatchWithoutACopyOnlyIfOneOfThemIsOne) {
  // q is a third of (B, S, 3H), seen as (B, a, S, d): strides (S·3H, d, 3H, 1).
  const auto folds = [](std::int64_t batch, std::int64_t heads) {
    Program program({.threads = 1});
    const std::int64_t sequence = 5, head_size = 4, hidden = heads * head_size;
    Tensor q = empty(program, {batch, sequence, heads, head_size});
    q.strides = {sequence * 3 * hidden, 3 * hidden, head_size, 1};
    q = transposed(q, 1, 2);
    return !view_strides(q, {batch * heads, sequence, head_size}).empty();
  };
  EXPECT_FALSE(folds(2, 3));
  EXPECT_TRUE(folds(1, 3));
  EXPECT_TRUE(folds(2, 1));
}

TEST(SymbolicTensor, EmptyLikeKeepsTheOrderOfStridesWithoutTheGaps) {
  Program program({.threads = 1});
  Tensor x = empty(program, {2, 3});
  x.strides = {1, 10};  // columns of a larger matrix
  EXPECT_EQ(empty_like(program, x).strides, (Sizes{1, 2}));
}

TEST(SymbolicAutograd, KeepsTheInputOfAProductAndReleasesItInBackward) {
  Program program({.threads = 1});
  const auto weight = make_parameter(program, "w", {3, 5});  // 60 B
  const auto bias = make_parameter(program, "b", {5});       // 20 B
  {
    Tensor loss;
    {
      const Tensor x = empty(program, {2, 3});               // 24 B, kept: the weight's gradient needs it
      loss = addmm(program, bias->value, x, weight->value);  // 40 B
    }
    EXPECT_EQ(live_bytes(program), 60 + 20 + 24 + 40);
    run_backward(program, loss);
    EXPECT_EQ(live_bytes(program), 60 + 20 + 40 + 60 + 20);  // x is gone, two gradients are there
  }
  EXPECT_EQ(live_bytes(program), 2 * (60 + 20));
  EXPECT_EQ(program.allocations()[weight->gradient.storage->id()].role, Role::gradient);
}

TEST(SymbolicAutograd, ATiedTableHasThreeBuffersWhileItsTwoGradientsAreAdded) {
  Program program({.threads = 1});
  const auto table = make_parameter(program, "wte", {100, 4});  // 1,600 B
  const Tensor ids = empty(program, {1, 2}, kInt64Bytes);
  const Bytes before = live_bytes(program);
  {
    const Tensor logits = linear_without_bias(program, embedding(program, table->value, ids), table->value);
    run_backward(program, logits);
  }
  EXPECT_EQ(live_bytes(program) - before, 1'600);  // one gradient stays
  EXPECT_GE(peak_bytes(program) - before, 3 * 1'600);
}

TEST(SymbolicAutograd, GradientsThatMeetAreAddedInPlaceWhenNobodyElseSeesTheFirst) {
  Program program({.threads = 1});
  const auto weight = make_parameter(program, "w", {8});
  const auto bias = make_parameter(program, "b", {8});
  const auto adds_made = [&] {
    Bytes made = 0;
    for (const PredictedAllocation& a : program.allocations()) made += a.op == "NativeLayerNormBackward0" ? 1 : 0;
    return made;
  };
  {
    const Tensor x = layer_norm(program, empty(program, {3, 8}), weight->value, bias->value);
    const Tensor y = add(program, x, layer_norm(program, x, weight->value, bias->value));
    run_backward(program, multiply_by_number(program, y));
  }
  // Each of the two norms' backwards makes three gradients and one buffer, but for the first norm's input, which needs
  // none; x's two gradients make nothing. The second norm's weight and bias gradients are added to those of the first:
  // both wait in input buffers, nobody else sees them.
  EXPECT_EQ(adds_made(), 2 * 4 - 1);
}

}  // namespace
}  // namespace profile_train::symbolic
