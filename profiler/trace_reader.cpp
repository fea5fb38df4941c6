#include "profiler/trace_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <vector>

#include "profiler/allocation.h"
#include "profiler/chunk_compressor.h"
#include "profiler/definition_codec.h"
#include "profiler/event_codec.h"
#include "profiler/foreign_file.h"
#include "profiler/setup_json.h"
#include "profiler/trace_format.h"

namespace profile_train {
namespace {

using trace_format::ChunkHeader;
using trace_format::ChunkKind;
using trace_format::Compression;
using trace_format::kChunkHeaderBytes;
using trace_format::kPreambleBytes;
using FileBytes = std::span<const std::uint8_t>;

/// Whether an intact chunk begins somewhere in `bytes`: then damage before it is not the end of the file.
bool has_intact_chunk(FileBytes bytes) {
  // Each candidate costs a checksum; a file made to look like nothing but headers must not take for ever.
  std::size_t budget_bytes = std::max<std::size_t>(bytes.size(), 64U << 20U);
  constexpr char kMagicText[] = {'P', 'T', 'C', 'K'};
  const std::uint8_t* at = bytes.data();
  const std::uint8_t* end = at + bytes.size();
  while (true) {
    at = std::search(at, end, std::begin(kMagicText), std::end(kMagicText));
    if (at == end) return false;
    const FileBytes rest(at, end);
    if (const std::optional<ChunkHeader> header = trace_format::parse_chunk_header(rest)) {
      const std::size_t size = kChunkHeaderBytes + header->stored_bytes;
      if (size <= rest.size()) {
        if (size > budget_bytes) return false;
        budget_bytes -= size;
        if (trace_format::is_intact(*header, rest.first(size))) return true;
      }
    }
    ++at;
  }
}

/// Reads one file from memory, front to back.
class Reader {
 public:
  Reader(FileBytes file, std::string_view name) : file_(file), name_(name) {}

  Result<Trace> read() {
    if (Result<void> checked = check_preamble(); !checked) return tl::unexpected(checked.error());
    reserve_events();
    at_ = kPreambleBytes;
    while (!finished_ && !trace_.cut) {
      if (Result<void> read = read_chunk(); !read) return tl::unexpected(read.error());
    }
    if (trace_.cut) trace_.footer.events = trace_.events.size();
    return std::move(trace_);
  }

 private:
  Result<void> check_preamble();
  void reserve_events();
  Result<void> read_chunk();
  Result<void> end_early(std::string reason);
  Result<void> read_payload(const ChunkHeader& header, FileBytes stored);
  Result<void> read_compressed(const ChunkHeader& header, FileBytes stored);
  Result<void> read_header(FileBytes text);
  Result<void> read_footer(FileBytes text);
  tl::unexpected<Error> corrupt(std::string_view what) const {
    return failure(
        fmt::format("{} is corrupt: the chunk at byte {} {}; copy the file again, or record again", name_, at_, what));
  }

