#include "hooks/cupti_hook.h"

#include <fmt/format.h>

#include <array>
#include <atomic>

#include "hooks/calling_library.h"
#include "hooks/cupti_calls.h"
#include "hooks/cupti_records.h"

namespace profile_train::hooks {

namespace {

constexpr std::uint32_t kOldestVersion =
    130'000;  // of CUDA 13.0: the first with cuptiSubscribe_v2, which names who holds it
constexpr std::array kRecordKinds = {CUPTI_ACTIVITY_KIND_MEMORY2, CUPTI_ACTIVITY_KIND_MEMORY_POOL};

/// Which device a context is of: asked once for each, as the answer never changes. Any thread.
class ContextDevices {
 public:
  std::uint8_t device_of(const CUpti_CallbackData& call, const CuptiApi& api) noexcept {
    for (const std::atomic<std::uint64_t>& known : known_) {
      const std::uint64_t entry = known.load(std::memory_order_relaxed);
      if (entry != 0 && entry >> 32U == call.contextUid) return static_cast<std::uint8_t>(entry & kDevice);
    }
    std::uint32_t device = 0;
    if (call.context == nullptr || api.device_of_context(call.context, &device) != CUPTI_SUCCESS) return 0;
    const std::uint64_t entry = std::uint64_t{call.contextUid} << 32U | kKnown | (device & kDevice);
    for (std::atomic<std::uint64_t>& known : known_) {
      std::uint64_t free = 0;
      if (known.compare_exchange_strong(free, entry, std::memory_order_relaxed)) break;
    }
    return static_cast<std::uint8_t>(device);
  }
  void clear() noexcept {
    for (auto& known : known_) known = 0;
  }

