#include "profiler/remedies/remedies.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "profiler/allocator/settings.h"
#include "profiler/remedies/from_model.h"
#include "profiler/remedies/from_replay.h"

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

void add_remedies(Analysis& analysis) {
  const Trace& trace = analysis.trace;
  std::vector<OutOfMemory>& failures = analysis.summary.out_of_memory;
  for (std::size_t i = 0; i < failures.size(); ++i) {
    OutOfMemory& failed = failures[i];
    const CardThen card = card_then(trace, failed);
    if (trace.header.setup)
      failed.remedies = remedies_from_model(*trace.header.setup, card.settings, capacity_of(card, failed));
    if (i == 0) {  // what follows the first failure would have been different
      const auto changes = failed.remedies.empty() ? ReplayedChanges::all : ReplayedChanges::settings;
      for (Remedy& remedy : remedies_from_replay(analysis, failed, card.settings, changes))
        failed.remedies.push_back(std::move(remedy));
    }
    std::stable_sort(failed.remedies.begin(), failed.remedies.end(),
                     [](const Remedy& a, const Remedy& b) { return a.frees_bytes > b.frees_bytes; });
  }
}

}  // namespace profile_train
