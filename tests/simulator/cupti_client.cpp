#include "cupti_client.h"

#include <gtest/gtest.h>

namespace profile_train::simulator {
namespace {

CuptiClient* client = nullptr;

}  // namespace

CuptiClient::CuptiClient(std::size_t buffer_bytes) : buffer_bytes_(buffer_bytes) {
  client = this;
  CUpti_SubscriberParams params{};
  params.structSize = CUpti_SubscriberParams_STRUCT_SIZE;
  params.subscriberName = "profile-train";
  EXPECT_EQ(cuptiSubscribe_v2(&subscriber, &on_call, this, &params), CUPTI_SUCCESS);
  EXPECT_EQ(cuptiActivityRegisterCallbacks(&on_request, &on_complete), CUPTI_SUCCESS);
}

CuptiClient::~CuptiClient() {
  for (const CUpti_ActivityKind kind : kinds_) EXPECT_EQ(cuptiActivityDisable(kind), CUPTI_SUCCESS);
  EXPECT_EQ(cuptiUnsubscribe(subscriber), CUPTI_SUCCESS);
  EXPECT_EQ(cuptiActivityFlushAll(0), CUPTI_SUCCESS);
  EXPECT_EQ(buffers_out, 0U);
}

void CuptiClient::watch(CUpti_CallbackId id) {
  EXPECT_EQ(cuptiEnableCallback(1, subscriber, CUPTI_CB_DOMAIN_DRIVER_API, id), CUPTI_SUCCESS);
}

void CuptiClient::collect(CUpti_ActivityKind kind) {
  kinds_.push_back(kind);
  EXPECT_EQ(cuptiActivityEnable(kind), CUPTI_SUCCESS);
}

std::vector<CUpti_ActivityMemory4> CuptiClient::memory_records() {
  EXPECT_EQ(cuptiActivityFlushAll(0), CUPTI_SUCCESS);
  const std::lock_guard lock(mutex_);
  return memory_;
}

std::vector<CUpti_ActivityMemoryPool3> CuptiClient::pool_records() {
  EXPECT_EQ(cuptiActivityFlushAll(0), CUPTI_SUCCESS);
  const std::lock_guard lock(mutex_);
  return pools_;
}

void CuptiClient::on_call(void* self, CUpti_CallbackDomain domain, CUpti_CallbackId id, const void* data) {
  EXPECT_EQ(domain, CUPTI_CB_DOMAIN_DRIVER_API);
  auto& me = *static_cast<CuptiClient*>(self);
  const auto& told = *static_cast<const CUpti_CallbackData*>(data);
  Call call;
  call.id = id;
  call.enter = told.callbackSite == CUPTI_API_ENTER;
  call.correlation = told.correlationId;
  if (call.enter) {
    *told.correlationData = 40 + told.correlationId;
  } else {
    call.shared = *told.correlationData;
    call.result = *static_cast<const CUresult*>(told.functionReturnValue);
    if (id == CUPTI_DRIVER_TRACE_CBID_cuMemAlloc_v2) {
      call.address = *static_cast<const cuMemAlloc_v2_params*>(told.functionParams)->dptr;
    }
  }
  me.calls.push_back(call);
  if (me.in_callback != nullptr) me.in_callback();
}

void CuptiClient::on_request(std::uint8_t** buffer, std::size_t* bytes, std::size_t* max_records) {
  *buffer = nullptr;
  *bytes = 0;
  *max_records = 0;
  if (client->refuses_buffers) return;
  const std::lock_guard lock(client->mutex_);
  ++client->buffers_out;
  *buffer = new std::uint8_t[client->buffer_bytes_];
  *bytes = client->buffer_bytes_;
}

void CuptiClient::on_complete(CUcontext, std::uint32_t, std::uint8_t* buffer, std::size_t, std::size_t valid_bytes) {
  const std::lock_guard lock(client->mutex_);
  client->thread_of_delivery = std::this_thread::get_id();
  CUpti_Activity* record = nullptr;
  while (cuptiActivityGetNextRecord(buffer, valid_bytes, &record) == CUPTI_SUCCESS) {
    if (record->kind == CUPTI_ACTIVITY_KIND_MEMORY2) {
      client->memory_.push_back(*reinterpret_cast<const CUpti_ActivityMemory4*>(record));
    } else {
      client->pools_.push_back(*reinterpret_cast<const CUpti_ActivityMemoryPool3*>(record));
    }
  }
  delete[] buffer;
  --client->buffers_out;
}

}  // namespace profile_train::simulator
