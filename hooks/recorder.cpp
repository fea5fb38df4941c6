#include "hooks/recorder.h"

#include <signal.h>

#include <chrono>

#include "hooks/tensor_type.h"

namespace profile_train::hooks {

namespace {
constexpr std::size_t kBatchEvents = 4096;
constexpr std::chrono::milliseconds kPollEvery{4};     // the ring holds 65 ms of a million events a second
constexpr std::chrono::milliseconds kFlushEvery{100};  // what kill -9 may cost
}  // namespace

Result<std::unique_ptr<Recorder>> Recorder::start(EventSink& sink, const std::string& path, const TraceHeader& header,
                                                  bool overwrite) {
  auto writer = TraceWriter::create(path, header, overwrite);
  if (!writer) return tl::unexpected(writer.error());
  return std::unique_ptr<Recorder>(new Recorder(sink, std::move(*writer)));
}

Recorder::Recorder(EventSink& sink, std::unique_ptr<TraceWriter> writer)
    : sink_(sink), writer_(std::move(writer)), batch_(std::make_unique<Event[]>(kBatchEvents)) {
  // Signals are for the program's own threads: a Ctrl-C handler must not run on this one.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Recorder::~Recorder() { finish({}); }

void Recorder::run() {
  auto flush_at = std::chrono::steady_clock::now() + kFlushEvery;
  for (;;) {
    const std::uint64_t wanted = flushes_wanted();  // before the ring is emptied: it holds what they are about
    const bool busy = drain();
    const auto now = std::chrono::steady_clock::now();
    const bool asked = !busy && wanted != flushes_done_;
    if (asked || now >= flush_at) {
      note(writer_->flush());
      flush_at = now + kFlushEvery;
    }
    if (asked) tell_flushed(wanted);
    if (busy) continue;
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, kPollEvery, [this] { return stopping_ || flushes_wanted_ != flushes_done_; });
    if (stopping_) break;
  }
  while (drain()) {
  }
}

std::uint64_t Recorder::flushes_wanted() {
  const std::lock_guard lock(mutex_);
  return flushes_wanted_;
}

void Recorder::tell_flushed(std::uint64_t flushes) {
  {
    const std::lock_guard lock(mutex_);
    flushes_done_ = flushes;
  }
  flushed_.notify_all();
}

bool Recorder::flush(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = ++flushes_wanted_;
  wake_.notify_one();
  return flushed_.wait_for(lock, at_most, [&] { return flushes_done_ >= mine; });
}

bool Recorder::drain() {
  const std::size_t count = sink_.ring.pop({batch_.get(), kBatchEvents});
  if (count == 0) return false;
  define_new();
  note(writer_->append({batch_.get(), count}));
  (failure_.empty() ? recorded_ : lost_) += count;
  return count == kBatchEvents;
}

void Recorder::define_new() {
  // Scopes are counted before names: a scope's name is older than the scope, so every name needed is then counted too.
  const ScopeId scopes = sink_.scopes.size();
  const NameId names = sink_.names.size();
  const TensorTypeId types = sink_.tensor_types.size();
  while (defined_names_ < names) {
    ++defined_names_;
    writer_->define_name(defined_names_, sink_.names.text(defined_names_));
  }
  while (defined_scopes_ < scopes) {
    ++defined_scopes_;
    writer_->define_scope(defined_scopes_, sink_.scopes.scope(defined_scopes_));
  }
  while (defined_types_ < types) {
    ++defined_types_;
    writer_->define_tensor_type(defined_types_, decode_tensor_type(sink_.tensor_types.text(defined_types_)));
  }
}

void Recorder::note(const Result<void>& result) {
  if (!result && failure_.empty()) failure_ = result.error().message;
}

TraceFooter Recorder::finish(TraceFooter footer) {
  if (!thread_.joinable()) return footer;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();

  footer.events = recorded_;
  footer.dropped_events = sink_.dropped_events() + lost_;
  footer.dropped_scopes = sink_.dropped_scopes();
  footer.hook_samples = sink_.hook_samples();
  footer.hook_ns = sink_.hook_ns();
  footer.profiler_bytes +=
      sink_.memory_bytes() + writer_->memory_bytes() + static_cast<Bytes>(kBatchEvents * sizeof(Event));
  note(writer_->finish(footer));
  return footer;
}

}  // namespace profile_train::hooks
