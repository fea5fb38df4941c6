#pragma once

#include <cupti.h>

#include <array>
#include <span>

#include "profiler/result.h"

namespace profile_train::hooks {

/// What is used of CUPTI, and the one function of the driver that tells whether there is one. Every call of CUPTI goes
/// through such a table: found in the process at run time, so that nothing is linked with CUPTI, or filled in by a
/// test.
struct CuptiApi {
  decltype(&cuDriverGetVersion) driver_version = nullptr;  ///< null: there is no driver's library
  decltype(&cuptiGetVersion) version = nullptr;
  decltype(&cuptiGetResultString) result_string = nullptr;
  decltype(&cuptiSubscribe_v2) subscribe = nullptr;
  decltype(&cuptiUnsubscribe) unsubscribe = nullptr;
  decltype(&cuptiEnableCallback) enable_callback = nullptr;
  decltype(&cuptiGetDeviceId) device_of_context = nullptr;
  decltype(&cuptiActivityRegisterCallbacks) register_buffers = nullptr;
  decltype(&cuptiActivityEnable) enable_records = nullptr;
  decltype(&cuptiActivityDisable) disable_records = nullptr;
  decltype(&cuptiActivityFlushAll) flush_records = nullptr;
  decltype(&cuptiActivityGetNextRecord) next_record = nullptr;
  decltype(&cuptiActivityGetNumDroppedRecords) dropped_records = nullptr;
};

inline constexpr std::array<const char*, 2> kCuptiLibraries = {"libcupti.so.13", "libcupti.so"};

/// The CUPTI that the rest of the process calls, which LibTorch brings along; else the first of `libraries` that can be
/// opened. The error is the rest of a sentence: "libcupti.so.13 lacks cuptiSubscribe_v2". Any thread.
Result<CuptiApi> load_cupti(std::span<const char* const> libraries = kCuptiLibraries);

}  // namespace profile_train::hooks
