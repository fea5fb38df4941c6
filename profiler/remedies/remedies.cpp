#include "profiler/remedies/remedies.h"

#include <algorithm>
#include <optional>

#include "profiler/allocator/settings.h"
#include "profiler/remedies/from_model.h"

namespace profile_train {
namespace {

/// The allocator of a card when a request failed there.
struct CardThen {
  allocator::Settings settings;
  std::optional<Bytes> total_bytes;
};

CardThen card_then(const Trace& trace, const OutOfMemory& failed) {
  CardThen card;
  for (EventIndex i = 0; i < trace.events.size(); ++i) {
    const Event& event = trace.events[i];
    if (event.device != DeviceType::cuda || event.device_index != failed.device_index) continue;
    if (event.kind == EventKind::allocator_settings && i < failed.event) {
      if (auto settings = allocator::parse_settings(trace.names[event.name])) card.settings = *settings;
    } else if (event.kind == EventKind::gauge && event.gauge() == Gauge::device_total) {
      card.total_bytes = event.bytes;  // the same whenever it is read
    }
  }
  return card;
}

/// What the allocator could have had: what it held, what was free, and no more than it was allowed.
Bytes capacity_of(const CardThen& card, const OutOfMemory& failed) {
  const Bytes within_reach = failed.reserved_bytes + failed.device_free_bytes;
  if (!card.total_bytes || card.settings.memory_fraction >= 1.0) return within_reach;
  const auto allowed = static_cast<Bytes>(card.settings.memory_fraction * static_cast<double>(*card.total_bytes));
  return std::min(within_reach, allowed);
}

}  // namespace

void add_remedies(const Trace& trace, Summary& summary) {
  for (OutOfMemory& failed : summary.out_of_memory) {
    const CardThen card = card_then(trace, failed);
    if (trace.header.setup)
      failed.remedies = remedies_from_model(*trace.header.setup, card.settings, capacity_of(card, failed));
    std::stable_sort(failed.remedies.begin(), failed.remedies.end(),
                     [](const Remedy& a, const Remedy& b) { return a.frees_bytes > b.frees_bytes; });
  }
}

}  // namespace profile_train
