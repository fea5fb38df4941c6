#include "profiler/peak.h"

#include <algorithm>
#include <numeric>

#include "profiler/changes.h"

namespace profile_train {
namespace {

/// What is live, in total and by category. The total is kept on its own, so that a residual would show.
struct Level {
  Bytes total = 0;
  BytesByCategory by_category{};

  void change(const Allocation& a, Bytes bytes) {
    total += bytes;
    at(by_category, a.category) += bytes;
  }
};

struct Highest {
  EventIndex event = 0;
  Level level;

  void start(EventIndex e, const Level& now) { *this = {e, now}; }
  void see(EventIndex e, const Level& now) {
    if (now.total > level.total) *this = {e, now};
  }
};

class Measurement {
 public:
  Measurement(const std::vector<PhaseSpan>& phases, const std::vector<StepSpan>& steps)
      : phases_(phases), steps_(steps), step_peaks_(steps.size()), phase_rows_(phases.size()) {
    open_phases_until(0);
    open_steps_until(0);
  }

  void change(EventIndex event, const Allocation& a, Bytes bytes) {
    // The level before this event is final for every span that began or ended since the last change.
    open_phases_until(event);
    open_steps_until(event);
    now_.change(a, bytes);
    overall_.see(event, now_);
    Bytes& most_of_category = at(category_peaks_, a.category);
    most_of_category = std::max(most_of_category, at(now_.by_category, a.category));
    PhaseSummary& row = phase_rows_[phase_];
    row.peak_bytes = std::max(row.peak_bytes, now_.total);
    if (event != last_event_) ++row.events;  // a change of owner is one event
    last_event_ = event;
    if (step_is_open_) step_peaks_[step_].see(event, now_);
  }

  void finish() {
    open_phases_until(kNever);
    open_steps_until(kNever);
  }

  const Highest& overall() const { return overall_; }
  const BytesByCategory& category_peaks() const { return category_peaks_; }
  const std::vector<Highest>& step_peaks() const { return step_peaks_; }
  std::vector<PhaseSummary> take_phase_rows() { return std::move(phase_rows_); }

 private:
  /// Closes the phases that end before this event, at the present level, and opens the one it falls into.
  void open_phases_until(EventIndex event) {
    while (phase_ < phases_.size() && phases_[phase_].last < event) {
      phase_rows_[phase_].end_bytes = now_.total;
      phase_rows_[phase_].end_by_category = now_.by_category;
      if (++phase_ < phases_.size()) phase_rows_[phase_].start_bytes = phase_rows_[phase_].peak_bytes = now_.total;
    }
  }
  void open_steps_until(EventIndex event) {
    while (step_ < steps_.size() && (!step_is_open_ || steps_[step_].last < event)) {
      if (step_is_open_) {
        ++step_;
        step_is_open_ = false;
      } else {
        if (steps_[step_].first > event) return;  // not begun yet: its first level is not known
        step_peaks_[step_].start(steps_[step_].first, now_);
        step_is_open_ = true;
      }
    }
  }

  const std::vector<PhaseSpan>& phases_;
  const std::vector<StepSpan>& steps_;
  Level now_;
  Highest overall_;
  BytesByCategory category_peaks_{};
  std::vector<Highest> step_peaks_;
  std::vector<PhaseSummary> phase_rows_;
  std::size_t phase_ = 0;
  std::size_t step_ = 0;
  bool step_is_open_ = false;
  EventIndex last_event_ = kNever;
};

PeakInstant told(const Highest& highest, const Trace& trace, const ScopePaths& paths,
                 const std::vector<PhaseSpan>& phases, const std::vector<StepSpan>& steps) {
  if (trace.events.empty()) return {};
  const Event& event = trace.events[highest.event];
  const BytesByCategory& bytes = highest.level.by_category;
  return {.event = highest.event,
          .time_ns = event.time_ns,
          .requested_bytes = highest.level.total,
          .step = step_number_at(steps, highest.event),
          .phase = phase_at(phases, highest.event),
          .op = paths.op(event.scope),
          .module = paths.module(event.scope),
          .by_category = bytes,
          .residual_bytes = highest.level.total - std::accumulate(bytes.begin(), bytes.end(), Bytes{0})};
}

}  // namespace

Levels measure(const Trace& trace, const ScopePaths& paths, const std::vector<Allocation>& allocations,
               const std::vector<std::uint32_t>& deaths, const DeviceTotals& device,
               const std::vector<PhaseSpan>& phases, const std::vector<StepSpan>& steps) {
  Measurement measurement(phases, steps);
  for_each_change(allocations, deaths, device,
                  [&](EventIndex event, const Allocation& a, Bytes bytes) { measurement.change(event, a, bytes); });
  measurement.finish();

  Levels levels;
  levels.peak = told(measurement.overall(), trace, paths, phases, steps);
  levels.category_peaks = measurement.category_peaks();
  for (const Highest& highest : measurement.step_peaks())
    levels.steps.push_back(told(highest, trace, paths, phases, steps));

  std::vector<PhaseSummary> rows = measurement.take_phase_rows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!phases[i].opened_here && rows[i].events == 0) continue;
    PhaseSummary& row = rows[i];
    row.phase = phases[i].phase;
    row.step = step_number_at(steps, phases[i].first);
    row.first_event = phases[i].first;
    row.last_event = phases[i].last;
    row.start_ns = trace.events[row.first_event].time_ns;
    row.end_ns = trace.events[row.last_event].time_ns;
    levels.phases.push_back(row);
  }
  return levels;
}

}  // namespace profile_train
