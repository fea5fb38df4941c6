#include "simulator/driver_call.h"

#include <cupti.h>

namespace profile_train::simulator {
namespace {

/// The thread is in a function of the program that CUPTI called. What it calls there is not reported: whether real
/// CUPTI does is not documented, and a subscriber that allocates would never come back.
bool& in_program() noexcept {
  static thread_local bool value = false;
  return value;
}

}  // namespace

void DriverCall::enter() {
  if (in_program()) return;
  Cupti& cupti = simulation().cupti;
  watched_ = true;
  correlation_ = cupti.next_correlation();
  entered_ns_ = cupti.now_ns();
  released_ = range_that_ends(call_, params_);
  call_back(CUPTI_API_ENTER);
}

void DriverCall::leave() {
  if (entered_) call_back(CUPTI_API_EXIT);
  if (result_ != CUDA_SUCCESS) return;
  in_program() = true;  // writing may ask the program for a buffer
  record_memory({call_, params_, correlation_, entered_ns_, released_});
  in_program() = false;
}

void DriverCall::call_back(int site) {
  const Cupti::Callback callback =
      simulation().cupti.callback(CUPTI_CB_DOMAIN_DRIVER_API, static_cast<std::uint32_t>(call_));
  if (!callback) return;
  entered_ = true;
  CUpti_CallbackData data{};
  data.callbackSite = static_cast<CUpti_ApiCallbackSite>(site);
  data.functionName = name_;
  data.functionParams = params_;
  data.functionReturnValue = site == CUPTI_API_EXIT ? &result_ : nullptr;
  if (simulation().contexts.used(current_device())) {
    data.context =
        reinterpret_cast<CUcontext>(Contexts::handle(current_device()));  // NOLINT(performance-no-int-to-ptr)
    data.contextUid = context_id(current_device());
  }
  data.correlationData = &correlation_data_;
  data.correlationId = correlation_;
  in_program() = true;
  callback(CUPTI_CB_DOMAIN_DRIVER_API, static_cast<std::uint32_t>(call_), &data);
  in_program() = false;
}

}  // namespace profile_train::simulator
