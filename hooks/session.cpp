#include "hooks/session.h"

#include <ATen/Context.h>
#include <ATen/core/Tensor.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <pthread.h>
#include <torch/version.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <chrono>
#include <ctime>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "hooks/caching_allocator.h"
#include "hooks/cpu_allocator.h"
#include "hooks/driver_hooks.h"
#include "hooks/event_sink.h"
#include "hooks/operator_scope.h"
#include "hooks/out_of_memory.h"
#include "hooks/recorder.h"
#include "hooks/resident_set.h"
#include "hooks/running_session.h"
#include "hooks/simulated_device.h"
#include "hooks/tensor_roles.h"
#include "profiler/version.h"

namespace profile_train {

namespace {

TraceHeader header_of(const SessionOptions& options) {
  TraceHeader header;
  header.tool_version = kVersion;
  header.libtorch_version = TORCH_VERSION;
  header.device = options.device_name.empty() ? options.device : options.device_name;
  header.clock = "CLOCK_MONOTONIC";
  header.command = options.command;
  header.config_name = options.config_name;
  header.config_text = options.config_text;
  header.started_at = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  header.process_id = getpid();
  header.setup = options.setup;
  return header;
}

// LibTorch takes a second attempt to set CUDA up for done, and crashes at the first tensor: what it refuses must reach
// the program.
Result<void> set_cuda_up() try {
  at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
  return {};
} catch (const std::exception& error) {
  const std::string text = error.what();
  return failure(fmt::format("LibTorch cannot set CUDA up: {}", text.substr(0, text.find('\n'))));
}

// A child process has no recorder: its hooks must not fill a ring that nobody empties.
void stop_recording_in_children() {
  static std::once_flag once;
  std::call_once(once, [] { pthread_atfork(nullptr, nullptr, [] { hooks::process_sink().end(); }); });
}

std::atomic<bool> session_is_running{false};
std::atomic<hooks::TensorRoles*> running_roles{nullptr};
std::atomic<hooks::DriverHooks*> running_driver_hooks{nullptr};
std::atomic<std::thread::id> running_thread{};

}  // namespace

struct Session::Impl {
  explicit Impl(const SessionOptions& options) : driver(sink, options.driver_allocations) {}

  hooks::EventSink& sink = hooks::process_sink();
  std::string trace_path;
  std::unique_ptr<hooks::Recorder> recorder;
  hooks::TensorRoles roles;
  std::optional<hooks::OperatorScope> operators;
  hooks::CachingAllocatorHook caching_allocator;
  hooks::DriverHooks driver;
  std::string limitation;
  pid_t process = getpid();
  TraceFooter footer;
  SessionResult result;
  bool stopped = false;

