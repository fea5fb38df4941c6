#include "hooks/operator_scope.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>
#include <ATen/record_function.h>

#include <string_view>

#include "hooks/event_sink.h"
#include "hooks/sequence_table.h"
#include "hooks/tensor_type.h"

namespace profile_train::hooks {

namespace {

SequenceTable& forward_modules() {
  static auto* const table = new SequenceTable;  // never destroyed: callbacks may outlive main()
  return *table;
}

// Takes `address` off the thread's list of allocations that no operator has described yet.
bool take_fresh(ThreadState& thread, std::uint64_t address) noexcept {
  for (std::size_t i = 0; i < thread.fresh_count; ++i) {
    if (thread.fresh[i] != address) continue;
    thread.fresh[i] = thread.fresh[--thread.fresh_count];
    return true;
  }
  return false;
}

void describe(EventSink& sink, ThreadState& thread, const at::Tensor& tensor, ReentryToken token) noexcept {
  if (!tensor.defined() || !tensor.has_storage()) return;
  const auto address = reinterpret_cast<std::uint64_t>(tensor.storage().data());
  if (address == 0 || !take_fresh(thread, address)) return;
  const TensorTypeKey key(static_cast<std::int8_t>(tensor.scalar_type()), tensor.sizes());
  Event event;
  event.kind = EventKind::describe;
  event.address = address;
  event.device = tensor.is_cuda() ? DeviceType::cuda : DeviceType::cpu;
  event.device_index = tensor.is_cuda() ? static_cast<std::uint8_t>(tensor.get_device()) : std::uint8_t{0};
  event.tensor_type = sink.tensor_types.intern(key.bytes());
  sink.record(event, token);
}

void describe_outputs(EventSink& sink, const at::RecordFunction& function) noexcept {
  ThreadState& thread = thread_state();
  if (thread.fresh_count == 0) return;
  const ReentryGuard guard;
  if (!guard) return;
  for (const c10::IValue& output : function.outputs()) {
    if (output.isTensor()) {
      describe(sink, thread, output.toTensor(), guard.token());
    } else if (output.isTensorList()) {
      for (const c10::IValue& element : output.toListRef()) describe(sink, thread, element.toTensor(), guard.token());
    }
  }
}

// The engine puts a frame of its own, "autograd::engine::evaluate_function: MmBackward0", around each node. It would
// hide the node; what happens between the two, summing gradients, has the operator's own frame.
bool is_engine_wrapper(const at::RecordFunction& function) {
  return std::string_view(function.name()).starts_with("autograd::engine::");
}

/// The name of a node, for people. That of an autograd function of a program's own is the type of LibTorch's node for
/// it, "torch::autograd::CppNode<program::Function>": the function's name is what it is known by.
std::string_view readable(std::string_view name) {
  constexpr std::string_view kOwnFunction = "torch::autograd::CppNode<";
  if (!name.starts_with(kOwnFunction) || !name.ends_with('>')) return name;
  name.remove_suffix(1);
  const auto scope = name.rfind("::");
  return scope == std::string_view::npos ? name : name.substr(scope + 2);
}

std::unique_ptr<at::ObserverContext> on_start(const at::RecordFunction& function) {
  EventSink& sink = process_sink();
  if (is_engine_wrapper(function)) {
    thread_state().enter(thread_state().scope, thread_state().module);  // no frame; on_end() leaves one all the same
    return nullptr;
  }
  // The name of a backward node dies with the RecordFunction: it is interned now, never kept as a pointer.
  const NameId name = sink.names.intern(readable(function.name()));
  if (function.scope() == at::RecordScope::BACKWARD_FUNCTION) {
    sink.enter_backward(forward_modules().find(function.forwardThreadId(), function.seqNr()), name);
    return nullptr;
  }
  // Nested operators repeat the number until one of them makes the node: the last writer is the one that counts.
  const ThreadState& thread = thread_state();
  if (function.seqNr() >= 0 && thread.module != 0) {
    forward_modules().put(at::RecordFunction::currentThreadId(), function.seqNr(), thread.module);
  }
  sink.enter(name, ScopeKind::op);
  return nullptr;
}

void on_end(const at::RecordFunction& function, at::ObserverContext*) {
  EventSink& sink = process_sink();
  if (function.scope() == at::RecordScope::FUNCTION && sink.recording()) describe_outputs(sink, function);
  sink.leave();
}

at::CallbackHandle callbacks() {
  static const at::CallbackHandle handle =
      at::addGlobalCallback(at::RecordFunctionCallback(on_start, on_end)
                                .needsOutputs(true)
                                .scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}));
  return handle;
}

}  // namespace

OperatorScope::OperatorScope() { at::reenableCallback(callbacks()); }
OperatorScope::~OperatorScope() { at::disableCallback(callbacks()); }

}  // namespace profile_train::hooks
