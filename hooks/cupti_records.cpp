#include "hooks/cupti_records.h"

namespace profile_train::hooks {

namespace {

Event on_device(std::uint32_t device) noexcept {
  Event event;
  event.device = DeviceType::cuda;
  event.device_index = static_cast<std::uint8_t>(device);
  return event;
}

bool is_of_module(const CUpti_ActivityMemory4& record) {
  return record.memoryKind == CUPTI_ACTIVITY_MEMORY_KIND_DEVICE_STATIC ||
         record.memoryKind == CUPTI_ACTIVITY_MEMORY_KIND_MANAGED_STATIC;
}

Event pool_event(std::uint32_t device, std::uint64_t pool, std::uint64_t held_bytes) noexcept {
  Event event = on_device(device);
  event.kind = EventKind::driver_pool;
  event.address = pool;
  event.bytes = static_cast<Bytes>(held_bytes);
  return event;
}

}  // namespace

void CuptiRecords::begin(const CuptiApi& api, EventSink& sink) noexcept {
  next_record_ = api.next_record;
  sink_ = &sink;
  module_variables_ = sink.names.intern("CUDA modules");
  read_ = 0;
  refused_ = 0;
  unreadable_ = 0;
  foreign_ = 0;
}

CuptiRecords::Counts CuptiRecords::counts() const noexcept {
  return {.read = read_, .refused_buffers = refused_, .unreadable = unreadable_, .foreign_buffers = foreign_};
}

std::uint8_t* CuptiRecords::lend() noexcept {
  for (Buffer& buffer : buffers_) {
    std::uint32_t ours = kOurs;
    if (buffer.lent_in.compare_exchange_strong(ours, sink_->session())) return buffer.bytes.data();
  }
  refused_.fetch_add(1, std::memory_order_relaxed);
  return nullptr;
}

CuptiRecords::Buffer* CuptiRecords::find(const std::uint8_t* bytes) noexcept {
  for (Buffer& buffer : buffers_)
    if (buffer.bytes.data() == bytes && buffer.lent_in != kOurs) return &buffer;
  return nullptr;
}

void CuptiRecords::request(std::uint8_t** buffer, std::size_t* bytes, std::size_t* max_records) noexcept {
  constexpr std::size_t kAsManyAsFit = 0;
  *buffer = cupti_records().lend();
  *bytes = *buffer == nullptr ? 0 : kBufferBytes;
  *max_records = kAsManyAsFit;
}

void CuptiRecords::complete(CUcontext /*context*/, std::uint32_t /*stream*/, std::uint8_t* bytes, std::size_t /*size*/,
                            std::size_t valid_bytes) noexcept {
  CuptiRecords& records = cupti_records();
  Buffer* const buffer = records.find(bytes);
  if (buffer == nullptr) {  // another profiler's, registered before us: not ours to free, nor to read
    records.foreign_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (buffer->lent_in == records.sink_->session()) records.read(bytes, valid_bytes);  // else of an earlier session
  buffer->lent_in = kOurs;
}

void CuptiRecords::read(std::uint8_t* buffer, std::size_t valid_bytes) noexcept {
  if (!sink_->recording()) return;
  const ReentryGuard guard;
  if (!guard) return;
  CUpti_Activity* activity = nullptr;
  CUptiResult result = CUPTI_SUCCESS;
  while ((result = next_record_(buffer, valid_bytes, &activity)) == CUPTI_SUCCESS) {
    record(*activity, guard.token());
    read_.fetch_add(1, std::memory_order_relaxed);
  }
  if (result != CUPTI_ERROR_MAX_LIMIT_REACHED) unreadable_.fetch_add(1, std::memory_order_relaxed);
}

void CuptiRecords::record(const CUpti_Activity& activity, ReentryToken token) noexcept {
  if (activity.kind == CUPTI_ACTIVITY_KIND_MEMORY_POOL) {
    const auto& pool = reinterpret_cast<const CUpti_ActivityMemoryPool3&>(activity);
    const bool gone = pool.memoryPoolOperationType == CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_DESTROYED;
    return sink_->record(pool_event(pool.deviceId, pool.address, gone ? 0 : pool.size), token);
  }
  if (activity.kind != CUPTI_ACTIVITY_KIND_MEMORY2) return;
  const auto& memory = reinterpret_cast<const CUpti_ActivityMemory4&>(activity);
  if (memory.memoryPoolConfig.memoryPoolType == CUPTI_ACTIVITY_MEMORY_POOL_TYPE_LOCAL)
    sink_->record(pool_event(memory.deviceId, memory.memoryPoolConfig.address, memory.memoryPoolConfig.pool.size),
                  token);
  if (!is_of_module(memory)) return;
  const bool released = memory.memoryOperationType == CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_RELEASE;
  Event event = on_device(memory.deviceId);
  event.kind = released ? EventKind::driver_free : EventKind::driver_allocate;
  event.address = memory.address;
  event.bytes = released ? 0 : static_cast<Bytes>(memory.bytes);
  event.name = released ? 0 : module_variables_.load();
  event.detail = static_cast<std::uint8_t>(DriverMemory::module_variables);
  sink_->record(event, token);
}

CuptiRecords& cupti_records() {
  static auto* const records = new CuptiRecords;  // never destroyed, on purpose
  return *records;
}

}  // namespace profile_train::hooks
