#include "profiler/phases.h"

#include <algorithm>

namespace profile_train {

std::vector<EventIndex> find_marks(const std::vector<Event>& events) {
  std::vector<EventIndex> marks;
  for (std::size_t i = 0; i < events.size(); ++i)
    if (events[i].kind >= EventKind::phase_begin && events[i].kind <= EventKind::metric)
      marks.push_back(static_cast<EventIndex>(i));
  return marks;
}

std::vector<PhaseSpan> find_phases(const std::vector<Event>& events, const std::vector<EventIndex>& marks) {
  std::vector<PhaseSpan> spans;
  std::vector<Phase> open;
  PhaseSpan current{.opened_here = false};
  const auto close_before = [&](EventIndex next, bool opened_here) {
    if (next > current.first) {  // spans of no events would only blur the table
      current.last = next - 1;
      spans.push_back(current);
    }
    current = {open.empty() ? Phase::other : open.back(), next, next, opened_here};
  };

  for (const EventIndex i : marks) {
    const Event& event = events[i];
    if (event.kind == EventKind::phase_begin) {
      open.push_back(event.phase());
      close_before(i, true);
    } else if (event.kind == EventKind::phase_end) {
      const auto innermost = std::find(open.rbegin(), open.rend(), event.phase());
      if (innermost == open.rend()) continue;
      open.erase(innermost.base() - 1, open.end());
      close_before(i + 1, false);
    }
  }
  close_before(static_cast<EventIndex>(events.size()), false);
  return spans;
}

Phase phase_at(const std::vector<PhaseSpan>& phases, EventIndex event) {
  const auto span = std::lower_bound(phases.begin(), phases.end(), event,
                                     [](const PhaseSpan& s, EventIndex e) { return s.last < e; });
  return span == phases.end() ? Phase::other : span->phase;
}

}  // namespace profile_train
