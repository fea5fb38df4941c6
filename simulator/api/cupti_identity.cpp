// CUPTI: versions, clocks, names and numbers of things.

#include <cupti.h>

#include <array>
#include <utility>
#include <vector>

#include "simulator/entry_point.h"
#include "simulator/faults.h"
#include "simulator/memory_records.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace {

struct Name {
  std::uint32_t number;
  const char* text;
};

// Made from CUPTI's headers when the build is configured.
constexpr Name kDriverCalls[] = {
#include "simulator/cupti_driver_calls.inc"
};
constexpr Name kRuntimeCalls[] = {
#include "simulator/cupti_runtime_calls.inc"
};
constexpr Name kResults[] = {
#include "simulator/cupti_results.inc"
};

template <std::size_t Count>
const char* find(const Name (&names)[Count], std::uint32_t number) {
  for (const Name& name : names) {
    if (name.number == number) return name.text;
  }
  return nullptr;
}

/// The thread's regions of an outer API, innermost last.
std::vector<std::uint64_t>* external_ids(CUpti_ExternalCorrelationKind kind) {
  static thread_local std::array<std::vector<std::uint64_t>, CUPTI_EXTERNAL_CORRELATION_KIND_SIZE> ids;
  const auto index = static_cast<std::size_t>(kind);
  return kind == CUPTI_EXTERNAL_CORRELATION_KIND_INVALID || index >= ids.size() ? nullptr : &ids.at(index);
}

/// -1 if it is none. A null context is the thread's.
int device_of(CUcontext context) {
  return context == nullptr ? current_device() : Contexts::device(reinterpret_cast<std::uintptr_t>(context));
}

}  // namespace

SIMULATED CUptiResult cuptiGetVersion(std::uint32_t* version) {
  if (const int fault = injected_fault("cuptiGetVersion"); fault != 0) return static_cast<CUptiResult>(fault);
  if (version == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  *version = CUPTI_API_VERSION;
  return CUPTI_SUCCESS;
}

SIMULATED CUptiResult cuptiGetTimestamp(std::uint64_t* timestamp_ns) {
  if (timestamp_ns == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  *timestamp_ns = simulation().cupti.now_ns();
  return CUPTI_SUCCESS;
}
SIMULATED CUptiResult cuptiActivityRegisterTimestampCallback(CUpti_TimestampCallbackFunc clock) {
  simulation().cupti.set_clock(clock);
  return CUPTI_SUCCESS;
}

SIMULATED CUptiResult cuptiGetResultString(CUptiResult result, const char** text) {
  if (text == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  const char* const name = find(kResults, static_cast<std::uint32_t>(result));
  *text = name == nullptr ? "<unknown>" : name;
  return name == nullptr ? CUPTI_ERROR_INVALID_PARAMETER : CUPTI_SUCCESS;
}
SIMULATED CUptiResult cuptiGetErrorMessage(CUptiResult result, const char** text) {
  return cuptiGetResultString(result, text);
}
SIMULATED CUptiResult cuptiGetLastError() { return CUPTI_SUCCESS; }

SIMULATED CUptiResult cuptiGetCallbackName(CUpti_CallbackDomain domain, std::uint32_t callback, const char** name) {
  if (name == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  const char* found = nullptr;
  if (domain == CUPTI_CB_DOMAIN_DRIVER_API) found = find(kDriverCalls, callback);
  if (domain == CUPTI_CB_DOMAIN_RUNTIME_API) found = find(kRuntimeCalls, callback);
  if (found == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  *name = found;
  return CUPTI_SUCCESS;
}

// ---- contexts, devices, streams

SIMULATED CUptiResult cuptiGetContextId(CUcontext context, std::uint32_t* id) {
  if (id == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  const int device = Contexts::device(reinterpret_cast<std::uintptr_t>(context));
  if (device < 0) return CUPTI_ERROR_INVALID_CONTEXT;
  *id = context_id(device);
  return CUPTI_SUCCESS;
}
SIMULATED CUptiResult cuptiGetDeviceId(CUcontext context, std::uint32_t* id) {
  if (id == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  const int device = device_of(context);
  if (device < 0) return CUPTI_ERROR_INVALID_CONTEXT;
  *id = static_cast<std::uint32_t>(device);
  return CUPTI_SUCCESS;
}
SIMULATED CUptiResult cuptiGetStreamIdEx(CUcontext context, CUstream stream, std::uint8_t, std::uint32_t* id) {
  if (id == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  if (device_of(context) < 0) return CUPTI_ERROR_INVALID_CONTEXT;
  const auto handle = reinterpret_cast<Handle>(stream);
  if (simulation().streams.check_stream(handle) != Status::ok) return CUPTI_ERROR_INVALID_STREAM;
  *id = stream_id(handle);
  return CUPTI_SUCCESS;
}
SIMULATED CUptiResult cuptiGetStreamId(CUcontext context, CUstream stream, std::uint32_t* id) {
  return cuptiGetStreamIdEx(context, stream, 0, id);
}
SIMULATED CUptiResult cuptiDeviceSupported(CUdevice device, int* supported) {
  if (supported == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  if (!simulation().has_device(device)) return CUPTI_ERROR_INVALID_DEVICE;
  *supported = 1;
  return CUPTI_SUCCESS;
}
SIMULATED CUptiResult cuptiGetThreadIdType(CUpti_ActivityThreadIdType* type) {
  if (type == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  *type = CUPTI_ACTIVITY_THREAD_ID_TYPE_DEFAULT;
  return CUPTI_SUCCESS;
}

// ---- regions of an outer API: kept in balance, though no record here refers to them

SIMULATED CUptiResult cuptiActivityPushExternalCorrelationId(CUpti_ExternalCorrelationKind kind, std::uint64_t id) {
  auto* const ids = external_ids(kind);
  if (ids == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  ids->push_back(id);
  return CUPTI_SUCCESS;
}
SIMULATED CUptiResult cuptiActivityPopExternalCorrelationId(CUpti_ExternalCorrelationKind kind, std::uint64_t* last) {
  auto* const ids = external_ids(kind);
  if (ids == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  if (ids->empty()) return CUPTI_ERROR_QUEUE_EMPTY;
  if (last != nullptr) *last = ids->back();
  ids->pop_back();
  return CUPTI_SUCCESS;
}
