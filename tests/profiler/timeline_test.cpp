#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

#include "profiler/analysis.h"
#include "tests/profiler/trace_builder.h"

namespace profile_train {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

Bytes total(const TimelinePoint& point) {
  return std::accumulate(point.by_category.begin(), point.by_category.end(), Bytes{0});
}

std::vector<Bytes> totals(const std::vector<TimelinePoint>& points) {
  std::vector<Bytes> result;
  for (const TimelinePoint& point : points) result.push_back(total(point));
  return result;
}

Analysis saw_tooth(int teeth) {
  test::TraceBuilder t;
  for (int i = 0; i < teeth; ++i) t.allocate(1, i == teeth / 3 ? 5000 : 100 + i).free(1);
  return analyse(t.build());
}

TEST(Timeline, HasAPointForEveryChangeAndNoneForMarks) {
  test::TraceBuilder t;
  t.phase(Phase::forward).allocate(1, 10).allocate(2, 20).end_phase().free(1);
  const auto points = timeline(analyse(t.build()), 100);
  EXPECT_THAT(totals(points), ElementsAre(10, 30, 20));
  EXPECT_EQ(points[2].event, 4U);
  EXPECT_EQ(points[2].time_ns, 5000U);
}

TEST(Timeline, AChangeOfOwnerIsOnePoint) {
  test::TraceBuilder t;
  t.allocate(1, 10).allocate(1, 30);
  EXPECT_THAT(totals(timeline(analyse(t.build()), 100)), ElementsAre(10, 30));
}

TEST(Timeline, ThinnedKeepsTheHighestOfEachStretchAndWithItThePeak) {
  const Analysis analysis = saw_tooth(1000);
  for (const std::size_t max_points : {1U, 2U, 3U, 7U, 100U, 999U}) {
    const auto points = timeline(analysis, max_points);
    EXPECT_THAT(points, SizeIs(Le(max_points)));
    const auto highest = std::max_element(points.begin(), points.end(),
                                          [](const auto& a, const auto& b) { return total(a) < total(b); });
    EXPECT_EQ(highest->event, analysis.summary.peak.event);
    EXPECT_EQ(highest->by_category, analysis.summary.peak.by_category);
    EXPECT_TRUE(
        std::is_sorted(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.event < b.event; }));
  }
}

TEST(Timeline, ThinnedStretchesAreOfEqualLength) {
  const auto points = timeline(saw_tooth(1000), 100);
  ASSERT_THAT(points, SizeIs(100));
  for (std::size_t i = 0; i < points.size(); ++i)  // 2,000 changes: 20 for each point
    EXPECT_EQ(points[i].event / 20, i);
}

TEST(Timeline, NothingAllocatedNothingShown) {
  EXPECT_THAT(timeline(analyse(Trace{}), 100), IsEmpty());
  EXPECT_THAT(timeline(saw_tooth(3), 0), IsEmpty());
}

}  // namespace
}  // namespace profile_train
