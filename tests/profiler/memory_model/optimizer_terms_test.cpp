#include "profiler/memory_model/optimizer_terms.h"

#include <gtest/gtest.h>

#include "profiler/memory_model/parameter_count.h"
#include "profiler/memory_model/parameter_shapes.h"
#include "profiler/memory_model/predicted_instants.h"
#include "profiler/mode_names.h"
#include "profiler/optimizer_names.h"
#include "setups.h"

namespace profile_train {
namespace {

TEST(ParameterShapes, AddUpToTheCount) {
  for (const bool tied : {true, false}) {
    TrainingSetup s = test::gpt2_small();
    s.tied_head = tied;
    std::int64_t sum = 0, largest = 0;
    for (const ParameterShape& shape : parameter_shapes(s)) {
      sum += shape.numel();
      largest = std::max(largest, shape.numel());
    }
    EXPECT_EQ(sum, parameter_count(s));
    EXPECT_EQ(largest, largest_parameter(s));
  }
}

/// Each optimizer with each of its implementations in each precision, decaying weights or not.
std::vector<TrainingSetup> with_every_optimizer(const TrainingSetup& base) {
  std::vector<TrainingSetup> all;
  for (const OptimizerNames& names : kOptimizers)
    for (const ImplementationName& implementation : kOptimizerImplementations)
      for (const Precision precision : test::kEveryPrecision)
        for (const double decay : {0.0, 0.1}) {
          if (!names.all_implementations && implementation.implementation != OptimizerImplementation::loop) continue;
          TrainingSetup s = base;
          s.optimizer = names.kind;
          s.optimizer_implementation = implementation.implementation;
          s.precision = precision;
          s.loss_scaled = precision == Precision::autocast_fp16;
          s.weight_decay = decay;
          s.momentum = names.momentum ? 0.9 : 0.0;
          s.centered = names.centered;
          all.push_back(s);
        }
  return all;
}

std::string described(const TrainingSetup& s) {
  return std::string(names_of(s.optimizer).title) + " " + key_of(s.optimizer_implementation) + " " + s.device + " " +
         names_of(s.precision).key;
}

TEST(OptimizerTerms, StateIsWhatTheExactModelHolds) {
  for (const TrainingSetup& s : with_every_optimizer(test::gpt2_small()))
    EXPECT_EQ(at(PredictedInstants(s).spike(2).terms, Term::optimizer_state),
              formula_of(Term::optimizer_state, s).bytes)
        << described(s);
}

TEST(OptimizerTerms, StateOfGpt2SmallByHand) {
  TrainingSetup s = test::gpt2_small();
  constexpr std::int64_t kN = 124'439'808;
  EXPECT_EQ(optimizer_state(s).bytes, 8 * kN);
  s.optimizer_implementation = OptimizerImplementation::fused;
  EXPECT_EQ(optimizer_state(s).bytes, 8 * kN + 4 * 148) << "12 tensors a block, two tables, a norm";
  s.optimizer_implementation = OptimizerImplementation::loop;
  s.optimizer = OptimizerKind::rmsprop;
  s.centered = true;
  EXPECT_EQ(optimizer_state(s).bytes, 8 * kN);
  s.optimizer = OptimizerKind::adafactor;
  // Tables (V + H) and (T + H); a block: (H + 3H) + 2H + 2(H + 4H) of matrices and 13H of vectors; the last norm 2H.
  EXPECT_EQ(optimizer_state(s).bytes, 4 * (50257 + 768 + 1024 + 768 + 12 * (16 + 13) * 768 + 2 * 768));
  s.optimizer = OptimizerKind::adamw_8bit;
  // All matrices are whole blocks of 256. Vectors of less than 4,096 numbers are all of them: 13H a block, and 2H.
  constexpr std::int64_t kVectors = (12 * 13 + 2) * 768;
  EXPECT_EQ(optimizer_state(s).bytes, (kN - kVectors) / 256 * 520 + 8 * kVectors + 4088);
  s.precision = Precision::bf16;
  EXPECT_EQ(optimizer_state(s).bytes, (kN - kVectors) / 256 * 520 + 4 * kVectors + 4088) << "quantised all the same";
  s.optimizer = OptimizerKind::adamw;
  s.optimizer_implementation = OptimizerImplementation::fused;
  EXPECT_EQ(optimizer_state(s).bytes, 4 * kN + 4 * 148) << "steps are counted in fp32";
  s.precision = Precision::bf16_master;
  EXPECT_EQ(optimizer_state(s).bytes, 8 * kN + 4 * 148);
  EXPECT_EQ(formula_of(Term::optimizer_state, s).bytes, 12 * kN + 4 * 148) << "the masters are state too";
}

TEST(OptimizerTerms, TemporariesAreWhatTheExactModelNeedsAtMost) {
  for (TrainingSetup s : with_every_optimizer(test::gpt2_small()))
    for (const char* device : {"cpu", "cuda"}) {
      s.device = device;
      const auto step = PredictedInstants(s).peak(2, Phase::optimizer_step);
      const Bytes exact = step ? at(step->terms, Term::optimizer_temporaries) : 0;
      const Bytes formula = optimizer_temporaries(s).bytes;
      // Besides, numbers as tensors; for Adafactor the vectors of means; for 8-bit AdamW the largest of each 256.
      const Bytes small = s.optimizer == OptimizerKind::adafactor    ? 4 * (3 * s.vocabulary + s.hidden)
                          : s.optimizer == OptimizerKind::adamw_8bit ? 4 * 4096 + 64
                                                                     : 64;
      EXPECT_LE(formula, exact + 64) << described(s);
      EXPECT_GE(formula + small, exact) << described(s);
    }
}

}  // namespace
}  // namespace profile_train
