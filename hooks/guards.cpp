// The guards of session.h. They find the running session through the process's sink, and do nothing without one.

#include "hooks/event_sink.h"
#include "hooks/running_session.h"
#include "hooks/session.h"

namespace profile_train {

namespace {

void record_mark(Event event) noexcept {
  hooks::EventSink& sink = hooks::process_sink();
  if (!sink.recording()) return;
  const hooks::ReentryGuard guard;
  if (guard) sink.record(event, guard.token());
}

}  // namespace

PhaseGuard::PhaseGuard(Phase phase) noexcept : phase_(phase) {
  record_mark({.kind = EventKind::phase_begin, .detail = static_cast<std::uint8_t>(phase)});
}

PhaseGuard::~PhaseGuard() {
  if (!hooks::process_sink().recording()) return;
  hooks::refresh_roles_of_running_session(phase_);
  record_mark({.kind = EventKind::phase_end, .detail = static_cast<std::uint8_t>(phase_)});
}

StepGuard::StepGuard(std::int64_t step) noexcept : step_(step) {
  record_mark({.bytes = step, .kind = EventKind::step_begin});
}

StepGuard::~StepGuard() { record_mark({.bytes = step_, .kind = EventKind::step_end}); }

ModuleGuard::ModuleGuard(std::string_view path) noexcept {
  hooks::EventSink& sink = hooks::process_sink();
  entered_ = sink.recording();
  if (entered_) sink.enter(sink.names.intern(path), ScopeKind::module);
}

ModuleGuard::~ModuleGuard() {
  if (entered_) hooks::process_sink().leave();
}

}  // namespace profile_train
