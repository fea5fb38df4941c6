#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "profiler/event.h"
#include "profiler/result.h"

namespace profile_train {

/// How many names, scopes and tensor types are defined, "none" included: ids below these resolve.
struct DefinedIds {
  std::uint64_t names = 1;
  std::uint64_t scopes = 1;
  std::uint64_t tensor_types = 1;
};

/// What makes an event impossible to interpret (an id that is not defined, a phase that does not exist, an allocation
/// of −1 bytes), as the rest of a sentence that begins with "event 17"; nothing if the event is sound.
std::optional<std::string> defect_of(const Event& event, const DefinedIds& defined);

namespace event_codec {

inline constexpr std::size_t kAddressSlots = 16'384;

/// The last 16,384 different addresses, oldest replaced first. Encoder and decoder keep the same ring, so that a
/// release, or an address that is used again, is written as a slot of one to three bytes.
struct AddressRing {
  struct Slot {
    std::uint64_t address = 0;
    Bytes bytes = 0;  ///< of the last allocation there: training repeats itself
  };
  std::vector<Slot> slots = std::vector<Slot>(kAddressSlots);
  std::uint32_t next = 0;
  std::uint32_t insert(std::uint64_t address);  ///< returns the slot
};

/// What both sides remember from event to event and from chunk to chunk.
struct History {
  Event last;                   ///< time, scope, thread and device of the event before
  std::uint32_t last_slot = 0;  ///< of the last event with an address
  std::uint64_t last_new_address = 0;
  AddressRing ring;
};

enum Column : std::uint8_t {
  tags,
  times,
  scopes,
  contexts,
  masks,
  addresses,
  new_addresses,
  sizes,
  names,
  types,
  details
};
inline constexpr std::size_t kColumns = 11;

}  // namespace event_codec

/// Turns events into the payload of an events chunk: one column a field, numbers as varints of differences.
///
/// One thread. History carries over from chunk to chunk, so that many small chunks cost little more than a large one.
class EventEncoder {
 public:
  EventEncoder();
  void add(const Event& event);
  std::uint32_t count() const { return count_; }
  /// Appends the payload of everything added since the last take().
  void take(std::vector<std::uint8_t>& out);
  std::size_t memory_bytes() const;

 private:
  std::vector<std::uint8_t>& column(event_codec::Column c) { return columns_[c]; }
  void add_address(std::uint64_t address);
  std::optional<std::uint32_t> find(std::uint64_t address) const;
  void remember(std::uint64_t address, std::uint32_t slot);

  event_codec::History history_;
  /// Slots by hash of the address, four to a bucket. It may forget and it may be out of date: the ring decides.
  std::vector<std::uint16_t> index_;
  std::array<std::vector<std::uint8_t>, event_codec::kColumns> columns_;
  std::uint32_t count_ = 0;
};

/// The inverse. Trusts nothing: a payload that no encoder wrote is an error, and so is an event that defect_of() names.
class EventDecoder {
 public:
  /// Appends `count` events to `out`. After an error the decoder cannot be used further.
  Result<void> decode(std::span<const std::uint8_t> payload, std::uint32_t count, const DefinedIds& defined,
                      std::vector<Event>& out);

 private:
  event_codec::History history_;
};

}  // namespace profile_train
