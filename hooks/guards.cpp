// The guards of session.h. They find the running session through the process's sink, and do nothing without one.

#include "hooks/event_sink.h"
#include "hooks/running_session.h"
#include "hooks/session.h"

namespace profile_train {

PhaseGuard::PhaseGuard(Phase phase) noexcept : phase_(phase) {
  hooks::process_sink().record({.kind = EventKind::phase_begin, .detail = static_cast<std::uint8_t>(phase)});
}

PhaseGuard::~PhaseGuard() {
  if (!hooks::process_sink().recording()) return;
  hooks::refresh_roles_of_running_session(phase_);
  hooks::process_sink().record({.kind = EventKind::phase_end, .detail = static_cast<std::uint8_t>(phase_)});
  if (phase_ == Phase::optimizer_step) hooks::read_figures_of_running_session();  // the end of a step, or nearly
}

StepGuard::StepGuard(std::int64_t step) noexcept : step_(step) {
  hooks::process_sink().record({.bytes = step, .kind = EventKind::step_begin});
}

StepGuard::~StepGuard() { hooks::process_sink().record({.bytes = step_, .kind = EventKind::step_end}); }

ModuleGuard::ModuleGuard(std::string_view path) noexcept {
  hooks::EventSink& sink = hooks::process_sink();
  entered_ = sink.recording();
  if (entered_) sink.enter(sink.names.intern(path), ScopeKind::module);
}

ModuleGuard::~ModuleGuard() {
  if (entered_) hooks::process_sink().leave();
}

}  // namespace profile_train
