#include "simulator/allocator_watch.h"

namespace profile_train::simulator {
namespace {

bool raise(std::optional<std::int64_t>& peak, std::int64_t bytes) {
  if (peak && *peak >= bytes) return false;
  peak = bytes;
  return true;
}

}  // namespace

void AllocatorWatch::report(int device, std::int64_t allocated_bytes, std::int64_t reserved_bytes) {
  const std::lock_guard lock(mutex_);
  if (device < 0 || static_cast<std::size_t>(device) >= peaks_.size()) return;
  AllocatorPeaks& peaks = peaks_[static_cast<std::size_t>(device)];
  if (raise(peaks.allocated_bytes, allocated_bytes)) peaks.step = steps() + 1;
  raise(peaks.reserved_bytes, reserved_bytes);
}

void AllocatorWatch::report_requested(int device, std::int64_t requested_bytes) {
  const std::lock_guard lock(mutex_);
  if (device < 0 || static_cast<std::size_t>(device) >= peaks_.size()) return;
  raise(peaks_[static_cast<std::size_t>(device)].requested_bytes, requested_bytes);
}

void AllocatorWatch::count_step() { steps_.fetch_add(1, std::memory_order_relaxed); }

AllocatorPeaks AllocatorWatch::peaks(int device) const {
  const std::lock_guard lock(mutex_);
  AllocatorPeaks peaks = peaks_.at(static_cast<std::size_t>(device));
  if (steps() == 0) peaks.step.reset();  // nobody counts steps: it cannot be told
  return peaks;
}

}  // namespace profile_train::simulator
