// The formulas of distillation's and pruning's rows against the exact prediction, and the figures of inference.

#include <gtest/gtest.h>

#include <algorithm>

#include "kept_rows.h"
#include "predicted_trace.h"
#include "profiler/analysis.h"
#include "profiler/memory_model/corrected.h"
#include "profiler/memory_model/inference_in_codes.h"
#include "profiler/memory_model/parameter_count.h"
#include "profiler/memory_model/stated.h"
#include "profiler/memory_model/symbolic/training_run.h"
#include "profiler/memory_model/teacher.h"
#include "profiler/memory_model/zoo.h"

namespace profile_train {
namespace {

TrainingSetup with_teacher(TrainingSetup s) {
  s.teacher_blocks = 3;
  s.teacher_hidden = 48;
  s.teacher_heads = 6;
  return s;
}

TEST(KeptWithATeacher, IsTheFormulaOfItsRowInEveryMode) {
  test::expect_the_formulas_in_every_mode(with_teacher(test::with_odd_sizes()), 300);
}

TEST(KeptAfterPruning, IsTheFormulaOfItsRowInEveryMode) {
  TrainingSetup s = test::with_odd_sizes();
  s.pruning = Pruning::unstructured;
  test::expect_the_formulas_in_every_mode(s, 300);
  s.pruning = Pruning::structured;
  s.hidden = 40;
  s.head_size = 8;  // all heads together are 8 or 32 wide
  test::expect_the_formulas_in_every_mode(s, 300);
}

TEST(KeptAfterPruning, IsTheFormulaOfItsRowBesideCheckpoints) {
  TrainingSetup s = test::with_odd_sizes();
  s.pruning = Pruning::unstructured;
  test::expect_the_formulas_beside_checkpoints(s,
                                               {Checkpointing::block, Checkpointing::attention, Checkpointing::every});
}

TEST(DistillationPrediction, HoldsTheTeachersWeightsAndMoreLogits) {
  const TrainingSetup s = with_teacher(test::tiny_setup());
  const Bytes nl = s.batch * s.sequence * s.vocabulary;
  const PredictedInstants predicted(s);
  // H 48: V·H + T·H + L(12H² + 13H) + 2H.
  EXPECT_EQ(parameter_count(teacher_of(s)), 300 * 48 + 64 * 48 + 3 * (12 * 48 * 48 + 13 * 48) + 2 * 48);
  EXPECT_EQ(at(predicted.peak(2).terms, Term::teacher_weights), 4 * parameter_count(teacher_of(s)));

  const PredictedInstant spike = predicted.spike(2);
  EXPECT_EQ(at(spike.terms, Term::log_softmax) + at(spike.terms, Term::softened_logits) +
                at(spike.terms, Term::logits_gradients),
            20 * nl);
  const PredictedInstant loss = *predicted.peak(2, Phase::loss);
  EXPECT_EQ(at(loss.terms, Term::logits), 4 * nl);
  EXPECT_EQ(at(loss.terms, Term::log_softmax), 4 * nl);
  EXPECT_EQ(at(loss.terms, Term::softened_logits), 8 * nl);
  EXPECT_EQ(at(loss.terms, Term::divergence), 12 * nl);
  EXPECT_EQ(at(loss.terms, Term::teacher_logits), 0) << "let go of when their softmax exists";
  EXPECT_EQ(at(predicted.peak(2, Phase::forward)->terms, Term::teacher_logits), 4 * nl);
}

TEST(DistillationPrediction, CorrectedFormulaIsTheExactOneWithoutItsSmallTerms) {
  for (const Precision precision : test::kEveryPrecision)
    for (const char* device : {"cpu", "cuda"}) {
      TrainingSetup s = test::gpt2_small();
      s.teacher_blocks = 24;
      s.teacher_hidden = 1024;
      s.teacher_heads = 16;
      s.batch = 8;
      s.precision = precision;
      s.device = device;
      s.attention = AttentionKind::materialised;
      const PredictedInstants predicted(s);
      SCOPED_TRACE(test::words_of(s));
      for (const auto& [instant, exact] : {std::pair{Instant::logits_spike, predicted.spike(2)},
                                           std::pair{Instant::divergence, *predicted.peak(2, Phase::loss)}})
        EXPECT_NEAR(static_cast<double>(sum(corrected_at(instant, s, true)->terms)), static_cast<double>(exact.bytes),
                    2e-3 * static_cast<double>(exact.bytes));
    }
}

TEST(PruningPrediction, OfAMaskGrowsByTheMaskAndTheProduct) {
  TrainingSetup s = test::tiny_setup();
  const Bytes whole = PredictedInstants(s).spike(2).bytes;
  s.pruning = Pruning::unstructured;
  s.pruned_share = 0.9;
  const Bytes matrices = 2 * 12 * 32 * 32;  // numbers, in two blocks
  EXPECT_EQ(PredictedInstants(s).spike(2).bytes, whole + (1 + 4) * matrices);
}

ModelComparison compared(const TrainingSetup& s, std::int32_t steps, bool cut) {
  Trace trace = test::trace_of(s, symbolic::predict_run(s, steps));
  trace.cut = cut;
  return analyse(std::move(trace)).summary.model;
}

TEST(InferenceComparison, IsAtThePeakOfTheForwardPass) {
  TrainingSetup s = test::tiny_setup();
  s.task = Task::inference;
  const ModelComparison model = compared(s, 3, false);
  ASSERT_EQ(model.why_not, "");
  EXPECT_EQ(model.peak.step, 3);
  EXPECT_EQ(model.peak.residual_bytes, 0);
  EXPECT_EQ(model.peak.observed_phase, Phase::forward);
  EXPECT_EQ(model.terms.size(), model.peak.terms.size());
  EXPECT_EQ(model.first_step_peak.residual_bytes, 0);
  EXPECT_FALSE(model.spike.exact_bytes);
  EXPECT_EQ(model.spike.step, 0);
}

TEST(InferenceComparison, LeavesOutAStepThatTheTraceMayHaveCut) {
  TrainingSetup s = test::tiny_setup();
  s.task = Task::inference;
  EXPECT_EQ(compared(s, 3, true).peak.step, 2);
  EXPECT_EQ(compared(s, 1, true).why_not, "the trace holds no complete step");
  EXPECT_EQ(compared(s, 1, false).why_not, "");
}

TEST(InferencePrediction, RepeatsItselfAndHasNoBackwardPass) {
  TrainingSetup s = test::tiny_setup();
  s.task = Task::inference;
  s.dropout = 0.1;
  const PredictedInstants predicted(s);
  EXPECT_EQ(predicted.peak(1).bytes, predicted.peak(2).bytes);
  EXPECT_EQ(predicted.peak(2).phase, Phase::forward);
  EXPECT_FALSE(predicted.peak(2, Phase::backward));
  EXPECT_FALSE(corrected_peak(s, true)) << "a formula for training";
  EXPECT_EQ(sum(stated_terms(s)), 2 * 4 * parameter_count(s)) << "twice the model";
  s.weight_storage = WeightStorage::int4;
  EXPECT_EQ(sum(stated_terms(s)), parameter_count(s));
}

/// The exact run of GPT-2 in codes, whose matrices are born from ones in fp32 before the forward pass begins.
Bytes highest_of_forward(const TrainingSetup& s) {
  Bytes highest = 0;
  for (const symbolic::PredictedEvent& event : symbolic::predict_inference(s).events)
    if (event.phase == Phase::forward) highest = std::max(highest, event.live_bytes);
  return highest;
}

TEST(InferenceInCodes, IsDerivedForGpt2AsItsExactRunHasIt) {
  for (const WeightStorage storage : {WeightStorage::int8, WeightStorage::int4})
    for (const std::int64_t hidden : {64, 256})
      for (const std::int64_t sequence : {1, 33, 512})
        for (const std::int64_t vocabulary : {256, 5000})
          for (const std::int64_t group : {2, 64}) {
            TrainingSetup s = test::tiny_setup();
            s.task = Task::inference;
            s.precision = Precision::bf16;
            s.device = "cuda";
            s.compute_capability = 90;
            s.cublas_workspace_bytes = 1000;
            s.cublaslt_workspace_bytes = 100;
            s.hidden = hidden;
            s.feed_forward = 4 * hidden;
            s.sequence = s.positions = sequence;
            s.vocabulary = vocabulary;
            s.quantisation_group = group;
            const InferenceInCodes derived = inference_in_codes(s, storage);
            s.weight_storage = storage;
            EXPECT_EQ(derived.weight_bytes, weight_bytes(s));
            EXPECT_EQ(derived.peak_bytes, highest_of_forward(s)) << hidden << " " << sequence << " " << vocabulary;
          }
}

TEST(InferenceInCodes, TakesLessThanWholeMatricesInEveryFamily) {
  for (const char* const name : {"llama-2-7b", "bert-large", "t5-11b"}) {
    TrainingSetup s = *known_model(name);
    s.device = "cuda";
    s.compute_capability = 90;
    s.task = Task::inference;
    s.precision = Precision::bf16;
    const InferenceInCodes eight = inference_in_codes(s, WeightStorage::int8);
    const InferenceInCodes four = inference_in_codes(s, WeightStorage::int4);
    EXPECT_LT(eight.weight_bytes, weight_bytes(s)) << name;
    EXPECT_LT(four.weight_bytes, eight.weight_bytes) << name;
    EXPECT_GT(four.peak_bytes, four.weight_bytes) << name;
    EXPECT_LT(four.peak_bytes, eight.peak_bytes) << name;
    EXPECT_LT(eight.peak_bytes, highest_of_forward(s)) << name;
  }
}

}  // namespace
}  // namespace profile_train
