#pragma once

#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "profiler/trace.h"

namespace profile_train::test {

/// The ledger again, as slow and as plain as it can be written: one map of what is live now, copied after every event.
///
/// Shares no code with the library: what it and the ledger agree on, two independent readings of the rules agree on.
class NaiveModel {
 public:
  struct Live {
    Bytes bytes = 0;
    std::size_t born = 0;
  };
  using Address = std::tuple<DeviceType, int, std::uint64_t>;

  explicit NaiveModel(const Trace& trace) {
    std::map<Address, Live> live;
    for (std::size_t i = 0; i < trace.events.size(); ++i) {
      const Event& event = trace.events[i];
      const Address address{event.device, event.device_index, event.address};
      if (event.kind == EventKind::allocate || event.kind == EventKind::carried_in) {
        if (live.count(address) != 0) ++implied_frees;
        live[address] = {event.bytes, i};
      } else if (event.kind == EventKind::free) {
        if (live.erase(address) == 0) ++unmatched_frees;
      } else if (event.kind == EventKind::role) {
        if (live.count(address) == 0) ++unmatched_roles;
      }
      after.push_back(live);
    }
  }

  Bytes total(std::size_t event, DeviceType device, int index) const {
    Bytes sum = 0;
    for (const auto& [address, allocation] : after[event])
      if (std::get<0>(address) == device && std::get<1>(address) == index) sum += allocation.bytes;
    return sum;
  }

  std::vector<std::map<Address, Live>> after;  ///< what is live after each event
  std::uint64_t implied_frees = 0;
  std::uint64_t unmatched_frees = 0;
  std::uint64_t unmatched_roles = 0;
};

}  // namespace profile_train::test