  FileBytes file_;
  std::string_view name_;
  std::size_t at_ = 0;  ///< where the current chunk begins
  std::uint32_t chunk_index_ = 0;
  bool finished_ = false;
  ChunkDecompressor decompressor_;
  EventDecoder decoder_;
  std::vector<std::uint8_t> raw_;
  Trace trace_;
};

Result<void> Reader::check_preamble() {
  using trace_format::kMagic;
  if (file_.empty())
    return failure(fmt::format("{} is empty: the program that wrote it was killed at its start", name_));
  if (!std::equal(kMagic.begin(), kMagic.begin() + static_cast<std::ptrdiff_t>(std::min(kMagic.size(), file_.size())),
                  file_.begin()))
    return failure(fmt::format("{} is not a profile-train trace{}", name_, describe_foreign_file(file_)));
  if (file_.size() < kPreambleBytes)
    return failure(
        fmt::format("{} ends after {} bytes, before its header: there is nothing to read in it; record again", name_,
                    file_.size()));
  const std::uint32_t version = trace_format::get_u32(file_.data() + kMagic.size());
  if (version < trace_format::kOldestVersion || version > trace_format::kVersion)
    return failure(
        fmt::format("{} has version {} of the trace format and this profile-train reads versions {} to {}; {}", name_,
                    version, trace_format::kOldestVersion, trace_format::kVersion,
                    version > trace_format::kVersion ? "read it with the profile-train that wrote it or a newer one"
                                                     : "record again with this profile-train"));
  if (trace_format::get_u32(file_.data() + 12) != 0)
    return failure(fmt::format("{} is corrupt at byte 12; copy the file again, or record again", name_));
  return {};
}

/// Room for the events that the headers announce, as far as a file of this size can be believed to hold them.
void Reader::reserve_events() {
  std::size_t events = 0;
  for (std::size_t at = kPreambleBytes; at < file_.size();) {
    const std::optional<ChunkHeader> header = trace_format::parse_chunk_header(file_.subspan(at));
    if (!header) break;
    if (header->kind == ChunkKind::events) events += header->count;
    at += kChunkHeaderBytes + header->stored_bytes;
  }
  trace_.events.reserve(std::min(events, file_.size()));
}

Result<void> Reader::read_chunk() {
  const FileBytes rest = file_.subspan(at_);
  if (rest.empty()) return end_early("it has no footer: the program was killed, or is still running");
  const std::optional<ChunkHeader> header = trace_format::parse_chunk_header(rest);
  const bool incomplete =
      header ? rest.size() - kChunkHeaderBytes < header->stored_bytes : rest.size() < kChunkHeaderBytes;
  if (incomplete)
    return end_early(
        fmt::format("it ends in the middle of the chunk at byte {}: the program was killed, or the file "
                    "was truncated",
                    at_));
  if (!header || !trace_format::is_intact(*header, rest.first(kChunkHeaderBytes + header->stored_bytes)))
    return end_early(fmt::format("the file is damaged at byte {}", at_));

  if (header->index != chunk_index_)
    return corrupt(fmt::format("is number {}, but {} is due", header->index, chunk_index_));
  if (header->first_event != trace_.events.size())
    return corrupt(fmt::format("begins with event {}, but {} is due", header->first_event, trace_.events.size()));
  if ((header->kind == ChunkKind::header) != (chunk_index_ == 0)) return corrupt("is not where a header belongs");
  if (Result<void> read = read_payload(*header, rest.subspan(kChunkHeaderBytes, header->stored_bytes)); !read)
    return read;
  at_ += kChunkHeaderBytes + header->stored_bytes;
  ++chunk_index_;
  if (finished_ && at_ != file_.size())
    return failure(
        fmt::format("{} is corrupt: the trace ends at byte {} and {} bytes of something else follow; "
                    "`truncate -s {}` removes them",
                    name_, at_, file_.size() - at_, at_));
  return {};
}

/// The chunk at `at_` cannot be read: the trace is cut there, unless what comes after it shows that it was complete
/// once.
Result<void> Reader::end_early(std::string reason) {
  if (at_ < file_.size() && has_intact_chunk(file_.subspan(at_ + 1)))
    return corrupt("is damaged, and intact chunks follow it");
  if (chunk_index_ == 0)
    return failure(
        fmt::format("{} has no complete header ({}): there is nothing to read in it; record again", name_, reason));
  trace_.cut = true;
  trace_.cut_reason = std::move(reason);
  return {};
}

Result<void> Reader::read_payload(const ChunkHeader& header, FileBytes stored) {
  const bool text = header.kind == ChunkKind::header || header.kind == ChunkKind::footer;
  if (text != (header.compression == Compression::none)) return corrupt("is compressed in a way that its kind is not");
  if (!text) return read_compressed(header, stored);
  if (header.raw_bytes != header.stored_bytes || header.count != 0) return corrupt("contradicts itself");
  return header.kind == ChunkKind::header ? read_header(stored) : read_footer(stored);
}

Result<void> Reader::read_compressed(const ChunkHeader& header, FileBytes stored) {
  if (!decompressor_.decompress(stored, header.raw_bytes, raw_)) return corrupt("does not decompress");
  if (header.kind == ChunkKind::definitions) {
    Result<void> read = definition_codec::read_definitions(raw_, header.count, trace_);
    if (!read) return corrupt(fmt::format("is not sound: {}", read.error().message));
    return {};
  }
  if (trace_.events.size() + header.count >= kNever)
    return failure(
        fmt::format("{} has more than {} events, the most that can be analysed; record fewer steps", name_, kNever));
  const DefinedIds defined{trace_.names.size(), trace_.scopes.size(), trace_.tensor_types.size()};
  Result<void> read = decoder_.decode(raw_, header.count, defined, trace_.events);
  if (!read) return corrupt(fmt::format("is not sound: {}", read.error().message));
  return {};
}

Result<void> Reader::read_header(FileBytes text) {
  const auto json = nlohmann::ordered_json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded()) return corrupt("is not JSON");
  Result<TraceHeader> header = header_from_json(json);
  if (!header) return corrupt(fmt::format("is not sound: {}", header.error().message));
  trace_.header = std::move(*header);
  return {};
}

Result<void> Reader::read_footer(FileBytes text) {
  const auto json = nlohmann::ordered_json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded()) return corrupt("is not JSON");
  Result<TraceFooter> footer = footer_from_json(json);
  if (!footer) return corrupt(fmt::format("is not sound: {}", footer.error().message));
  if (footer->events != trace_.events.size())
    return corrupt(fmt::format("announces {} events, but {} are in the file", footer->events, trace_.events.size()));
  trace_.footer = std::move(*footer);
  finished_ = true;
  return {};
}

tl::unexpected<Error> cannot_read(const std::string& path, int error) {
  return failure(fmt::format("cannot read {}: {}", path, std::generic_category().message(error)));
}

/// All of a file, or only its first bytes if those show already that it is not a trace.
Result<std::vector<std::uint8_t>> read_file(const std::string& path, int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return cannot_read(path, errno);
  if (S_ISDIR(status.st_mode)) return failure(fmt::format("{} is a folder; name a trace file in it", path));
  if (!S_ISREG(status.st_mode)) return failure(fmt::format("{} is not a file", path));

  std::vector<std::uint8_t> bytes(std::min<std::size_t>(static_cast<std::size_t>(status.st_size), 4'096));
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = ::read(descriptor, bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot_read(path, errno);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
    if (filled == bytes.size() && filled >= trace_format::kMagic.size() &&
        std::equal(trace_format::kMagic.begin(), trace_format::kMagic.end(), bytes.begin()))
      bytes.resize(static_cast<std::size_t>(status.st_size));
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace

Result<Trace> read_trace_bytes(std::span<const std::uint8_t> file, std::string_view name) try {
  return Reader(file, name).read();
} catch (const std::bad_alloc&) {
  return failure(fmt::format("{} does not fit into memory; read it on a machine with more", name));
}

Result<Trace> read_trace(const std::string& path) try {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return cannot_read(path, errno);
  const Result<std::vector<std::uint8_t>> bytes = read_file(path, descriptor);
  ::close(descriptor);
  if (!bytes) return tl::unexpected(bytes.error());
  return read_trace_bytes(*bytes, path);
} catch (const std::bad_alloc&) {
  return failure(fmt::format("{} does not fit into memory; read it on a machine with more", path));
}

}  // namespace profile_train