 private:
  static constexpr std::uint64_t kDevice = 0xFF;
  static constexpr std::uint64_t kKnown = 0x100;
  std::array<std::atomic<std::uint64_t>, 16> known_{};  // more contexts are asked for each time
};

/// What a callback needs. CUPTI may still be in one when a session has ended, so it is never destroyed.
struct Callbacks {
  EventSink* sink = nullptr;
  CuptiApi api;
  ContextDevices devices;
  std::atomic<Bytes> own_bytes{0};
};

Callbacks& callbacks() {
  static auto* const all = new Callbacks;
  return *all;
}

void record(const DriverChange& change, const CUpti_CallbackData& call, Callbacks& our, ReentryToken token) noexcept {
  EventSink& sink = *our.sink;
  Event event;
  event.kind = change.kind;
  event.address = change.address;
  event.bytes = change.bytes;
  event.device = DeviceType::cuda;
  event.device_index = change.device ? static_cast<std::uint8_t>(*change.device) : our.devices.device_of(call, our.api);
  event.detail = static_cast<std::uint8_t>(change.memory);
  if (change.kind == EventKind::driver_allocate) event.name = sink.names.intern(calling_library());
  sink.record(event, token);
}

void CUPTIAPI on_call(void* userdata, CUpti_CallbackDomain domain, CUpti_CallbackId id, const void* data) noexcept {
  Callbacks& our = *static_cast<Callbacks*>(userdata);
  const auto& call = *static_cast<const CUpti_CallbackData*>(data);
  if (domain != CUPTI_CB_DOMAIN_DRIVER_API || call.callbackSite != CUPTI_API_EXIT || !our.sink->recording()) return;
  if (call.functionReturnValue != nullptr && *static_cast<const CUresult*>(call.functionReturnValue) != CUDA_SUCCESS)
    return;
  const auto change = change_by(id, call.functionParams);
  if (!change) return;
  const ReentryGuard guard;
  if (guard) return record(*change, call, our, guard.token());
  if (change->kind == EventKind::driver_allocate) our.own_bytes.fetch_add(change->bytes, std::memory_order_relaxed);
}

std::string not_recorded(std::string_view why) { return fmt::format("Driver allocations are not recorded: {}.", why); }

std::string name_of(CUptiResult result, const CuptiApi& api) {
  const char* text = nullptr;
  if (api.result_string(result, &text) != CUPTI_SUCCESS || text == nullptr) text = "error";
  return fmt::format("{} ({})", text, static_cast<int>(result));
}

constexpr std::string_view kUnnamedSubscriber = "CUPTI";  // one that used cuptiSubscribe, which takes no name

/// Why CUPTI refused, and what helps.
std::string reason_of(CUptiResult result, std::string_view holder, const CuptiApi& api) {
  switch (result) {
    case CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED:
      if (holder.empty() || holder == kUnnamedSubscriber)
        return "another profiler holds CUPTI, which serves one at a time; LibTorch's own keeps it once it was used";
      return fmt::format("\"{}\" holds CUPTI, which serves one profiler at a time; end it before the session begins",
                         holder);
    case CUPTI_ERROR_INSUFFICIENT_PRIVILEGES:
      return fmt::format(
          "the driver lets only administrators profile, {}; run as one, in a container with CAP_SYS_ADMIN, or load the "
          "driver with NVreg_RestrictProfilingToAdminUsers=0",
          name_of(result, api));
    case CUPTI_ERROR_NOT_INITIALIZED:
    case CUPTI_ERROR_UNKNOWN:
      return fmt::format("CUPTI could not be initialised, {}; it must not be newer than the driver",
                         name_of(result, api));
    default: return fmt::format("CUPTI answers {}", name_of(result, api));
  }
}

/// A version as people know it: 13.0 for 130001. Before CUDA 13 it was a plain count.
std::string version_text(std::uint32_t version) {
  constexpr std::uint32_t kFirstOfThatForm = 100'000;
  return version < kFirstOfThatForm ? fmt::format("API {}", version)
                                    : fmt::format("{}.{}", version / 10'000, version / 100 % 100);
}

}  // namespace

std::string CuptiHook::begin(const Result<CuptiApi>& cupti) {
  if (begun()) return {};
  if (!cupti) return not_recorded(fmt::format("CUPTI is not there: {}", cupti.error().message));
  api_ = *cupti;
  int driver_version = 0;
  if (api_.driver_version == nullptr || api_.driver_version(&driver_version) != CUDA_SUCCESS || driver_version == 0)
    return not_recorded("there is no CUDA driver");
  std::uint32_t version = 0;
  if (const CUptiResult result = api_.version(&version); result != CUPTI_SUCCESS)
    return not_recorded(reason_of(result, {}, api_));
  if (version < kOldestVersion)
    return not_recorded(
        fmt::format("this CUPTI is {}, and {} is needed", version_text(version), version_text(kOldestVersion)));
  if (std::string problem = subscribe(); !problem.empty()) return problem;
  return ask_for_records();
}

std::string CuptiHook::subscribe() {
  Callbacks& our = callbacks();
  our.sink = &sink_;
  our.api = api_;
  our.devices.clear();
  our.own_bytes = 0;
  std::array<char, CUPTI_OLD_SUBSCRIBER_NAME_MIN_LEN> holder{};
  CUpti_SubscriberParams params{};
  params.structSize = CUpti_SubscriberParams_STRUCT_SIZE;
  params.subscriberName = "profile-train";
  params.oldSubscriberName = holder.data();
  params.oldSubscriberSize = holder.size();
  const CUptiResult result = api_.subscribe(&subscriber_, on_call, &our, &params);
  if (result != CUPTI_SUCCESS) {
    subscriber_ = nullptr;
    return not_recorded(reason_of(result, holder.data(), api_));
  }
  return watch_calls();
}

std::string CuptiHook::watch_calls() {
  for (const CUpti_CallbackId id : memory_calls()) {
    constexpr std::uint32_t kEnable = 1;
    const CUptiResult result = api_.enable_callback(kEnable, subscriber_, CUPTI_CB_DOMAIN_DRIVER_API, id);
    if (result == CUPTI_SUCCESS) continue;
    api_.unsubscribe(subscriber_);
    subscriber_ = nullptr;
    return not_recorded(reason_of(result, {}, api_));
  }
  return {};
}

std::string CuptiHook::ask_for_records() {
  CuptiRecords& records = cupti_records();
  records.begin(api_, sink_);
  CUptiResult result = api_.register_buffers(CuptiRecords::request, CuptiRecords::complete);
  for (const CUpti_ActivityKind kind : kRecordKinds)
    if (result == CUPTI_SUCCESS) result = api_.enable_records(kind);
  if (result == CUPTI_SUCCESS) {
    has_records_ = true;
    return {};
  }
  for (const CUpti_ActivityKind kind : kRecordKinds) api_.disable_records(kind);
  return fmt::format("Driver allocations lack variables of CUDA modules, and what pools hold without using it: {}.",
                     reason_of(result, {}, api_));
}

std::string CuptiHook::end() {
  if (!begun()) return {};
  std::string lost;
  if (has_records_) {
    for (const CUpti_ActivityKind kind : kRecordKinds) api_.disable_records(kind);
    const CUptiResult flushed = api_.flush_records(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED);
    std::size_t dropped = 0;
    constexpr std::uint32_t kAnyStream = 0;
    if (api_.dropped_records(nullptr, kAnyStream, &dropped) != CUPTI_SUCCESS) dropped = 0;
    const CuptiRecords::Counts counts = cupti_records().counts();
    if (flushed != CUPTI_SUCCESS)
      lost = fmt::format("they could not be flushed, {}", name_of(flushed, api_));
    else if (counts.refused_buffers > 0)
      lost = fmt::format("{} came faster than they could be read", dropped);
    else if (dropped > 0)
      lost = fmt::format("CUPTI dropped {}", dropped);
    else if (counts.foreign_buffers > 0)
      lost = "another profiler took part of them";
    else if (counts.unreadable > 0)
      lost = "part of them is of an unknown kind";
    if (!lost.empty())
      lost = fmt::format(
          "CUPTI's memory records are incomplete: {}; variables of CUDA modules and what pools hold may be missing "
          "from the driver's figure.",
          lost);
    has_records_ = false;
  }
  api_.unsubscribe(subscriber_);
  subscriber_ = nullptr;
  return lost;
}

std::uint64_t CuptiHook::records_read() const noexcept { return cupti_records().counts().read; }

Bytes CuptiHook::own_device_bytes() const noexcept { return callbacks().own_bytes; }

}  // namespace profile_train::hooks
