#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "profiler/result.h"
#include "profiler/trace.h"

namespace profile_train {

/// Writes a trace file, chunk by chunk, so that what was flushed can be read after kill -9. docs/trace_format.md.
///
/// Used by one thread, the recorder's. Its memory does not grow with the trace. The first error is kept: every later
/// call does nothing and returns it, and the file stays readable up to its last complete chunk.
class TraceWriter {
 public:
  /// Fails if the file exists (unless `overwrite`), cannot be created, or another process is writing it.
  static Result<std::unique_ptr<TraceWriter>> create(const std::string& path, const TraceHeader& header,
                                                     bool overwrite);
  /// Flushes what is buffered and closes; a trace that was not finished reads as cut.
  ~TraceWriter();
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;

  /// Definitions come before the events that use them; ids are dense from 1 and in order. An error shows at the next
  /// append(), flush() or finish(). Texts longer than 64 KiB are cut there.
  void define_name(NameId id, std::string_view text);
  void define_scope(ScopeId id, const Scope& scope);
  void define_tensor_type(TensorTypeId id, const TensorType& type);

  /// Buffers events; every 16,384 of them are a chunk and are written.
  Result<void> append(std::span<const Event> events);
  /// Writes what is buffered as a chunk of its own. Call it about ten times a second.
  Result<void> flush();
  /// Writes the rest and the footer, with the number of events that are in the file, and closes.
  Result<void> finish(const TraceFooter& footer);

  Bytes memory_bytes() const;           ///< of the buffers, the address table and the compressor
  std::uint64_t bytes_written() const;  ///< complete chunks in the file so far

 private:
  class Impl;
  explicit TraceWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace profile_train
