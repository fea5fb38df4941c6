#pragma once

#include <cuda.h>
#include <cupti.h>

#include <cstdint>
#include <optional>

#include "simulator/memory_records.h"
#include "simulator/simulation.h"

namespace profile_train::simulator {

/// Lets CUPTI see a call of the driver: a callback at its entry and one at its exit, and a record of the memory that
/// it allocated or released. Stands at the top of an entry point; without a subscriber it costs one relaxed load.
///
///     const cuMemFree_v2_params params{address};
///     const DriverCall call(CUPTI_DRIVER_TRACE_CBID_cuMemFree_v2, "cuMemFree_v2", &params);
///     return call.returns(…);
///
/// `params` is the struct that cupti.h has for the call, and outlives the guard: declare it first.
class DriverCall {
 public:
  DriverCall(CUpti_driver_api_trace_cbid call, const char* name, const void* params)
      : call_(call), name_(name), params_(params) {
    if (simulation().cupti.watches_driver()) [[unlikely]]
      enter();
  }
  ~DriverCall() {
    if (watched_) [[unlikely]]
      leave();
  }
  DriverCall(const DriverCall&) = delete;
  DriverCall& operator=(const DriverCall&) = delete;

  /// What the subscriber sees as the call's result; CUDA_SUCCESS without it.
  CUresult returns(CUresult result) const noexcept {
    result_ = result;
    return result;
  }

 private:
  void enter();
  void leave();
  void call_back(int site);

  const CUpti_driver_api_trace_cbid call_;
  const char* const name_;
  const void* const params_;
  mutable CUresult result_ = CUDA_SUCCESS;
  bool watched_ = false;
  bool entered_ = false;  // the subscriber heard of the entry: it will hear of the exit
  std::uint32_t correlation_ = 0;
  std::uint64_t correlation_data_ = 0;  // the subscriber's, from entry to exit
  std::uint64_t entered_ns_ = 0;
  std::optional<PooledRange> released_;  // what a release will release: afterwards nobody knows
};

}  // namespace profile_train::simulator
