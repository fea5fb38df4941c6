#include "profiler/categories.h"

#include <gmock/gmock.h>

#include "profiler/analysis.h"
#include "tests/profiler/trace_builder.h"

namespace profile_train {
namespace {

using ::testing::ElementsAre;

std::vector<Category> categories_of(Trace trace) {
  std::vector<Category> categories;
  for (const Allocation& a : analyse(std::move(trace)).allocations) categories.push_back(a.category);
  return categories;
}

constexpr Bytes kVocabulary = 50;

/// A trace of a model with 50 tokens, whose head's output has 6 rows.
test::TraceBuilder with_vocabulary() {
  test::TraceBuilder t;
  t.trace().header.setup = TrainingSetup{.vocabulary = kVocabulary};
  return t;
}

TEST(Categories, RolesDecideFromBirthOn) {
  test::TraceBuilder t;
  t.phase(Phase::init).allocate(1, 8).role(1, Role::parameter, "w");
  t.allocate(2, 8).role(2, Role::buffer, "mask");
  t.phase(Phase::backward).allocate(3, 8).role(3, Role::gradient, "w.grad");
  t.phase(Phase::optimizer_step).allocate(4, 8).role(4, Role::optimizer_state, "w.exp_avg");
  t.phase(Phase::other).allocate(5, 8).role(5, Role::input, "tokens");
  EXPECT_THAT(categories_of(t.build()), ElementsAre(Category::weights, Category::weights, Category::gradients,
                                                    Category::optimizer_state, Category::inputs));
}

TEST(Categories, AStorageThatBecomesAGradientWasOneFromBirth) {
  test::TraceBuilder t;
  t.step(1).phase(Phase::backward).backward("AddmmBackward0").allocate(0x1000, 4096);  // 2: owner unknown
  t.allocate(0x2000, 512).free(0x2000);
  t.role(0x1000, Role::gradient, "w.grad");
  const Analysis analysis = analyse(t.build());
  const std::vector<TimelinePoint> points = timeline(analysis, 100);
  ASSERT_EQ(points.at(0).event, 2U);
  EXPECT_EQ(at(points[0].by_category, Category::gradients), 4096);
  EXPECT_EQ(at(points[0].by_category, Category::unknown), 0);
}

TEST(Categories, WhatALibraryWorksInOnACardIsWorkspace) {
  test::TraceBuilder t;
  t.device(DeviceType::cuda).step(1).phase(Phase::forward).op("aten::addmm");
  t.allocate(1, 32 << 20);         // 0: kept by cuBLAS to the end of the process
  t.tensor(2, "float32", {4, 8});  // 1: the product, which backward needs
  t.allocate(3, 512).free(3);      // 2: not kept
  t.phase(Phase::backward).backward("AddmmBackward0").op("aten::mm").allocate(4, 32 << 20);  // 3: the other thread's
  t.free(2);
  t.step(2).phase(Phase::forward).op("aten::addmm").tensor(5, "float32", {4, 8});  // 4: the same again
  t.phase(Phase::backward).free(5);
  EXPECT_THAT(categories_of(t.build()), ElementsAre(Category::workspace, Category::activations, Category::temporary,
                                                    Category::workspace, Category::activations));
}

TEST(Categories, WhatAFailedBackwardStillHoldsIsTemporary) {
  test::TraceBuilder t;
  t.step(1).phase(Phase::backward).allocate(1, 400);
  t.trace().footer.failure = "out of memory";
  EXPECT_THAT(categories_of(t.build()), ElementsAre(Category::temporary));
  t.trace().footer.failure = "";
  EXPECT_THAT(categories_of(t.build()), ElementsAre(Category::unknown));
}

TEST(Categories, WhatTheDataPhaseLeavesIsAnInput) {
  test::TraceBuilder t;
  t.step(1).phase(Phase::data).allocate(1, 2048);  // the batch
  t.allocate(2, 64).free(2);                       // made on the way
  t.phase(Phase::forward).free(1);
  EXPECT_THAT(categories_of(t.build()), ElementsAre(Category::inputs, Category::temporary));
}

TEST(Categories, WhatForwardLeavesIsAnActivation) {
  test::TraceBuilder t;
  t.step(1).phase(Phase::forward).module("h.0").op("aten::gelu");
  t.allocate(1, 4096);        // saved for backward
  t.allocate(2, 64).free(2);  // not saved
  t.allocate(3, 128);         // freed in the loss: never seen by backward
  t.phase(Phase::loss).free(3);
  t.allocate(4, 4);  // the loss itself, kept beyond the step
  t.phase(Phase::backward).free(1);
  t.step(2).phase(Phase::data).free(4);
  EXPECT_THAT(categories_of(t.build()),
              ElementsAre(Category::activations, Category::temporary, Category::temporary, Category::activations));
}

TEST(Categories, AForwardPassEndsWithItsStep) {
  test::TraceBuilder t;  // two steps of a loop that only evaluates: the output of one is freed in the next
  t.step(1).phase(Phase::forward).allocate(1, 400);
  t.step(2).phase(Phase::forward).free(1).allocate(2, 400).free(2);
  EXPECT_THAT(categories_of(t.build()), ElementsAre(Category::activations, Category::temporary));
}

TEST(Categories, WhatBackwardMakesAndFreesIsTemporary) {
  test::TraceBuilder t;
  t.step(1).phase(Phase::backward).module("lm_head").backward("TBackward0");
  t.allocate(1, 4096).free(1);  // the head's share of a tied gradient: summed away
  t.allocate(2, 4);             // a norm that lives until the update is done
  t.phase(Phase::optimizer_step).free(2);
  EXPECT_THAT(categories_of(t.build()), ElementsAre(Category::temporary, Category::temporary));
}

TEST(Categories, ScratchOfInitFreedBeforeTrainingIsTemporary) {
  test::TraceBuilder t;
  t.phase(Phase::init).allocate(1, 4096).end_phase().free(1);
  t.step(1).phase(Phase::forward);
  EXPECT_THAT(categories_of(t.build()), ElementsAre(Category::temporary));
}

TEST(Categories, WhatNothingExplainsIsUnknown) {
  test::TraceBuilder t;
  t.allocate(1, 4096);  // a cache of the user's, outside every phase, never freed
  t.step(1).phase(Phase::backward).allocate(2, 64);
  t.step(2).phase(Phase::backward).free(2);  // kept beyond its step, and no gradient
  EXPECT_THAT(categories_of(t.build()), ElementsAre(Category::unknown, Category::unknown));
}

TEST(Categories, MemoryFromBeforeTheSessionIsUnknownUnlessItHasARole) {
  test::TraceBuilder t;
  t.phase(Phase::forward).carried_in(1, 64).carried_in(2, 64).role(2, Role::parameter, "w");
  EXPECT_THAT(categories_of(t.build()), ElementsAre(Category::unknown, Category::weights));
}

TEST(Categories, LogitsAreWhatHeadAndLossMakeInTheirShape) {
  test::TraceBuilder t = with_vocabulary();
  t.step(1).phase(Phase::forward).module("h.0").op("aten::mm").tensor(1, "float32", {6, kVocabulary});  // by chance
  t.module("lm_head").op("aten::linear").tensor(2, "float32", {6, kVocabulary});
  t.phase(Phase::loss).module("loss").op("aten::log_softmax").tensor(3, "float32", {6, kVocabulary});
  t.op("aten::nll_loss").tensor(4, "float32", {});
  t.free(2);
  t.phase(Phase::backward).module("loss").backward("LogSoftmaxBackward0").tensor(5, "float32", {6, kVocabulary});
  t.module("lm_head").backward("MmBackward0").tensor(6, "float32", {6, 8});  // gradient of the head's input
  t.free(3).free(5).free(6).free(1).free(4);
  EXPECT_THAT(categories_of(t.build()), ElementsAre(Category::activations, Category::logits, Category::logits,
                                                    Category::activations, Category::logits, Category::temporary));
}

TEST(Categories, TheHeadsWeightGradientIsNotLogitsThoughItIsAsLarge) {
  test::TraceBuilder t = with_vocabulary();  // 8 rows, hidden size 8: both have 400 elements
  t.step(1).phase(Phase::forward).module("lm_head").op("aten::linear").tensor(1, "float32", {8, kVocabulary});
  t.phase(Phase::backward).module("lm_head").backward("MmBackward0").op("aten::mm");
  t.tensor(2, "float32", {kVocabulary, 8}).free(2).free(1);
  EXPECT_THAT(categories_of(t.build()), ElementsAre(Category::logits, Category::temporary));
}

TEST(Categories, LogitsWithoutDescriptionAreKnownByTheirSize) {
  test::TraceBuilder t;
  t.step(1).phase(Phase::forward).module("transformer.lm_head").op("aten::linear").allocate(1, 6 * 50 * 4);
  t.phase(Phase::loss).module("loss").op("aten::log_softmax").allocate(2, 6 * 50 * 4);
  t.allocate(3, 6 * 50 * 2);  // a half-precision copy of them
  t.allocate(4, 6 * 8).free(1).free(4);
  t.phase(Phase::backward).free(2).free(3);
  EXPECT_THAT(categories_of(t.build()),
              ElementsAre(Category::logits, Category::logits, Category::logits, Category::temporary));
}

TEST(Categories, ALoopWithoutModulesStillHasItsLossFoundByTheBackwardNodes) {
  test::TraceBuilder t = with_vocabulary();
  t.step(1).phase(Phase::loss).op("aten::log_softmax").tensor(1, "float32", {6, kVocabulary});
  t.phase(Phase::backward).backward("LogSoftmaxBackward0").tensor(2, "float32", {6, kVocabulary}).free(2).free(1);
  EXPECT_THAT(categories_of(t.build()), ElementsAre(Category::logits, Category::logits));
}

TEST(Categories, AReducedCastOfAParameterIsAWeightCopy) {
  test::TraceBuilder t;
  t.phase(Phase::init).tensor(1, "float32", {16, 8}).role(1, Role::parameter, "w");
  t.step(1).phase(Phase::forward).module("h.0").op("aten::to").inner_op("aten::_to_copy");
  t.tensor(2, "bfloat16", {16, 8});     // autocast's copy of the weight
  t.tensor(3, "bfloat16", {2, 16, 8});  // autocast's copy of an activation
  t.op("aten::mul").tensor(4, "bfloat16", {16, 8});
  t.op("aten::to").tensor(5, "float32", {16, 8});  // not reduced
  t.phase(Phase::backward).free(2).free(3).free(4).free(5);
  EXPECT_THAT(categories_of(t.build()), ElementsAre(Category::weights, Category::weight_copies, Category::activations,
                                                    Category::activations, Category::activations));
}

TEST(Categories, ScratchThatAKernelFreesItselfIsWorkspace) {
  test::TraceBuilder t;
  t.step(1).phase(Phase::forward).module("h.0.attn").op("aten::_scaled_dot_product_flash_attention_for_cpu");
  t.allocate(1, 4096).allocate(2, 65536).free(2);  // the output, and a block of scores for each thread
  t.phase(Phase::backward).module("h.0.attn").backward("ScaledDotProductFlashAttentionForCpuBackward0").free(1);
  EXPECT_THAT(categories_of(t.build()), ElementsAre(Category::activations, Category::workspace));
}

/// Two backward passes; the program is killed in the second, before it could say what is a gradient.
test::TraceBuilder killed_in_step_two() {
  test::TraceBuilder t;
  t.step(1).phase(Phase::backward).module("h.0").backward("AddmmBackward0").op("aten::mm");
  t.allocate(1, 4096).allocate(2, 64).free(2).role(1, Role::gradient, "w.grad");
  t.phase(Phase::zero_grad).free(1);
  t.step(2).phase(Phase::backward).module("h.0").backward("AddmmBackward0").op("aten::mm");
  t.allocate(1, 4096).allocate(2, 64).allocate(3, 12);
  return t;
}

TEST(Categories, AStepThatWasCutShortIsJudgedByTheOneBefore) {
  test::TraceBuilder t = killed_in_step_two();
  t.trace().cut = true;
  EXPECT_THAT(categories_of(t.build_cut()),
              ElementsAre(Category::gradients, Category::temporary, Category::gradients, Category::temporary,
                          Category::unknown));  // of 12 bytes there was none before
}

TEST(Categories, AWholeTraceIsNotJudgedByPrecedent) {
  EXPECT_THAT(
      categories_of(killed_in_step_two().build()),
      ElementsAre(Category::gradients, Category::temporary, Category::unknown, Category::unknown, Category::unknown));
}

}  // namespace
}  // namespace profile_train
