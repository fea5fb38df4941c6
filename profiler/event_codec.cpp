#include "profiler/event_codec.h"

#include <fmt/format.h>

#include <limits>

#include "profiler/varint.h"

namespace profile_train {
namespace {

using event_codec::History;
using event_codec::kAddressSlots;
using event_codec::kColumns;

// Tag byte of an event: the kind in the low four bits, then:
constexpr unsigned kContextFollows = 0x10;  // thread and device differ from those of the event before
constexpr unsigned kMaskFollows = 0x20;     // the fields are not those that the kind has by default
constexpr unsigned kBytesAsBefore = 0x40;   // as many bytes as the last time at this address
constexpr unsigned kKindFrom16 = 0x80;      // the kind is 16 more than the low four bits say

// Fields that an event can have besides time and scope.
constexpr unsigned kAddress = 1;
constexpr unsigned kBytes = 2;
constexpr unsigned kName = 4;
constexpr unsigned kType = 8;
constexpr unsigned kDetail = 16;
constexpr unsigned kAllFields = 31;

constexpr std::array<std::uint8_t, kEventKinds> kFieldsOfKind = {
    kAddress | kBytes,                    // allocate
    kAddress,                             // free
    kAddress | kBytes,                    // carried_in
    kAddress | kDetail | kName | kType,   // role
    kAddress | kType,                     // describe
    kDetail,                              // phase_begin
    kDetail,                              // phase_end
    kBytes,                               // step_begin
    kBytes,                               // step_end
    kName | kBytes,                       // metric
    kAddress,                             // free_requested
    kAddress | kBytes,                    // segment_allocate
    kAddress | kBytes,                    // segment_free
    kAddress | kBytes,                    // segment_map
    kAddress | kBytes,                    // segment_unmap
    kAddress | kBytes,                    // out_of_memory
    kAddress | kBytes | kDetail,          // arena
    kBytes | kDetail,                     // gauge
    kAddress | kBytes | kDetail,          // block
    kName,                                // allocator_settings
    kAddress | kBytes | kName | kDetail,  // driver_allocate
    kAddress | kDetail,                   // driver_free
    kAddress | kBytes,                    // driver_map
    kAddress | kBytes,                    // driver_unmap
    kAddress | kBytes,                    // driver_pool
};

// Values of the column of addresses below the first slot.
constexpr std::uint64_t kSameAddress = 0;
constexpr std::uint64_t kNewAddress = 1;
constexpr std::uint64_t kFirstSlot = 2;

constexpr std::size_t kBuckets = 8'192;
constexpr std::size_t kWays = 4;
constexpr std::uint16_t kNoSlot = 0xFFFF;
static_assert(kAddressSlots < kNoSlot);

/// No address space is larger than 2^56 bytes; sums of what is alive stay far from the end of Bytes.
constexpr Bytes kMaxAllocationBytes = Bytes{1} << 56;

std::size_t bucket_of(std::uint64_t address) {
  return static_cast<std::size_t>((address * 0x9E3779B97F4A7C15ULL) >> 51U) * kWays;
}
static_assert(kBuckets == 1U << (64U - 51U));

unsigned fields_in_use(const Event& event) {
  return (event.address != 0 ? kAddress : 0U) | (event.bytes != 0 ? kBytes : 0U) | (event.name != 0 ? kName : 0U) |
         (event.tensor_type != 0 ? kType : 0U) | (event.detail != 0 ? kDetail : 0U);
}

bool same_context(const Event& a, const Event& b) {
  return a.thread == b.thread && a.device == b.device && a.device_index == b.device_index;
}

/// The columns of one payload, each read in step with the others.
class Columns {
 public:
  explicit Columns(std::span<const std::uint8_t> payload) {
    ByteCursor cursor(payload);
    std::array<std::uint64_t, kColumns> lengths{};
    for (std::uint64_t& length : lengths) length = cursor.varint();
    for (std::size_t i = 0; i < kColumns; ++i) columns_[i] = ByteCursor(cursor.bytes(lengths[i]));
    well_formed_ = cursor.ended_well();
  }
  bool well_formed() const { return well_formed_; }
  ByteCursor& operator[](event_codec::Column c) { return columns_[c]; }
  std::uint32_t id(event_codec::Column c) {
    const std::uint64_t value = columns_[c].varint();
    if (value > std::numeric_limits<std::uint32_t>::max()) well_formed_ = false;
    return static_cast<std::uint32_t>(value);
  }
  bool ended_well() const {
    bool well = well_formed_;
    for (const ByteCursor& column : columns_) well = well && column.ended_well();
    return well;
  }

