#include "profiler/trace_writer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "profiler/chunk_compressor.h"
#include "profiler/definition_codec.h"
#include "profiler/event_codec.h"
#include "profiler/output_file.h"
#include "profiler/setup_json.h"
#include "profiler/trace_format.h"

namespace profile_train {
namespace {

using trace_format::ChunkHeader;
using trace_format::ChunkKind;
using trace_format::Compression;

/// Definitions that nobody uses yet are written when they reach this size, so that they cannot pile up in memory.
constexpr std::size_t kDefinitionsBytes = 256U << 10U;
constexpr std::uint32_t kDefinitionsPerChunk = 16'384;

std::string text_of(const nlohmann::ordered_json& json) {
  // Names and paths of people need not be valid UTF-8; JSON must.
  return json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

class TraceWriter::Impl {
 public:
  explicit Impl(OutputFile file) : file_(std::move(file)) {}
  ~Impl() {
    if (usable()) static_cast<void>(flush());
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<void> write_start(const TraceHeader& header);
  void define_name(NameId id, std::string_view text);
  void define_scope(ScopeId id, const Scope& scope);
  void define_tensor_type(TensorTypeId id, const TensorType& type);
  Result<void> append(std::span<const Event> events);
  Result<void> flush();
  Result<void> finish(TraceFooter footer);
  void remove_file() { file_.remove(); }
  Bytes memory_bytes() const;
  std::uint64_t bytes_written() const { return file_.size_bytes(); }

 private:
  bool usable() const { return error_.empty() && ::getpid() == owner_; }
  Result<void> state() const;
  Result<void> keep(Result<void> result);
  bool takes(std::uint64_t id, std::uint64_t& next_id, const char* what);
  void end_definition();
  Result<void> write_chunks();
  bool add_compressed(ChunkKind kind, std::uint32_t count);
  Result<void> add_text(ChunkKind kind, const std::string& text);
  Result<void> write_out();

  OutputFile file_;
  ChunkCompressor compressor_;
  EventEncoder encoder_;
  DefinedIds defined_;
  std::vector<std::uint8_t> definitions_;
  std::uint32_t definition_count_ = 0;
  std::vector<std::uint8_t> raw_;         ///< payload of a chunk before compression
  std::vector<std::uint8_t> compressed_;  ///< and after it
  std::vector<std::uint8_t> out_;         ///< whole chunks on their way to the file
  std::uint32_t chunk_index_ = 0;
  std::uint64_t events_in_chunks_ = 0;
  std::string error_;  ///< not empty: why nothing can be written any more
  pid_t owner_ = ::getpid();
};

Result<void> TraceWriter::Impl::state() const {
  if (!error_.empty()) return failure(error_);
  if (::getpid() != owner_) return failure(fmt::format("{} belongs to the process that began it", file_.path()));
  return {};
}

Result<void> TraceWriter::Impl::keep(Result<void> result) {
  if (!result) {
    error_ = result.error().message;
    static_cast<void>(file_.close());
  }
  return result;
}

Result<void> TraceWriter::Impl::write_start(const TraceHeader& header) {
  out_.assign(trace_format::kMagic.begin(), trace_format::kMagic.end());
  trace_format::put_u32(out_, trace_format::kVersion);
  trace_format::put_u32(out_, 0);
  if (Result<void> added = add_text(ChunkKind::header, text_of(to_json(header))); !added) return keep(added);
  return write_out();
}

bool TraceWriter::Impl::takes(std::uint64_t id, std::uint64_t& next_id, const char* what) {
  if (!usable()) return false;
  if (id != next_id) {
    keep(failure(fmt::format("{}: {} {} was defined where {} was due; ids are dense and in order", file_.path(), what,
                             id, next_id)));
    return false;
  }
  ++next_id;
  return true;
}

void TraceWriter::Impl::end_definition() {
  ++definition_count_;
  if (definition_count_ == kDefinitionsPerChunk || definitions_.size() >= kDefinitionsBytes)
    static_cast<void>(write_chunks());
}

void TraceWriter::Impl::define_name(NameId id, std::string_view text) {
  if (!takes(id, defined_.names, "name")) return;
  definition_codec::put_name(definitions_, text);
  end_definition();
}

void TraceWriter::Impl::define_scope(ScopeId id, const Scope& scope) {
  if (usable() && (scope.parent >= id || scope.name >= defined_.names)) {
    keep(failure(fmt::format("{}: scope {} has the parent {} and the name {}, which are not defined before it",
                             file_.path(), id, scope.parent, scope.name)));
  }
  if (!takes(id, defined_.scopes, "scope")) return;
  definition_codec::put_scope(definitions_, scope);
  end_definition();
}

void TraceWriter::Impl::define_tensor_type(TensorTypeId id, const TensorType& type) {
  if (usable() && type.sizes.size() > trace_format::kMaxTensorDimensions)
    keep(failure(fmt::format("{}: tensor type {} has {} dimensions; {} is the most", file_.path(), id,
                             type.sizes.size(), trace_format::kMaxTensorDimensions)));
  if (!takes(id, defined_.tensor_types, "tensor type")) return;
  definition_codec::put_tensor_type(definitions_, type);
  end_definition();
}

Result<void> TraceWriter::Impl::append(std::span<const Event> events) {
  if (Result<void> usable = state(); !usable) return usable;
  for (const Event& event : events) {
    if (std::optional<std::string> defect = defect_of(event, defined_))
      return keep(failure(
          fmt::format("{}: event {} {}", file_.path(), events_in_chunks_ + encoder_.count(), *std::move(defect))));
    encoder_.add(event);
    if (encoder_.count() < trace_format::kEventsPerChunk) continue;
    if (Result<void> written = write_chunks(); !written) return written;
  }
  return {};
}

Result<void> TraceWriter::Impl::flush() {
  if (Result<void> usable = state(); !usable) return usable;
  return write_chunks();
}

Result<void> TraceWriter::Impl::finish(TraceFooter footer) {
  if (Result<void> flushed = flush(); !flushed) return flushed;
  footer.events = events_in_chunks_;
  if (Result<void> added = add_text(ChunkKind::footer, text_of(to_json(footer))); !added) return keep(added);
  if (Result<void> written = write_out(); !written) return written;
  if (Result<void> closed = keep(file_.close()); !closed) return closed;
  error_ = fmt::format("{} is finished: nothing can be added to it", file_.path());
  return {};
}

/// What is buffered, as a chunk of definitions and one of events, either only if there are any.
Result<void> TraceWriter::Impl::write_chunks() {
  if (definition_count_ > 0) {
    raw_.swap(definitions_);
    definitions_.clear();
    if (!add_compressed(ChunkKind::definitions, std::exchange(definition_count_, 0)))
      return keep(failure(fmt::format("{}: compression failed", file_.path())));
  }
  if (encoder_.count() > 0) {
    const std::uint32_t count = encoder_.count();
    raw_.clear();
    encoder_.take(raw_);
    if (!add_compressed(ChunkKind::events, count))
      return keep(failure(fmt::format("{}: compression failed", file_.path())));
    events_in_chunks_ += count;
  }
  return write_out();
}

bool TraceWriter::Impl::add_compressed(ChunkKind kind, std::uint32_t count) {
  compressed_.clear();
  if (!compressor_.compress(raw_, compressed_)) return false;
  ChunkHeader header;
  header.kind = kind;
  header.compression = Compression::zstd_stream;
  header.raw_bytes = static_cast<std::uint32_t>(raw_.size());
  header.count = count;
  header.index = chunk_index_++;
  header.first_event = events_in_chunks_;
  trace_format::put_chunk(out_, header, compressed_);
  return true;
}

/// Header and footer are not compressed: `head` shows them to whoever has no profile-train at hand.
Result<void> TraceWriter::Impl::add_text(ChunkKind kind, const std::string& text) {
  if (text.size() > trace_format::kMaxRawBytes)
    return failure(fmt::format("{}: the header is {} bytes long and at most {} are allowed; shorten the configuration",
                               file_.path(), text.size(), trace_format::kMaxRawBytes));
  ChunkHeader header;
  header.kind = kind;
  header.raw_bytes = static_cast<std::uint32_t>(text.size());
  header.index = chunk_index_++;
  header.first_event = events_in_chunks_;
  trace_format::put_chunk(out_, header, bytes_of(text));
  return {};
}

Result<void> TraceWriter::Impl::write_out() {
  Result<void> written = keep(file_.append(out_));
  out_.clear();
  return written;
}

Bytes TraceWriter::Impl::memory_bytes() const {
  return static_cast<Bytes>(sizeof(*this) + compressor_.memory_bytes() + encoder_.memory_bytes() +
                            definitions_.capacity() + raw_.capacity() + compressed_.capacity() + out_.capacity());
}

TraceWriter::TraceWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TraceWriter::~TraceWriter() = default;

Result<std::unique_ptr<TraceWriter>> TraceWriter::create(const std::string& path, const TraceHeader& header,
                                                         bool overwrite) {
  Result<OutputFile> file = OutputFile::create(path, overwrite);
  if (!file) return tl::unexpected(file.error());
  auto impl = std::make_unique<Impl>(std::move(*file));
  if (Result<void> started = impl->write_start(header); !started) {
    impl->remove_file();
    return tl::unexpected(started.error());
  }
  return std::unique_ptr<TraceWriter>(new TraceWriter(std::move(impl)));
}

void TraceWriter::define_name(NameId id, std::string_view text) { impl_->define_name(id, text); }
void TraceWriter::define_scope(ScopeId id, const Scope& scope) { impl_->define_scope(id, scope); }
void TraceWriter::define_tensor_type(TensorTypeId id, const TensorType& type) { impl_->define_tensor_type(id, type); }
Result<void> TraceWriter::append(std::span<const Event> events) { return impl_->append(events); }
Result<void> TraceWriter::flush() { return impl_->flush(); }
Result<void> TraceWriter::finish(const TraceFooter& footer) { return impl_->finish(footer); }
Bytes TraceWriter::memory_bytes() const { return impl_->memory_bytes(); }
std::uint64_t TraceWriter::bytes_written() const { return impl_->bytes_written(); }

}  // namespace profile_train
