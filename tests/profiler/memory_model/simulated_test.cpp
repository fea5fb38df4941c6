#include "profiler/memory_model/simulated.h"

#include <gmock/gmock.h>

namespace profile_train {
namespace {

ModelComparison observed(Bytes weights, Bytes logits) {
  ModelComparison comparison;
  comparison.terms = {{.name = "weights", .observed_bytes = weights}, {.name = "logits", .observed_bytes = logits}};
  comparison.spike = {.observed_bytes = weights + logits, .terms = comparison.terms};
  comparison.peak = {.observed_bytes = weights + logits + 1, .terms = comparison.terms};
  comparison.first_step_peak = {.observed_bytes = weights};
  return comparison;
}

TEST(SimulatedColumn, HoldsWhatTheOtherRunObservedTermByTerm) {
  ModelComparison real = observed(100, 20);
  add_simulated(real, observed(100, 30), "sim:h200");
  EXPECT_EQ(real.simulated_on, "sim:h200");
  EXPECT_EQ(real.terms[0].simulated_bytes, 100);
  EXPECT_EQ(real.terms[1].simulated_bytes, 30);
  EXPECT_EQ(real.terms[1].observed_bytes, 20);
  EXPECT_EQ(real.spike.simulated_bytes, 130);
  EXPECT_EQ(real.spike.terms[1].simulated_bytes, 30);
  EXPECT_EQ(real.peak.simulated_bytes, 131);
  EXPECT_EQ(real.first_step_peak.simulated_bytes, 100);
}

TEST(SimulatedColumn, ATermThatTheOtherRunLacksStaysEmpty) {
  ModelComparison real = observed(100, 20);
  ModelComparison other = observed(100, 20);
  other.terms.erase(other.terms.begin());
  add_simulated(real, other, "sim:h200");
  EXPECT_EQ(real.terms[0].simulated_bytes, std::nullopt);
  EXPECT_EQ(real.terms[1].simulated_bytes, 20) << "by name, not by place";
}

}  // namespace
}  // namespace profile_train
