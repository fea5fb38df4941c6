#pragma once

#include <cstddef>
#include <vector>

#include "profiler/analysis.h"
#include "profiler/module_groups.h"
#include "reports/json_writer.h"

namespace profile_train::reports {

/// The allocations of the device that the report speaks of, for the page: some one by one, the others in sums.
///
/// Refers to the analysis and to the groups, which must outlive it.
class HtmlAllocations {
 public:
  /// Lists at most `limit`: those alive at the peak first, then the largest, of equal ones those nearest to the peak.
  HtmlAllocations(const Analysis& analysis, const ModuleGroups& modules, std::size_t limit);

  /// On the device.
  std::size_t number() const { return positions_.size(); }
  bool lists_all() const { return listed_.size() == positions_.size(); }

  /// Births, deaths, sizes and what each is, in the order of birth.
  Json listed() const;
  /// Bytes and number of those that are not listed, at every instant of the timeline: by category, by part of the
  /// model and by phase of birth, so that with the listed ones each makes the total.
  Json smaller(const std::vector<TimelinePoint>& points) const;

 private:
  const Analysis& analysis_;
  const ModuleGroups& modules_;
  std::vector<std::size_t> positions_;  ///< among the analysis' allocations
  std::vector<std::size_t> listed_;
};

}  // namespace profile_train::reports
