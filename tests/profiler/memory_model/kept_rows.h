// What a family of models keeps for backward: the exact prediction against the formula of each row, in every mode.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "profiler/memory_model/coverage.h"
#include "profiler/memory_model/predicted_instants.h"
#include "profiler/setup_json.h"
#include "setups.h"

namespace profile_train::test {

inline void expect_the_formula_of_every_row(const TrainingSetup& s) {
  const PredictedInstant kept = PredictedInstants(s).after_forward(2);
  for (std::size_t i = 0; i < kTerms; ++i) {
    const Term term = term_at(i);
    const bool before_backward = term <= Term::loss_scalars && term != Term::gradients;
    const Bytes expected = before_backward ? formula_of(term, s).bytes : 0;
    EXPECT_EQ(kept.terms[i], expected) << name_of(term, s) << " " << formula_of(term, s).text;
  }
  EXPECT_EQ(sum(kept.terms), kept.bytes);
}

inline TrainingSetup with_odd_sizes() {
  TrainingSetup s = tiny_setup();
  s.compute_capability = 89;
  s.sequence = 21;      // so that no two rows have tensors of one size
  s.feed_forward = 90;  // not 4H
  return s;
}

inline std::string words_of(const TrainingSetup& s) { return to_json(s).dump(); }

enum class Logits { released, held, in_chunks };

/// Every combination that changes what is kept, if LibTorch has such a kernel and the model covers it.
inline std::vector<TrainingSetup> every_mode(const TrainingSetup& base) {
  std::vector<TrainingSetup> setups;
  for (const char* device : {"cpu", "cuda"})
    for (const AttentionKind attention : kEveryAttention)
      for (const Precision precision : kEveryPrecision)
        for (const double dropout : {0.0, 0.1})
          for (const int batch : {1, 3})
            for (const int heads : {1, 4})
              for (const Logits logits : {Logits::released, Logits::held, Logits::in_chunks}) {
                TrainingSetup s = base;
                s.device = device;
                s.attention = attention;
                s.precision = precision;
                s.loss_scaled = precision == Precision::autocast_fp16;
                s.dropout = dropout;
                s.batch = batch;
                s.heads = heads;
                s.logits_held = logits == Logits::held;
                s.loss_chunk_rows = logits == Logits::in_chunks ? 5 : 0;
                if (can_run(s) && why_not_covered(s).empty()) setups.push_back(s);
              }
  return setups;
}

inline void expect_the_formulas_in_every_mode(const TrainingSetup& base, std::size_t at_least) {
  const std::vector<TrainingSetup> setups = every_mode(base);
  EXPECT_GT(setups.size(), at_least) << "the combinations are there";
  for (const TrainingSetup& s : setups) {
    SCOPED_TRACE(words_of(s));
    expect_the_formula_of_every_row(s);
  }
}

/// Blocks 0 and 3 of 5 with Checkpointing::every.
inline void expect_the_formulas_beside_checkpoints(const TrainingSetup& base,
                                                   std::initializer_list<Checkpointing> checkpointings) {
  for (const char* device : {"cpu", "cuda"})
    for (const auto checkpointing : checkpointings)
      for (const auto attention : {AttentionKind::materialised, AttentionKind::sdpa})
        for (const Precision precision : kEveryPrecision)
          for (const double dropout : {0.0, 0.1}) {
            TrainingSetup s = base;
            s.device = device;
            s.checkpointing = checkpointing;
            s.checkpoint_every = checkpointing == Checkpointing::every ? 3 : 1;
            s.blocks = 5;
            s.attention = attention;
            s.precision = precision;
            s.dropout = dropout;
            if (!why_not_covered(s).empty()) continue;
            SCOPED_TRACE(words_of(s));
            expect_the_formula_of_every_row(s);
          }
}

}  // namespace profile_train::test
