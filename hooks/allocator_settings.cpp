#include "hooks/allocator_settings.h"

#include <c10/core/AllocatorConfig.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace profile_train::hooks {

namespace {

using Config = c10::CachingAllocator::AcceleratorAllocatorConfig;

constexpr std::size_t kMiB = std::size_t{1} << 20U;
constexpr std::size_t kDefaultLargeBytes = 20 * kMiB;

/// "[1:4,2:4,4:8 …]": requests from 1 MiB, from 2 MiB, from 4 MiB …
std::string written(const std::vector<std::size_t>& divisions) {
  std::string list;
  for (std::size_t i = 0; i < divisions.size(); ++i)
    list += fmt::format("{}{}:{}", i == 0 ? "[" : ",", std::size_t{1} << i, divisions[i]);
  return list + "]";
}

}  // namespace

std::string settings_in_effect(double memory_fraction) {
  std::vector<std::string> settings;
  if (Config::use_expandable_segments()) settings.emplace_back("expandable_segments:True");
  if (const std::size_t bytes = Config::max_split_size(); bytes != std::numeric_limits<std::size_t>::max())
    settings.push_back(fmt::format("max_split_size_mb:{}", bytes / kMiB));
  if (const std::size_t bytes = Config::max_non_split_rounding_size(); bytes != kDefaultLargeBytes)
    settings.push_back(fmt::format("max_non_split_rounding_mb:{}", bytes / kMiB));
  if (const std::size_t bytes = Config::large_segment_size(); bytes != kDefaultLargeBytes)
    settings.push_back(fmt::format("large_segment_size_mb:{}", bytes / kMiB));
  if (const auto& divisions = Config::roundup_power2_divisions();
      std::any_of(divisions.begin(), divisions.end(), [](std::size_t each) { return each != 0; }))
    settings.push_back(fmt::format("roundup_power2_divisions:{}", written(divisions)));
  if (const double threshold = Config::garbage_collection_threshold(); threshold > 0)
    settings.push_back(fmt::format("garbage_collection_threshold:{}", threshold));
  if (memory_fraction < 1.0) settings.push_back(fmt::format("per_process_memory_fraction:{}", memory_fraction));
  return fmt::format("{}", fmt::join(settings, ","));
}

}  // namespace profile_train::hooks
