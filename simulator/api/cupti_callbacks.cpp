// CUPTI: the subscriber and its callbacks. There are callbacks of the driver's memory calls; other domains have none.

#include <cupti.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "simulator/entry_point.h"
#include "simulator/faults.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace {

Cupti::SubscriberId id_of(CUpti_SubscriberHandle handle) { return reinterpret_cast<Cupti::SubscriberId>(handle); }

CUptiResult valid(bool parameters) { return parameters ? CUPTI_SUCCESS : CUPTI_ERROR_INVALID_PARAMETER; }

/// `holder`: who has CUPTI already, if anyone.
CUptiResult subscribe(CUpti_SubscriberHandle* subscriber, CUpti_CallbackFunc callback, void* userdata,
                      const std::string& name, std::string& holder) {
  if (subscriber == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  if (const int fault = injected_fault("cuptiSubscribe"); fault != 0) {
    holder = "CUPTI for an injected fault";
    return static_cast<CUptiResult>(fault);
  }
  Cupti::Callback forward;
  if (callback != nullptr) {
    forward = [callback, userdata](std::uint32_t domain, std::uint32_t id, const void* data) {
      callback(userdata, static_cast<CUpti_CallbackDomain>(domain), id, data);
    };
  }
  const auto made = simulation().cupti.subscribe(std::move(forward), name, holder);
  if (!made) return CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED;
  *subscriber = reinterpret_cast<CUpti_SubscriberHandle>(*made);  // NOLINT(performance-no-int-to-ptr): opaque
  return CUPTI_SUCCESS;
}

void note_domain(CUpti_CallbackDomain domain) {
  if (domain == CUPTI_CB_DOMAIN_DRIVER_API) return;
  simulation().coverage.note("CUPTI gives callbacks of the driver's memory calls only, none of other domains");
}

}  // namespace

SIMULATED CUptiResult cuptiSubscribe(CUpti_SubscriberHandle* subscriber, CUpti_CallbackFunc callback, void* userdata) {
  std::string holder;
  return subscribe(subscriber, callback, userdata, "CUPTI", holder);
}

SIMULATED CUptiResult cuptiSubscribe_v2(CUpti_SubscriberHandle* subscriber, CUpti_CallbackFunc callback, void* userdata,
                                        CUpti_SubscriberParams* params) {
  if (params == nullptr) return cuptiSubscribe(subscriber, callback, userdata);
  if (params->structSize < CUpti_SubscriberParams_STRUCT_SIZE) return CUPTI_ERROR_INVALID_PARAMETER;
  std::string name = "CUPTI for ";
  if (params->subscriberName != nullptr) name += params->subscriberName;
  name.resize(std::min<std::size_t>(name.size(), CUPTI_OLD_SUBSCRIBER_NAME_MIN_LEN - 1));
  std::string holder;
  const CUptiResult result = subscribe(subscriber, callback, userdata, name, holder);
  if (result == CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED && params->oldSubscriberName != nullptr &&
      params->oldSubscriberSize > 0) {
    const std::size_t length = holder.copy(params->oldSubscriberName, params->oldSubscriberSize - 1);
    params->oldSubscriberName[length] = '\0';
  }
  return result;
}

SIMULATED CUptiResult cuptiUnsubscribe(CUpti_SubscriberHandle subscriber) {
  return valid(simulation().cupti.unsubscribe(id_of(subscriber)));
}

SIMULATED CUptiResult cuptiGetCallbackState(std::uint32_t* enabled, CUpti_SubscriberHandle subscriber,
                                            CUpti_CallbackDomain domain, CUpti_CallbackId callback) {
  const Cupti& cupti = simulation().cupti;
  if (enabled == nullptr || !cupti.is_subscriber(id_of(subscriber))) return CUPTI_ERROR_INVALID_PARAMETER;
  *enabled = cupti.enabled(domain, callback) ? 1 : 0;
  return CUPTI_SUCCESS;
}

SIMULATED CUptiResult cuptiEnableCallback(std::uint32_t enable, CUpti_SubscriberHandle subscriber,
                                          CUpti_CallbackDomain domain, CUpti_CallbackId callback) {
  if (const int fault = injected_fault("cuptiEnableCallback"); fault != 0) return static_cast<CUptiResult>(fault);
  if (enable != 0) note_domain(domain);
  return valid(simulation().cupti.enable(id_of(subscriber), domain, callback, enable != 0));
}

SIMULATED CUptiResult cuptiEnableDomain(std::uint32_t enable, CUpti_SubscriberHandle subscriber,
                                        CUpti_CallbackDomain domain) {
  if (const int fault = injected_fault("cuptiEnableDomain"); fault != 0) return static_cast<CUptiResult>(fault);
  if (enable != 0) note_domain(domain);
  return valid(simulation().cupti.enable_domain(id_of(subscriber), domain, enable != 0));
}

SIMULATED CUptiResult cuptiEnableAllDomains(std::uint32_t enable, CUpti_SubscriberHandle subscriber) {
  for (int domain = CUPTI_CB_DOMAIN_DRIVER_API; domain < CUPTI_CB_DOMAIN_SIZE; ++domain) {
    const CUptiResult result = cuptiEnableDomain(enable, subscriber, static_cast<CUpti_CallbackDomain>(domain));
    if (result != CUPTI_SUCCESS) return result;
  }
  return CUPTI_SUCCESS;
}

SIMULATED CUptiResult cuptiSupportedDomains(std::size_t* count, CUpti_DomainTable* table) {
  static CUpti_CallbackDomain domains[] = {CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_CB_DOMAIN_RUNTIME_API,
                                           CUPTI_CB_DOMAIN_RESOURCE,   CUPTI_CB_DOMAIN_SYNCHRONIZE,
                                           CUPTI_CB_DOMAIN_NVTX,       CUPTI_CB_DOMAIN_STATE};
  if (count == nullptr || table == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  *count = std::size(domains);
  *table = domains;
  return CUPTI_SUCCESS;
}

// What remains after it is as if nobody had ever called CUPTI.
SIMULATED CUptiResult cuptiFinalize() {
  simulation().cupti.finalize();
  return CUPTI_SUCCESS;
}
