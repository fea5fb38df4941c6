#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "hooks/event_sink.h"
#include "profiler/result.h"
#include "profiler/trace_writer.h"

namespace profile_train::hooks {

/// Moves events from the sink's ring to the trace file, on a thread of its own, so that no hook ever waits for a disk.
///
/// Lives for one session. If the file can no longer be written it goes on emptying the ring, counts what is lost and
/// says why at the end.
class Recorder {
 public:
  static Result<std::unique_ptr<Recorder>> start(EventSink& sink, const std::string& path, const TraceHeader& header,
                                                 bool overwrite);
  ~Recorder();

  /// Any thread. Brings what was recorded until now into the file, so that it can be read; false if that takes longer.
  bool flush(std::chrono::milliseconds at_most);

  /// Call after EventSink::end(). Writes what is left and the footer, whose counts of events and losses it
  /// fills in, and to whose bytes of the profiler it adds its own. Returns the footer as written. Idempotent.
  TraceFooter finish(TraceFooter footer);

  /// One sentence if the file could not be written to its end, else empty. Valid after finish().
  const std::string& failure() const { return failure_; }

 private:
  Recorder(EventSink& sink, std::unique_ptr<TraceWriter> writer);
  void run();
  bool drain();       ///< true if there was anything
  void define_new();  ///< names and scopes that events may now refer to
  void note(const Result<void>& result);
  std::uint64_t flushes_wanted();
  void tell_flushed(std::uint64_t flushes);

  EventSink& sink_;
  std::unique_ptr<TraceWriter> writer_;
  std::unique_ptr<Event[]> batch_;
  NameId defined_names_ = 0;
  TensorTypeId defined_types_ = 0;
  ScopeId defined_scopes_ = 0;
  std::uint64_t recorded_ = 0;
  std::uint64_t lost_ = 0;  ///< taken from the ring but not written
  std::string failure_;

  std::mutex mutex_;
  std::condition_variable wake_;     ///< the recorder's thread
  std::condition_variable flushed_;  ///< who waits in flush()
  bool stopping_ = false;
  std::uint64_t flushes_wanted_ = 0;
  std::uint64_t flushes_done_ = 0;
  std::thread thread_;
};

}  // namespace profile_train::hooks
