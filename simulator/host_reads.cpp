#include "simulator/host_reads.h"

#include <algorithm>
#include <utility>

#include "simulator/message.h"

namespace profile_train::simulator {

const char* name_of(ReadKind kind) {
  switch (kind) {
    case ReadKind::shape: return "shape";
    case ReadKind::control_flow: return "control flow";
    case ReadKind::scalar: return "scalar";
    case ReadKind::saved: return "saved";
    case ReadKind::copy: return "copy";
  }
  return "?";
}

void HostReads::record(ReadKind kind, std::string operation, std::string source, std::string answer,
                       std::size_t bytes) {
  Key key{kind, operation, source, answer};
  const std::lock_guard lock(mutex_);
  ReadSite& site = sites_[key];
  if (site.times == 0) {
    site = {.kind = kind, .operation = std::move(operation), .source = std::move(source), .answer = std::move(answer)};
    if (kind == ReadKind::shape) {
      say("{} at {} takes a shape from values that are not known here (0 given): figures may be too low.",
          site.operation, site.source.empty() ? "an unknown place" : site.source);
    }
    if (kind == ReadKind::saved) {
      say("{} writes device values to a file: they are zeros here, not real.", site.source);
    }
  }
  ++site.times;
  site.bytes += bytes;
  if (kind == ReadKind::control_flow || kind == ReadKind::scalar) latest_ = std::move(key);
}

std::vector<ReadSite> HostReads::sites() const {
  const std::lock_guard lock(mutex_);
  std::vector<ReadSite> list;
  for (const auto& [key, site] : sites_) list.push_back(site);
  std::ranges::stable_sort(list, [](const ReadSite& a, const ReadSite& b) {
    return std::pair(a.kind, b.times) < std::pair(b.kind, a.times);
  });
  return list;
}

std::optional<ReadSite> HostReads::latest() const {
  const std::lock_guard lock(mutex_);
  if (!latest_) return std::nullopt;
  return sites_.at(*latest_);
}

std::uint64_t HostReads::count(ReadKind kind) const {
  const std::lock_guard lock(mutex_);
  std::uint64_t count = 0;
  for (const auto& [key, site] : sites_) count += site.kind == kind ? site.times : 0;
  return count;
}

}  // namespace profile_train::simulator
