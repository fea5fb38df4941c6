// The property that everything else rests on: whatever the trace, the ledger agrees with an independent model, and the
// categories sum to its total after every event, with 0 bytes left over.

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

#include "profiler/analysis.h"
#include "profiler/ledger.h"
#include "profiler/live_set.h"
#include "tests/profiler/naive_model.h"
#include "tests/profiler/random_trace.h"

namespace profile_train {
namespace {

constexpr int kEvents = 4000;

class RandomTrace : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  RandomTrace()
      : naive_(test::random_trace(GetParam(), kEvents)), analysis_(analyse(test::random_trace(GetParam(), kEvents))) {}

  Bytes naive_total(std::size_t event) const {
    const DeviceTotals& device = analysis_.summary.devices.front();
    return naive_.total(event, device.device, device.device_index);
  }

  test::NaiveModel naive_;
  Analysis analysis_;
};

TEST_P(RandomTrace, LedgerHoldsWhatTheNaiveModelHoldsAfterEveryEvent) {
  for (std::size_t i = 0; i < naive_.after.size(); ++i) {
    std::map<test::NaiveModel::Address, Bytes> expected;
    for (const auto& [address, live] : naive_.after[i]) expected[address] = live.bytes;
    std::map<test::NaiveModel::Address, Bytes> held;
    for (const Allocation& a : analysis_.allocations)
      if (a.alive_at(static_cast<EventIndex>(i))) held[{a.device, a.device_index, a.address}] = a.bytes;
    ASSERT_EQ(held, expected) << "after event " << i;
  }
}

TEST_P(RandomTrace, LossesAreCountedAlike) {
  EXPECT_EQ(analysis_.summary.losses.implied_frees, naive_.implied_frees);
  EXPECT_EQ(analysis_.summary.losses.unmatched_frees, naive_.unmatched_frees);
  EXPECT_EQ(analysis_.summary.losses.unmatched_roles, naive_.unmatched_roles);
  EXPECT_GT(naive_.implied_frees, 0U) << "or the trace would test too little";
  EXPECT_GT(naive_.unmatched_frees, 0U);
}

TEST_P(RandomTrace, CategoriesSumToTheTotalAfterEveryEvent) {
  const auto points = timeline(analysis_, analysis_.trace.events.size());
  auto point = points.begin();
  BytesByCategory now{};
  for (std::size_t i = 0; i < naive_.after.size(); ++i) {
    if (point != points.end() && point->event == i) now = (point++)->by_category;
    ASSERT_EQ(std::accumulate(now.begin(), now.end(), Bytes{0}), naive_total(i)) << "after event " << i;
  }
  EXPECT_EQ(point, points.end());
}

TEST_P(RandomTrace, CategoriesAreThoseOfTheAllocationsAliveThen) {
  const auto points = timeline(analysis_, analysis_.trace.events.size());
  for (std::size_t i = 0; i < points.size(); i += 97) {
    BytesByCategory expected{};
    for (const LiveAllocation& row : live_set(analysis_, points[i].event)) at(expected, row.category) += row.bytes;
    EXPECT_EQ(points[i].by_category, expected) << "after event " << points[i].event;
  }
}

TEST_P(RandomTrace, PeakIsTheHighestTotalAndTheFirstOfItsHeight) {
  const PeakInstant& peak = analysis_.summary.peak;
  EXPECT_EQ(peak.residual_bytes, 0);
  EXPECT_EQ(peak.requested_bytes, naive_total(peak.event));
  for (std::size_t i = 0; i < naive_.after.size(); ++i) {
    ASSERT_LE(naive_total(i), peak.requested_bytes);
    if (i < peak.event) {
      ASSERT_LT(naive_total(i), peak.requested_bytes);
    }
  }
}

TEST_P(RandomTrace, StepsHaveTheHighestTotalAmongTheirEvents) {
  for (const StepSummary& step : analysis_.summary.steps) {
    Bytes highest = 0;
    for (EventIndex i = step.first_event; i <= step.last_event; ++i) highest = std::max(highest, naive_total(i));
    EXPECT_EQ(step.peak.requested_bytes, highest) << "step " << step.step;
    EXPECT_EQ(step.peak.residual_bytes, 0);
    EXPECT_EQ(naive_total(step.peak.event), highest);
  }
  EXPECT_GT(analysis_.summary.steps.size(), 3U);
}

TEST_P(RandomTrace, PhaseEdgesAreTheNaiveTotalsThere) {
  for (const PhaseSummary& phase : analysis_.summary.phases) {
    Bytes highest = phase.first_event == 0 ? 0 : naive_total(phase.first_event - 1);
    EXPECT_EQ(phase.start_bytes, highest);
    for (EventIndex i = phase.first_event; i <= phase.last_event; ++i) highest = std::max(highest, naive_total(i));
    EXPECT_EQ(phase.peak_bytes, highest);
    EXPECT_EQ(phase.end_bytes, naive_total(phase.last_event));
    const BytesByCategory& bytes = phase.end_by_category;
    EXPECT_EQ(std::accumulate(bytes.begin(), bytes.end(), Bytes{0}), phase.end_bytes);
  }
  EXPECT_GT(analysis_.summary.phases.size(), 50U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomTrace, ::testing::Range(std::uint64_t{1}, std::uint64_t{9}));

}  // namespace
}  // namespace profile_train
