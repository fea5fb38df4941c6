#pragma once

#include <string>
#include <vector>

#include "hooks/event_sink.h"

namespace profile_train::hooks::test {

/// A sink that records, and what has been pushed into it.
class RecordedEvents {
 public:
  RecordedEvents() { sink.begin(); }

  /// Those since the last call.
  std::vector<Event> take() {
    std::vector<Event> events;
    Event event;
    while (sink.ring.pop({&event, 1}) == 1) events.push_back(event);
    return events;
  }
  std::string name(const Event& event) const {
    return event.name == 0 ? std::string{} : std::string(sink.names.text(event.name));
  }

  EventSink sink{1 << 10, 64, 64};
};

}  // namespace profile_train::hooks::test
