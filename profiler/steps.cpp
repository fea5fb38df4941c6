#include "profiler/steps.h"

#include <algorithm>
#include <optional>

namespace profile_train {
namespace {

std::vector<StepSpan> marked_steps(const std::vector<Event>& events, const std::vector<EventIndex>& marks) {
  std::vector<StepSpan> steps;
  bool open = false;
  const auto close = [&](EventIndex last, bool complete) {
    steps.back().last = last;
    steps.back().complete = complete;
    open = false;
  };
  for (const EventIndex i : marks) {
    const Event& event = events[i];
    if (event.kind == EventKind::step_begin) {
      if (open) close(i - 1, false);
      steps.push_back({static_cast<std::int32_t>(event.bytes), i, i, false});
      open = true;
    } else if (event.kind == EventKind::step_end && open) {
      close(i, true);
    }
  }
  if (open) close(static_cast<EventIndex>(events.size() - 1), false);
  return steps;
}

/// Follows the phases and notices where a step must have ended.
class StepInference {
 public:
  void phase_begins(EventIndex event, Phase phase) {
    const bool after_update = phase == Phase::optimizer_step || phase == Phase::zero_grad;
    if (updated_ && !after_update) finish(update_end_, true);
    if (!open_ && phase != Phase::init) {
      open_ = StepSpan{.step = static_cast<std::int32_t>(steps_.size() + 1), .first = event};
      has_backward_ = false;
    }
    has_backward_ = has_backward_ || phase == Phase::backward;
  }
  void phase_ends(EventIndex event, Phase phase) {
    if (!open_) return;
    updated_ = updated_ || phase == Phase::optimizer_step;
    if (phase == Phase::optimizer_step || phase == Phase::zero_grad) update_end_ = event;
  }
  std::vector<StepSpan> take(EventIndex last) {
    if (updated_) finish(update_end_, true);
    // Phases without backward or update after the last step are evaluation, not a step that was cut short.
    if (open_ && has_backward_) finish(last, false);
    return std::move(steps_);
  }

 private:
  void finish(EventIndex last, bool complete) {
    open_->last = last;
    open_->complete = complete;
    steps_.push_back(*open_);
    open_.reset();
    updated_ = false;
  }

  std::vector<StepSpan> steps_;
  std::optional<StepSpan> open_;
  bool updated_ = false;       ///< its optimizer step has ended
  EventIndex update_end_ = 0;  ///< the step's end, unless more of the update follows
  bool has_backward_ = false;
};

}  // namespace

std::vector<StepSpan> find_steps(const std::vector<Event>& events, const std::vector<EventIndex>& marks) {
  const bool marked =
      std::any_of(marks.begin(), marks.end(), [&](EventIndex i) { return events[i].kind == EventKind::step_begin; });
  if (marked) return marked_steps(events, marks);

  StepInference inference;
  for (const EventIndex i : marks) {
    if (events[i].kind == EventKind::phase_begin) inference.phase_begins(i, events[i].phase());
    if (events[i].kind == EventKind::phase_end) inference.phase_ends(i, events[i].phase());
  }
  return inference.take(static_cast<EventIndex>(events.empty() ? 0 : events.size() - 1));
}

std::size_t steps_begun(const std::vector<StepSpan>& steps, EventIndex event) {
  const auto next = std::upper_bound(steps.begin(), steps.end(), event,
                                     [](EventIndex e, const StepSpan& step) { return e < step.first; });
  return static_cast<std::size_t>(next - steps.begin());
}

std::int32_t step_number_at(const std::vector<StepSpan>& steps, EventIndex event) {
  const std::size_t begun = steps_begun(steps, event);
  return begun == 0 || steps[begun - 1].last < event ? 0 : steps[begun - 1].step;
}

}  // namespace profile_train