 private:
  std::array<ByteCursor, kColumns> columns_;
  bool well_formed_ = false;
};

/// The slot of the next address; past the ring if the column says something impossible.
std::size_t next_slot(Columns& columns, History& history) {
  const std::uint64_t code = columns[event_codec::addresses].varint();
  if (code == kSameAddress) return history.last_slot;
  if (code != kNewAddress) return static_cast<std::size_t>(code - kFirstSlot);
  history.last_new_address = add_zigzag(history.last_new_address, columns[event_codec::new_addresses].varint());
  return history.ring.insert(history.last_new_address);
}

/// Reads one event after `history.last`; false if its tag or its slot is impossible.
bool next_event(Columns& columns, History& history, Event& event) {
  const std::uint8_t tag = columns[event_codec::tags].byte();
  const unsigned kind = (tag & 0x0FU) + ((tag & kKindFrom16) != 0 ? 16U : 0U);
  if (kind >= static_cast<unsigned>(kEventKinds)) return false;
  const unsigned fields = (tag & kMaskFollows) != 0 ? columns[event_codec::masks].byte() : kFieldsOfKind[kind];
  if ((fields & ~kAllFields) != 0) return false;

  Event& last = history.last;
  if ((tag & kContextFollows) != 0) {
    last.thread = columns.id(event_codec::contexts);
    last.device = static_cast<DeviceType>(columns[event_codec::contexts].byte());
    last.device_index = columns[event_codec::contexts].byte();
  }
  last.time_ns = add_zigzag(last.time_ns, columns[event_codec::times].varint());
  last.scope = static_cast<ScopeId>(add_zigzag(last.scope, columns[event_codec::scopes].varint()));

  event = last;
  event.kind = static_cast<EventKind>(kind);
  event_codec::AddressRing::Slot* slot = nullptr;
  if ((fields & kAddress) != 0) {
    const std::size_t index = next_slot(columns, history);
    if (index >= kAddressSlots) return false;
    history.last_slot = static_cast<std::uint32_t>(index);
    slot = &history.ring.slots[index];
    event.address = slot->address;
  }
  if ((tag & kBytesAsBefore) != 0) {
    if (slot == nullptr || (fields & kBytes) == 0) return false;
    event.bytes = slot->bytes;
  } else if ((fields & kBytes) != 0) {
    event.bytes = unzigzag(columns[event_codec::sizes].varint());
    if (slot != nullptr) slot->bytes = event.bytes;
  }
  if ((fields & kName) != 0) event.name = columns.id(event_codec::names);
  if ((fields & kType) != 0) event.tensor_type = columns.id(event_codec::types);
  if ((fields & kDetail) != 0) event.detail = columns[event_codec::details].byte();
  return true;
}

bool has_size(EventKind kind) {
  return kind == EventKind::allocate || kind == EventKind::carried_in ||
         (kind >= EventKind::segment_allocate && kind <= EventKind::out_of_memory) || kind == EventKind::gauge ||
         kind == EventKind::block || kind == EventKind::driver_allocate || kind == EventKind::driver_unmap ||
         kind == EventKind::driver_pool;
}
bool has_driver_memory(EventKind kind) { return kind == EventKind::driver_allocate || kind == EventKind::driver_free; }
bool has_phase(EventKind kind) { return kind == EventKind::phase_begin || kind == EventKind::phase_end; }
bool has_step(EventKind kind) { return kind == EventKind::step_begin || kind == EventKind::step_end; }

bool is_sound(const Event& e, const DefinedIds& defined) {
  const Bytes most = has_size(e.kind) ? kMaxAllocationBytes : std::numeric_limits<std::int32_t>::max();
  return e.scope < defined.scopes && e.name < defined.names && e.tensor_type < defined.tensor_types &&
         static_cast<int>(e.kind) < kEventKinds && static_cast<int>(e.device) <= static_cast<int>(DeviceType::cuda) &&
         !(has_phase(e.kind) && e.detail >= kPhases) && !(e.kind == EventKind::role && e.detail >= kRoles) &&
         !(e.kind == EventKind::gauge && e.detail >= kGauges) &&
         !(has_driver_memory(e.kind) && e.detail >= kDriverMemories) &&
         !((has_size(e.kind) || has_step(e.kind)) && (e.bytes < 0 || e.bytes > most));
}

}  // namespace

std::optional<std::string> defect_of(const Event& event, const DefinedIds& defined) {
  if (is_sound(event, defined)) return std::nullopt;
  const auto undefined = [](const char* what, std::uint64_t id, std::uint64_t count) {
    return fmt::format("refers to {} {}, but only {} are defined before it", what, id, count - 1);
  };
  if (static_cast<int>(event.kind) >= kEventKinds)
    return fmt::format("is of the unknown kind {}", static_cast<int>(event.kind));
  if (event.scope >= defined.scopes) return undefined("scope", event.scope, defined.scopes);
  if (event.name >= defined.names) return undefined("name", event.name, defined.names);
  if (event.tensor_type >= defined.tensor_types)
    return undefined("tensor type", event.tensor_type, defined.tensor_types);
  if (static_cast<int>(event.device) > static_cast<int>(DeviceType::cuda))
    return fmt::format("is on the unknown type of device {}", static_cast<int>(event.device));
  if (has_phase(event.kind)) return fmt::format("marks the unknown phase {}", event.detail);
  if (event.kind == EventKind::role) return fmt::format("gives the unknown role {}", event.detail);
  if (event.kind == EventKind::gauge && event.detail >= kGauges)
    return fmt::format("reads the unknown gauge {}", event.detail);
  if (has_driver_memory(event.kind) && event.detail >= kDriverMemories)
    return fmt::format("is of the unknown kind {} of the driver's memory", event.detail);
  if (has_step(event.kind)) return fmt::format("marks the impossible step {}", event.bytes);
  return fmt::format("has the impossible size of {} bytes", event.bytes);
}

std::uint32_t event_codec::AddressRing::insert(std::uint64_t address) {
  const std::uint32_t slot = next;
  slots[slot] = {address, 0};
  next = (next + 1) % kAddressSlots;
  return slot;
}

EventEncoder::EventEncoder() : index_(kBuckets * kWays, kNoSlot) {}

void EventEncoder::add(const Event& event) {
  Event& last = history_.last;
  const unsigned kind = static_cast<unsigned>(event.kind);
  const unsigned in_use = fields_in_use(event);
  unsigned fields = kFieldsOfKind[kind];
  unsigned tag = kind < 16U ? kind : (kind - 16U) | kKindFrom16;
  if ((in_use & ~fields) != 0) {
    fields = in_use;
    tag |= kMaskFollows;
    column(event_codec::masks).push_back(static_cast<std::uint8_t>(fields));
  }
  if (!same_context(event, last)) {
    tag |= kContextFollows;
    std::vector<std::uint8_t>& contexts = column(event_codec::contexts);
    put_varint(contexts, event.thread);
    contexts.push_back(static_cast<std::uint8_t>(event.device));
    contexts.push_back(event.device_index);
  }
  put_varint(column(event_codec::times), zigzag_difference(event.time_ns, last.time_ns));
  put_varint(column(event_codec::scopes), zigzag_difference(event.scope, last.scope));
  if ((fields & kAddress) != 0) add_address(event.address);
  if ((fields & kBytes) != 0) {
    event_codec::AddressRing::Slot* slot =
        (fields & kAddress) != 0 ? &history_.ring.slots[history_.last_slot] : nullptr;
    if (slot != nullptr && slot->bytes == event.bytes)
      tag |= kBytesAsBefore;
    else
      put_varint(column(event_codec::sizes), zigzag(event.bytes));
    if (slot != nullptr) slot->bytes = event.bytes;
  }
  if ((fields & kName) != 0) put_varint(column(event_codec::names), event.name);
  if ((fields & kType) != 0) put_varint(column(event_codec::types), event.tensor_type);
  if ((fields & kDetail) != 0) column(event_codec::details).push_back(event.detail);
  column(event_codec::tags).push_back(static_cast<std::uint8_t>(tag));
  last = event;
  ++count_;
}

void EventEncoder::add_address(std::uint64_t address) {
  std::vector<std::uint8_t>& codes = column(event_codec::addresses);
  if (history_.ring.slots[history_.last_slot].address == address) {
    put_varint(codes, kSameAddress);
  } else if (const std::optional<std::uint32_t> slot = find(address)) {
    put_varint(codes, kFirstSlot + *slot);
    history_.last_slot = *slot;
  } else {
    put_varint(codes, kNewAddress);
    put_varint(column(event_codec::new_addresses), zigzag_difference(address, history_.last_new_address));
    history_.last_new_address = address;
    history_.last_slot = history_.ring.insert(address);
    remember(address, history_.last_slot);
  }
}

std::optional<std::uint32_t> EventEncoder::find(std::uint64_t address) const {
  const std::size_t bucket = bucket_of(address);
  for (std::size_t way = 0; way < kWays; ++way) {
    const std::uint16_t slot = index_[bucket + way];
    if (slot != kNoSlot && history_.ring.slots[slot].address == address) return slot;
  }
  return std::nullopt;
}

void EventEncoder::remember(std::uint64_t address, std::uint32_t slot) {
  // Newest first; the oldest of four falls out.
  const std::size_t bucket = bucket_of(address);
  for (std::size_t way = kWays - 1; way > 0; --way) index_[bucket + way] = index_[bucket + way - 1];
  index_[bucket] = static_cast<std::uint16_t>(slot);
}

void EventEncoder::take(std::vector<std::uint8_t>& out) {
  for (const std::vector<std::uint8_t>& bytes : columns_) put_varint(out, bytes.size());
  for (std::vector<std::uint8_t>& bytes : columns_) {
    out.insert(out.end(), bytes.begin(), bytes.end());
    bytes.clear();
  }
  count_ = 0;
}

std::size_t EventEncoder::memory_bytes() const {
  std::size_t total = sizeof(*this) + index_.capacity() * sizeof(index_[0]) +
                      history_.ring.slots.capacity() * sizeof(history_.ring.slots[0]);
  for (const std::vector<std::uint8_t>& bytes : columns_) total += bytes.capacity();
  return total;
}

Result<void> EventDecoder::decode(std::span<const std::uint8_t> payload, std::uint32_t count, const DefinedIds& defined,
                                  std::vector<Event>& out) {
  Columns columns(payload);
  bool sound = columns.well_formed();
  for (std::uint32_t i = 0; i < count && sound; ++i) {
    Event& event = out.emplace_back();
    sound = next_event(columns, history_, event);
    if (sound && !is_sound(event, defined))
      return failure(fmt::format("event {} {}", out.size() - 1, *defect_of(event, defined)));
  }
  if (!sound || !columns.ended_well()) return failure("its columns do not hold the events that it announces");
  return {};
}

}  // namespace profile_train
