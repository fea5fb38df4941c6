#pragma once

#include <tsl/robin_map.h>

#include <cstdint>
#include <vector>

#include "profiler/allocation.h"
#include "profiler/phases.h"
#include "profiler/steps.h"
#include "profiler/summary.h"
#include "profiler/trace.h"

namespace profile_train {

/// Where in training an event falls.
struct Moment {
  EventIndex event = 0;
  std::int32_t step = 0;
  Phase phase = Phase::other;
};

/// Turns events into allocations: who owned which address range from when to when, and what it was to the model.
///
/// Feed events in trace order, from one thread. A role told late holds for the whole lifetime, because it is kept with
/// the allocation. Of several roles the strongest stays: parameter > buffer > gradient > optimizer state > input >
/// workspace.
class Ledger {
 public:
  explicit Ledger(std::size_t expected_events = 0);

  void allocate(const Event& event, Moment moment);  ///< also carried_in
  void release(const Event& event, Moment moment);   ///< of an unknown address: counted, nothing else
  void assign_role(const Event& event);              ///< of an unknown address: counted, nothing else
  void describe(const Event& event);                 ///< the first description of a storage stays: later ones are views

  // What a caching allocator does beneath allocations.
  void reserve(const Event& event);
  void unreserve(const Event& event);
  void count_out_of_memory(const Event& event);
  void read_gauge(const Event& event);

  const std::vector<Allocation>& allocations() const { return allocations_; }  ///< in the order of birth
  const std::vector<std::uint32_t>& deaths() const { return deaths_; }         ///< their indices, in the order of death
  const std::vector<DeviceTotals>& devices() const { return devices_; }        ///< in the order of first use
  std::uint64_t unmatched_frees() const { return unmatched_frees_; }
  std::uint64_t unmatched_roles() const { return unmatched_roles_; }
  std::uint64_t implied_frees() const { return implied_frees_; }

  std::vector<Allocation> take_allocations() { return std::move(allocations_); }
  std::vector<std::uint32_t> take_deaths() { return std::move(deaths_); }

 private:
  /// Allocators align addresses, so low bits say nothing; the product's high bits depend on all of them.
  struct AddressHash {
    std::size_t operator()(std::uint64_t key) const noexcept {
      return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15U) >> 20U);
    }
  };

  static constexpr std::uint32_t kNobody = 0xFFFFFFFF;

  void die(std::uint32_t index, Moment moment);
  DeviceTotals& totals(DeviceType device, std::uint8_t index);
  Allocation* find(const Event& event);

  std::vector<Allocation> allocations_;
  std::vector<std::uint32_t> deaths_;
  std::vector<DeviceTotals> devices_;
  /// Address and device → index of the allocation. A released address stays, owned by nobody: allocators hand the same
  /// ones out again and again, and an erase would cost as much as an insertion.
  tsl::robin_map<std::uint64_t, std::uint32_t, AddressHash> owners_;
  std::uint64_t unmatched_frees_ = 0;
  std::uint64_t unmatched_roles_ = 0;
  std::uint64_t implied_frees_ = 0;
};

/// Feeds a whole trace to a ledger.
Ledger replay(const std::vector<Event>& events, const std::vector<PhaseSpan>& phases,
              const std::vector<StepSpan>& steps);

}  // namespace profile_train
