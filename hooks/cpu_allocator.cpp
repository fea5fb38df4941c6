#include "hooks/cpu_allocator.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <array>
#include <utility>

#include "hooks/event_sink.h"

namespace profile_train::hooks {

namespace {

// A release function for each of so many sessions in a row. Which one a storage carries tells in which session it was
// born, without a table: memory of an earlier session is not mistaken for this one's.
constexpr std::size_t kSessionsToldApart = 16;

c10::Allocator* wrapped = nullptr;  // set once, before the wrapper is installed

void record_free(void* address) noexcept {
  const ReentryGuard guard;
  if (!guard) return;
  Event event;
  event.kind = EventKind::free;
  event.address = reinterpret_cast<std::uint64_t>(address);
  process_sink().record(event, guard.token());
}

template <std::size_t Session>
void release(void* address) {
  const EventSink& sink = process_sink();
  // Recorded before the memory goes back, so that its next owner's event comes later.
  if (sink.recording() && sink.session() % kSessionsToldApart == Session) record_free(address);
  wrapped->raw_deleter()(address);
}

template <std::size_t... Sessions>
constexpr auto release_functions(std::index_sequence<Sessions...>) {
  return std::array<c10::DeleterFnPtr, sizeof...(Sessions)>{&release<Sessions>...};
}
constexpr auto kRelease = release_functions(std::make_index_sequence<kSessionsToldApart>());

c10::DeleterFnPtr release_of_session(const EventSink& sink) noexcept {
  return kRelease[sink.session() % kSessionsToldApart];
}

void record_allocation(EventSink& sink, void* address, std::size_t bytes) noexcept {
  const ReentryGuard guard;
  if (!guard) return;
  const auto key = reinterpret_cast<std::uint64_t>(address);
  thread_state().remember_fresh(key);

  Event event;
  event.kind = EventKind::allocate;
  event.address = key;
  event.bytes = static_cast<Bytes>(bytes);
  sink.record(event, guard.token());
}

class RecordingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    c10::DataPtr memory = wrapped->allocate(bytes);
    EventSink& sink = process_sink();
    if (!sink.recording() || memory.get() == nullptr) return memory;
    // A wrapped allocator that keeps a context of its own has a deleter we cannot stand in for: it is left alone.
    if (memory.compare_exchange_deleter(wrapped->raw_deleter(), release_of_session(sink))) {
      record_allocation(sink, memory.get(), bytes);
    }
    return memory;
  }

  c10::DeleterFnPtr raw_deleter() const override {
    const EventSink& sink = process_sink();
    return sink.recording() ? release_of_session(sink) : wrapped->raw_deleter();
  }

  void copy_data(void* destination, const void* source, std::size_t bytes) const override {
    wrapped->copy_data(destination, source, bytes);
  }
};

}  // namespace

void install_cpu_allocator() {
  static const bool installed = [] {
    static auto* const allocator = new RecordingAllocator;  // never destroyed: tensors may outlive main()
    wrapped = c10::GetCPUAllocator();
    constexpr std::uint8_t kHighestPriority = 255;
    c10::SetCPUAllocator(allocator, kHighestPriority);
    return true;
  }();
  static_cast<void>(installed);
}

bool born_in_this_session(void (*deleter)(void*)) noexcept { return deleter == release_of_session(process_sink()); }

}  // namespace profile_train::hooks
