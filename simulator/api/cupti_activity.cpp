// CUPTI: activity records. There are records of memory and memory pools; other kinds can be enabled and stay empty.

#include <cupti.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>

#include "simulator/entry_point.h"
#include "simulator/faults.h"
#include "simulator/memory_records.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace {

struct Attribute {
  std::size_t bytes;
  std::atomic<std::uint64_t> value;
};

/// By number of CUpti_ActivityAttribute, with their defaults. They steer device buffers, which nothing here uses.
std::array<Attribute, CUPTI_ACTIVITY_ATTR_DEVICE_BUFFER_SIZE_DEVICE_GRAPHS + 1>& attributes() {
  static std::array<Attribute, CUPTI_ACTIVITY_ATTR_DEVICE_BUFFER_SIZE_DEVICE_GRAPHS + 1> all = {{{8, 3'200'000},
                                                                                                 {8, 8'388'608},
                                                                                                 {8, 250},
                                                                                                 {8, 25'000},
                                                                                                 {8, 250},
                                                                                                 {1, 0},
                                                                                                 {8, 3},
                                                                                                 {8, 3},
                                                                                                 {1, 0},
                                                                                                 {1, 1},
                                                                                                 {8, 16'777'216}}};
  return all;
}

/// None of the program's: CUPTI_ERROR_INVALID_PARAMETER and so on. `value_bytes`: in, what the program has room for.
CUptiResult find_attribute(CUpti_ActivityAttribute which, const std::size_t* value_bytes, const void* value,
                           Attribute*& found) {
  if (value_bytes == nullptr || value == nullptr || static_cast<std::size_t>(which) >= attributes().size()) {
    return CUPTI_ERROR_INVALID_PARAMETER;
  }
  found = &attributes()[static_cast<std::size_t>(which)];
  return *value_bytes < found->bytes ? CUPTI_ERROR_PARAMETER_SIZE_NOT_SUFFICIENT : CUPTI_SUCCESS;
}

bool is_kind(CUpti_ActivityKind kind) { return kind > CUPTI_ACTIVITY_KIND_INVALID && kind < CUPTI_ACTIVITY_KIND_COUNT; }

CUptiResult collect(const char* call, CUpti_ActivityKind kind, bool wanted) {
  if (const int fault = injected_fault(call); fault != 0) return static_cast<CUptiResult>(fault);
  if (!is_kind(kind)) return CUPTI_ERROR_INVALID_KIND;
  if (wanted && !record_bytes(kind)) {
    simulation().coverage.note("CUPTI records memory and memory pools only: no kernels, copies or API calls");
  }
  simulation().cupti.collect(kind, wanted);
  return CUPTI_SUCCESS;
}

bool is_context(CUcontext context) { return Contexts::device(reinterpret_cast<std::uintptr_t>(context)) >= 0; }

/// Accepted without effect: there are no records that it would change.
CUptiResult accept() { return CUPTI_SUCCESS; }

}  // namespace

SIMULATED CUptiResult cuptiActivityEnable(CUpti_ActivityKind kind) {
  return collect("cuptiActivityEnable", kind, true);
}
SIMULATED CUptiResult cuptiActivityEnableAndDump(CUpti_ActivityKind kind) {
  return collect("cuptiActivityEnable", kind, true);
}
SIMULATED CUptiResult cuptiActivityDisable(CUpti_ActivityKind kind) {
  return collect("cuptiActivityDisable", kind, false);
}
// A device has one context, and whoever asks for one gets what happens in the others too.
SIMULATED CUptiResult cuptiActivityEnableContext(CUcontext context, CUpti_ActivityKind kind) {
  return is_context(context) ? cuptiActivityEnable(kind) : CUPTI_ERROR_INVALID_CONTEXT;
}
SIMULATED CUptiResult cuptiActivityDisableContext(CUcontext context, CUpti_ActivityKind kind) {
  return is_context(context) ? cuptiActivityDisable(kind) : CUPTI_ERROR_INVALID_CONTEXT;
}

// ---- buffers

