#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>

#include "simulator/streams.h"

namespace profile_train::simulator {

/// A communicator of NCCL, as this process sees it: one rank of several, the others of which are not there.
struct Communicator {
  int ranks = 1;
  int rank = 0;
  int device = 0;
};

/// What programs hold of NCCL: communicators, and what was registered with them. Handles that were never made, or are
/// destroyed, are not known. Thread-safe; lives as long as the process.
class Communicators {
 public:
  static constexpr int kFirstReduction = 5;  ///< numbers below are NCCL's own: ncclNumOps

  Handle create(Communicator communicator);
  std::optional<Communicator> find(Handle communicator) const;
  /// With everything that was registered with it. False if there is none.
  bool destroy(Handle communicator);

  /// A buffer or a window; 0 if there is no such communicator.
  Handle register_memory(Handle communicator);
  bool deregister_memory(Handle communicator, Handle registration);

  /// A reduction of the program's own; 0 if there is no such communicator.
  int create_reduction(Handle communicator);
  bool has_reduction(Handle communicator, int reduction) const;
  bool destroy_reduction(Handle communicator, int reduction);

 private:
  struct Entry {
    Communicator communicator;
    std::set<Handle> registrations;
    std::set<int> reductions;
  };

  mutable std::mutex mutex_;
  std::unordered_map<Handle, Entry> entries_;
  Handle last_handle_ = 0x2000'0000;  // no addresses: nobody may look behind them
  int last_reduction_ = kFirstReduction - 1;
};

Communicators& communicators();

}  // namespace profile_train::simulator
