// Tells the simulated device how many bytes are requested of PyTorch's caching allocator. A library of its own, since
// it is built with the headers of one LibTorch and must not be loaded beside another.

#include <c10/cuda/CUDACachingAllocator.h>
#include <torch/headeronly/version.h>

#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace {

using c10::CachingDeviceAllocator::TraceEntry;
using Report = void (*)(int device, std::int64_t requested_bytes);

/// Runs on the allocating thread, under the allocator's lock of that device: it must not call torch.
class Requests {
 public:
  explicit Requests(Report report) : report_(report) {}

  void see(const TraceEntry& entry) {
    const std::lock_guard lock(mutex_);  // devices have locks of their own
    if (entry.action_ == TraceEntry::ALLOC) {
      live_[entry.addr_] = static_cast<std::int64_t>(entry.size_);
      report_(entry.device_, requested_[entry.device_] += static_cast<std::int64_t>(entry.size_));
    } else if (entry.action_ == TraceEntry::FREE_COMPLETED) {
      const auto found = live_.find(entry.addr_);
      if (found == live_.end()) return;  // allocated before we were attached
      requested_[entry.device_] -= found->second;
      live_.erase(found);
    }
  }

 private:
  const Report report_;
  std::mutex mutex_;
  std::unordered_map<std::size_t, std::int64_t> live_;
  std::unordered_map<int, std::int64_t> requested_;
};

}  // namespace

extern "C" __attribute__((visibility("default"))) std::uint64_t profile_train_simcuda_torch_built_for() {
  return TORCH_ABI_VERSION;
}

/// False if the allocator does not exist yet. It cannot be detached.
extern "C" __attribute__((visibility("default"))) bool profile_train_simcuda_torch_attach(Report report) {
  auto* const allocator = c10::cuda::CUDACachingAllocator::get();
  if (allocator == nullptr || !allocator->initialized()) return false;
  static auto* const requests = new Requests(report);  // never destroyed: events come until the very end
  allocator->attachAllocatorTraceTracker([](const TraceEntry& entry) { requests->see(entry); });
  return true;
}
