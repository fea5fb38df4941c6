#include "fake_cupti.h"

#include <cstring>

namespace profile_train::hooks::test {

namespace {

FakeCupti* fake = nullptr;

// Records of one size, one after the other.
CUptiResult next_record(std::uint8_t* buffer, std::size_t valid_bytes, CUpti_Activity** record) {
  std::uint8_t* const next =
      *record == nullptr ? buffer : reinterpret_cast<std::uint8_t*>(*record) + sizeof(CUpti_ActivityMemory4);
  if (next + sizeof(CUpti_ActivityMemory4) > buffer + valid_bytes) return CUPTI_ERROR_MAX_LIMIT_REACHED;
  *record = reinterpret_cast<CUpti_Activity*>(next);
  return (*record)->kind == CUPTI_ACTIVITY_KIND_MEMORY2 ? CUPTI_SUCCESS : CUPTI_ERROR_INVALID_KIND;
}

}  // namespace

FakeCupti::FakeCupti() {
  fake = this;
  api.driver_version = [](int* told) {
    *told = fake->driver_version;
    return fake->driver_version == 0 ? CUDA_ERROR_NO_DEVICE : CUDA_SUCCESS;
  };
  api.version = [](std::uint32_t* told) {
    *told = fake->version;
    return fake->version_result;
  };
  api.result_string = [](CUptiResult, const char** text) {
    *text = "CUPTI_ERROR_OF_THE_TEST";
    return CUPTI_SUCCESS;
  };
  api.subscribe = [](CUpti_SubscriberHandle* subscriber, CUpti_CallbackFunc callback, void* userdata,
                     CUpti_SubscriberParams* params) {
    fake->subscriber_name = params->subscriberName;
    if (fake->subscribe_result != CUPTI_SUCCESS) {
      params->oldSubscriberName[fake->holder.copy(params->oldSubscriberName, params->oldSubscriberSize - 1)] = '\0';
      return fake->subscribe_result;
    }
    *subscriber = reinterpret_cast<CUpti_SubscriberHandle>(fake);
    fake->callback_ = callback;
    fake->userdata_ = userdata;
    fake->subscribed = true;
    return CUPTI_SUCCESS;
  };
  api.unsubscribe = [](CUpti_SubscriberHandle) {
    fake->subscribed = false;
    return CUPTI_SUCCESS;
  };
  api.enable_callback = [](std::uint32_t enable, CUpti_SubscriberHandle, CUpti_CallbackDomain, CUpti_CallbackId id) {
    if (fake->enable_callback_result == CUPTI_SUCCESS && enable != 0) fake->watched.insert(id);
    return fake->enable_callback_result;
  };
  api.device_of_context = [](CUcontext, std::uint32_t* told) {
    ++fake->device_questions;
    *told = fake->device;
    return CUPTI_SUCCESS;
  };
  api.register_buffers = [](CUpti_BuffersCallbackRequestFunc requested, CUpti_BuffersCallbackCompleteFunc completed) {
    fake->request = requested;
    fake->complete = completed;
    return fake->register_result;
  };
  api.enable_records = [](CUpti_ActivityKind kind) {
    if (fake->enable_records_result == CUPTI_SUCCESS) fake->collected.insert(kind);
    return fake->enable_records_result;
  };
  api.disable_records = [](CUpti_ActivityKind kind) {
    fake->collected.erase(kind);
    return CUPTI_SUCCESS;
  };
  api.flush_records = [](std::uint32_t) { return fake->flush_result; };
  api.next_record = next_record;
  api.dropped_records = [](CUcontext, std::uint32_t, std::size_t* told) {
    *told = fake->dropped;
    return CUPTI_SUCCESS;
  };
}

FakeCupti::~FakeCupti() { fake = nullptr; }

void FakeCupti::returns(CUpti_CallbackId call, const void* params, CUresult result, std::uint32_t context,
                        CUpti_ApiCallbackSite site) {
  CUpti_CallbackData data{};
  data.callbackSite = site;
  data.functionParams = params;
  data.functionReturnValue = &result;
  data.context = reinterpret_cast<CUcontext>(this);
  data.contextUid = context;
  callback_(userdata_, CUPTI_CB_DOMAIN_DRIVER_API, call, &data);
}

void FakeCupti::allocates(CUdeviceptr address, std::size_t bytes, CUresult result, std::uint32_t context) {
  const cuMemAlloc_v2_params params{&address, bytes};
  returns(CUPTI_DRIVER_TRACE_CBID_cuMemAlloc_v2, &params, result, context);
}

void FakeCupti::releases(CUdeviceptr address) {
  const cuMemFree_v2_params params{address};
  returns(CUPTI_DRIVER_TRACE_CBID_cuMemFree_v2, &params);
}

bool FakeCupti::deliver(const std::vector<CUpti_ActivityMemory4>& records) {
  std::uint8_t* buffer = nullptr;
  std::size_t bytes = 0;
  std::size_t max_records = 0;
  request(&buffer, &bytes, &max_records);
  if (buffer == nullptr) return false;
  const std::size_t valid = records.size() * sizeof(CUpti_ActivityMemory4);
  std::memcpy(buffer, records.data(), valid);
  complete(nullptr, 0, buffer, bytes, valid);
  return true;
}

}  // namespace profile_train::hooks::test
