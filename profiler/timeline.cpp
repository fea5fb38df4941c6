#include "profiler/analysis.h"
#include "profiler/changes.h"

namespace profile_train {
namespace {

struct Level {
  TimelinePoint point;
  Bytes total = 0;
};

/// Lets every point through, or in every stretch of `changes_per_point` changes the first of the highest total.
class Thinning {
 public:
  Thinning(std::size_t changes, std::size_t max_points) : changes_(changes), max_points_(max_points) {}

  void add(const Level& level) {
    if (in_stretch_ == 0 || level.total > highest_.total) highest_ = level;
    ++in_stretch_;
    ++seen_;
    // Bresenham's way of spreading: stretch k ends where k · changes / points is passed.
    if (seen_ * max_points_ >= (points_.size() + 1) * changes_ || max_points_ >= changes_) flush();
  }
  std::vector<TimelinePoint> take() {
    if (in_stretch_ > 0) flush();
    return std::move(points_);
  }

 private:
  void flush() {
    points_.push_back(highest_.point);
    in_stretch_ = 0;
  }

  std::size_t changes_;
  std::size_t max_points_;
  std::size_t seen_ = 0;
  std::size_t in_stretch_ = 0;
  Level highest_;
  std::vector<TimelinePoint> points_;
};

}  // namespace

std::vector<TimelinePoint> timeline(const Analysis& analysis, std::size_t max_points) {
  const Summary& summary = analysis.summary;
  if (summary.devices.empty() || max_points == 0) return {};

  const DeviceTotals& device = summary.devices.front();
  std::size_t changes = 0;
  EventIndex last = kNever;
  const auto count = [&](EventIndex event, const Allocation&, Bytes) {
    changes += event != last ? 1 : 0;
    last = event;
  };
  for_each_change(analysis.allocations, analysis.deaths, device, count);

  Thinning thinning(changes, max_points);
  Level now;
  bool has_level = false;
  const auto visit = [&](EventIndex event, const Allocation& a, Bytes bytes) {
    // A change of owner is two changes at one event: the level after the event is what counts.
    if (has_level && event != now.point.event) thinning.add(now);
    has_level = true;
    now.point.event = event;
    now.point.time_ns = analysis.trace.events[event].time_ns;
    at(now.point.by_category, a.category) += bytes;
    now.total += bytes;
  };
  for_each_change(analysis.allocations, analysis.deaths, device, visit);
  if (has_level) thinning.add(now);
  return thinning.take();
}

}  // namespace profile_train