SIMULATED CUptiResult cuptiActivityRegisterCallbacks(CUpti_BuffersCallbackRequestFunc requested,
                                                     CUpti_BuffersCallbackCompleteFunc completed) {
  if (const int fault = injected_fault("cuptiActivityRegisterCallbacks"); fault != 0) {
    return static_cast<CUptiResult>(fault);
  }
  if (requested == nullptr || completed == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  simulation().cupti.activities.set_functions(
      [requested] {
        ActivityBuffers::Buffer buffer;
        requested(&buffer.begin, &buffer.bytes, &buffer.max_records);
        return buffer;
      },
      // Buffers are of no context or stream, as on a real card.
      [completed](const ActivityBuffers::Buffer& buffer) {
        completed(nullptr, 0, buffer.begin, buffer.bytes, buffer.valid_bytes);
      });
  return CUPTI_SUCCESS;
}

SIMULATED CUptiResult cuptiActivityFlushAll(std::uint32_t) {
  if (const int fault = injected_fault("cuptiActivityFlushAll"); fault != 0) return static_cast<CUptiResult>(fault);
  ActivityBuffers& activities = simulation().cupti.activities;
  if (!activities.ready()) return CUPTI_ERROR_INVALID_OPERATION;
  activities.flush();
  return CUPTI_SUCCESS;
}
SIMULATED CUptiResult cuptiActivityFlush(CUcontext, std::uint32_t, std::uint32_t flag) {
  return cuptiActivityFlushAll(flag);
}
SIMULATED CUptiResult cuptiActivityFlushPeriod(std::uint32_t milliseconds) {
  simulation().cupti.activities.flush_every(milliseconds);
  return CUPTI_SUCCESS;
}

SIMULATED CUptiResult cuptiActivityGetNumDroppedRecords(CUcontext, std::uint32_t, std::size_t* dropped) {
  if (dropped == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  *dropped = simulation().cupti.activities.take_dropped();
  return CUPTI_SUCCESS;
}

SIMULATED CUptiResult cuptiActivityGetNextRecord(std::uint8_t* buffer, std::size_t valid_bytes,
                                                 CUpti_Activity** record) {
  if (record == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  if (buffer == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  std::size_t position = 0;
  if (*record != nullptr) {
    position = static_cast<std::size_t>(reinterpret_cast<std::uint8_t*>(*record) - buffer);
    const auto bytes = record_bytes((*record)->kind);
    if (!bytes) return CUPTI_ERROR_INVALID_KIND;
    position += *bytes;
  }
  if (position + sizeof(CUpti_Activity) > valid_bytes) return CUPTI_ERROR_MAX_LIMIT_REACHED;
  *record = reinterpret_cast<CUpti_Activity*>(buffer + position);
  return record_bytes((*record)->kind) ? CUPTI_SUCCESS : CUPTI_ERROR_INVALID_KIND;
}

// ---- attributes and switches

SIMULATED CUptiResult cuptiActivityGetAttribute(CUpti_ActivityAttribute which, std::size_t* value_bytes, void* value) {
  Attribute* attribute = nullptr;
  const CUptiResult result = find_attribute(which, value_bytes, value, attribute);
  if (result != CUPTI_SUCCESS) return result;
  const std::uint64_t number = attribute->value;
  *value_bytes = attribute->bytes;
  std::memcpy(value, &number, attribute->bytes);
  return CUPTI_SUCCESS;
}
SIMULATED CUptiResult cuptiActivitySetAttribute(CUpti_ActivityAttribute which, std::size_t* value_bytes, void* value) {
  Attribute* attribute = nullptr;
  const CUptiResult result = find_attribute(which, value_bytes, value, attribute);
  if (result != CUPTI_SUCCESS) return result;
  std::uint64_t number = 0;
  std::memcpy(&number, value, attribute->bytes);
  attribute->value = number;
  return CUPTI_SUCCESS;
}

SIMULATED CUptiResult cuptiActivityEnableLatencyTimestamps(std::uint8_t) { return accept(); }
SIMULATED CUptiResult cuptiActivityEnableLaunchAttributes(std::uint8_t) { return accept(); }
SIMULATED CUptiResult cuptiActivityEnableDeviceGraph(std::uint8_t) { return accept(); }
SIMULATED CUptiResult cuptiActivityEnableAllSyncRecords(std::uint8_t) { return accept(); }
SIMULATED CUptiResult cuptiActivityEnableCudaEventDeviceTimestamps(std::uint8_t) { return accept(); }
SIMULATED CUptiResult cuptiActivityEnableDriverApi(CUpti_CallbackId, std::uint8_t) { return accept(); }
SIMULATED CUptiResult cuptiActivityEnableRuntimeApi(CUpti_CallbackId, std::uint8_t) { return accept(); }
SIMULATED CUptiResult cuptiActivityEnableHWTrace(std::uint8_t) { return CUPTI_ERROR_NOT_SUPPORTED; }
SIMULATED CUptiResult cuptiActivityEnableAllocationSource(std::uint8_t) { return CUPTI_ERROR_NOT_SUPPORTED; }
