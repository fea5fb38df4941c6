#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/profiler/import/pickle_bytes.h"

namespace profile_train::test {

/// Writes a snapshot.pickle as PyTorch would, event by event. A stack is given from the inside out, each frame as
/// "file:line:function".
class SnapshotBuilder {
 public:
  using Stack = std::vector<std::string>;

  SnapshotBuilder& stack(Stack frames) {
    stack_ = std::move(frames);
    return *this;
  }
  SnapshotBuilder& alloc(std::uint64_t address, std::int64_t bytes) { return event("alloc", address, bytes); }
  SnapshotBuilder& free(std::uint64_t address, std::int64_t bytes) {
    return event("free_requested", address, bytes).event("free_completed", address, bytes);
  }
  SnapshotBuilder& event(std::string_view action, std::uint64_t address, std::int64_t bytes, std::int64_t stream = 0) {
    time_us_ += 10;
    events_.push_back(PickleBytes::dict(
        {{"action", PickleBytes::text(action)},
         {action == "oom" ? "device_free" : "addr", PickleBytes::integer(static_cast<std::int64_t>(address))},
         {"size", PickleBytes::integer(bytes)},
         {"stream", PickleBytes::integer(stream)},
         {"time_us", PickleBytes::integer(time_us_)},
         {"frames", frames(stack_)}}));
    return *this;
  }
  /// A segment of the final state, with the blocks in use as {address, size, requested size}.
  struct Block {
    std::uint64_t address;
    std::int64_t size;
    std::int64_t requested;
  };
  SnapshotBuilder& segment(std::uint64_t address, std::int64_t bytes, const std::vector<Block>& blocks,
                           bool expandable = false, std::int64_t stream = 0) {
    std::vector<PickleBytes::Bytes> list;
    for (const Block& block : blocks)
      list.push_back(PickleBytes::dict({{"address", PickleBytes::integer(static_cast<std::int64_t>(block.address))},
                                        {"size", PickleBytes::integer(block.size)},
                                        {"requested_size", PickleBytes::integer(block.requested)},
                                        {"state", PickleBytes::text("active_allocated")},
                                        {"frames", PickleBytes::list({})}}));
    segments_.push_back(
        PickleBytes::dict({{"device", PickleBytes::integer(0)},
                           {"address", PickleBytes::integer(static_cast<std::int64_t>(address))},
                           {"total_size", PickleBytes::integer(bytes)},
                           {"stream", PickleBytes::integer(stream)},
                           {"segment_pool_id", PickleBytes::pair(PickleBytes::integer(0), PickleBytes::integer(0))},
                           {"is_expandable", PickleBytes::boolean(expandable)},
                           {"blocks", PickleBytes::list(list)}}));
    return *this;
  }
  PickleBytes::Bytes build() const {
    return PickleBytes::file(PickleBytes::dict({{"segments", PickleBytes::list(segments_)},
                                                {"device_traces", PickleBytes::list({PickleBytes::list(events_)})}}));
  }

  static PickleBytes::Bytes frames(const Stack& stack) {
    std::vector<PickleBytes::Bytes> list;
    for (const std::string& frame : stack) {
      const std::size_t first = frame.find(':');
      const std::size_t second = frame.find(':', first + 1);
      list.push_back(
          PickleBytes::dict({{"name", PickleBytes::text(std::string_view(frame).substr(second + 1))},
                             {"filename", PickleBytes::text(std::string_view(frame).substr(0, first))},
                             {"line", PickleBytes::integer(std::stoll(frame.substr(first + 1, second - first - 1)))}}));
    }
    return PickleBytes::list(list);
  }

 private:
  Stack stack_;
  std::vector<PickleBytes::Bytes> events_;
  std::vector<PickleBytes::Bytes> segments_;
  std::int64_t time_us_ = 1'800'000'000'000'000;
};

}  // namespace profile_train::test