  void record_cuda() {
    driver.begin_allocations();
    if (const std::string why_not = caching_allocator.begin(); limitation.empty()) limitation = why_not;
    if (caching_allocator.begun()) driver.begin_figures(static_cast<int>(at::detail::getCUDAHooks().deviceCount()));
  }
  /// Makes the trace tell all it can, and hands it over.
  void tell_of_out_of_memory(const std::function<void(const std::string&)>& handler) {
    constexpr std::chrono::seconds kPatience{10};  // a disk that hangs must not hang the program as well
    // Roles are read where tensors are made. On another thread, autograd's say, they stay what they were.
    if (running_thread.load() == std::this_thread::get_id()) roles.refresh(Phase::optimizer_step);
    if (recorder->flush(kPatience)) handler(trace_path);
  }
  /// A program may have set CUDA up since the session began; what it did until now is carried in.
  void record_cuda_if_in_use() {
    if (!caching_allocator.begun() && hooks::cuda_is_in_use()) record_cuda();
  }
};

namespace hooks {

void refresh_roles_of_running_session(Phase ended) noexcept {
  if (running_thread.load() != std::this_thread::get_id()) return;
  TensorRoles* const roles = running_roles.load();
  if (roles == nullptr) return;
  try {
    roles->refresh(ended);
  } catch (...) {  // out of memory, say: roles become less precise, training goes on
  }
}

void read_figures_of_running_session() noexcept {
  if (running_thread.load() != std::this_thread::get_id()) return;
  DriverHooks* const driver = running_driver_hooks.load();
  if (driver == nullptr) return;
  try {
    driver->read_figures_if_due();
  } catch (...) {  // out of memory, say: the figure of another step will do
  }
}

}  // namespace hooks

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Session::Session(SessionOptions options) {
  auto started = start(std::move(options));
  if (!started) throw std::runtime_error(started.error().message);
  impl_ = std::move((*started)->impl_);
}

Result<std::unique_ptr<Session>> Session::start(SessionOptions options) {
  if (session_is_running.exchange(true)) {
    return failure("A session is already running in this process; stop it before starting another.");
  }
  if (options.device.starts_with("cuda")) {
    if (auto ready = set_cuda_up(); !ready) {
      session_is_running = false;
      return tl::unexpected(ready.error());
    }
  }
  auto impl = std::make_unique<Impl>(options);
  impl->sink.begin();  // empties the ring, which has one reader: before the recorder's thread is that reader
  auto recorder = hooks::Recorder::start(impl->sink, options.trace_path, header_of(options), options.overwrite);
  if (!recorder) {
    impl->sink.end();
    session_is_running = false;
    return tl::unexpected(recorder.error());
  }
  impl->trace_path = options.trace_path;
  impl->recorder = std::move(*recorder);
  impl->footer.resident_at_start_bytes = hooks::resident_set().now_bytes;

  stop_recording_in_children();
  hooks::install_cpu_allocator();
  impl->operators.emplace();
  if (options.device.starts_with("cuda"))
    impl->record_cuda();
  else
    impl->record_cuda_if_in_use();
  running_thread = std::this_thread::get_id();
  running_roles = &impl->roles;
  running_driver_hooks = &impl->driver;
  if (options.on_out_of_memory)
    hooks::set_out_of_memory_handler(
        [impl = impl.get(), handler = std::move(options.on_out_of_memory)] { impl->tell_of_out_of_memory(handler); });
  return std::unique_ptr<Session>(new Session(std::move(impl)));
}

Session::~Session() {
  if (impl_) stop();
}

void Session::watch(const torch::nn::Module& model) {
  impl_->record_cuda_if_in_use();
  impl_->roles.watch(model);
}

void Session::watch(const torch::nn::Module& model, const torch::optim::Optimizer& optimizer) {
  watch(model);
  impl_->roles.watch(optimizer);
}

void Session::watch(const at::Tensor& tensor, Role role, std::string_view name) {
  impl_->record_cuda_if_in_use();
  impl_->roles.watch(tensor, role, name);
}

void Session::watch_master_weight(const at::Tensor& master, std::string_view name) {
  impl_->roles.watch_master_weight(master, name);
}

void Session::unwatch() { impl_->roles.forget(); }

void Session::metric(std::string_view name, double value) {
  impl_->sink.record(
      {.bytes = std::bit_cast<Bytes>(value), .name = impl_->sink.names.intern(name), .kind = EventKind::metric});
}

void Session::note_interrupted() { impl_->footer.interrupted = true; }
void Session::note_failure(std::string_view what) { impl_->footer.failure = what; }

SessionResult Session::stop() {
  if (impl_->stopped) return impl_->result;
  impl_->stopped = true;
  if (impl_->process != getpid()) {  // a forked child: trace and recorder are the parent's
    static_cast<void>(impl_->recorder.release());
    return impl_->result;
  }
  hooks::set_out_of_memory_handler({});
  running_roles = nullptr;
  running_driver_hooks = nullptr;
  impl_->operators.reset();
  impl_->caching_allocator.end();
  impl_->driver.end();
  impl_->sink.end();
  impl_->footer.limitation = impl_->limitation;
  impl_->driver.note(impl_->footer);
  hooks::note_simulated_device(impl_->footer);
  impl_->footer.resident_peak_bytes = hooks::resident_set().peak_bytes;
  impl_->result.counts = impl_->recorder->finish(impl_->footer);
  impl_->result.trace_path = impl_->trace_path;
  impl_->result.limitation = impl_->recorder->failure().empty() ? impl_->limitation : impl_->recorder->failure();
  session_is_running = false;
  return impl_->result;
}

}  // namespace profile_train
