#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "profiler/chunk_compressor.h"
#include "profiler/definition_codec.h"
#include "profiler/event_codec.h"
#include "profiler/setup_json.h"
#include "profiler/trace_format.h"
#include "profiler/trace_reader.h"
#include "tests/profiler/trace_support.h"

namespace profile_train {
namespace {

using test::file_of;
using test::small_trace;
using testing::HasSubstr;
using FileBytes = std::vector<std::uint8_t>;

std::string error_of(const FileBytes& file) {
  const Result<Trace> read = read_trace_bytes(file, "t.ptrace");
  return read ? "no error" : read.error().message;
}

FileBytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

void expect_prefix(const std::vector<Event>& read, const std::vector<Event>& written) {
  ASSERT_LE(read.size(), written.size());
  EXPECT_TRUE(std::equal(read.begin(), read.end(), written.begin()));
}

/// Where each chunk of an undamaged file begins, and where the file ends.
std::vector<std::size_t> chunk_edges(const FileBytes& file) {
  std::vector<std::size_t> edges = {trace_format::kPreambleBytes};
  while (edges.back() < file.size()) {
    const auto header = trace_format::parse_chunk_header(std::span(file).subspan(edges.back()));
    if (!header) break;
    edges.push_back(edges.back() + trace_format::kChunkHeaderBytes + header->stored_bytes);
  }
  return edges;
}

// 22 events in five chunks: 5 + 5 + 5 + 5 + 2.
TEST(DamagedTrace, CutAtEveryByteGivesTheEventsOfTheCompleteChunks) {
  const Trace written = small_trace();
  const FileBytes file = file_of(written, 5);
  const std::vector<std::size_t> edges = chunk_edges(file);
  ASSERT_EQ(edges.back(), file.size());
  ASSERT_EQ(edges.size(), 1U + 1 + 1 + 5 + 1);  // preamble, header, definitions, events, footer

  for (std::size_t size = 0; size < file.size(); ++size) {
    SCOPED_TRACE(size);
    const Result<Trace> read = read_trace_bytes(std::span(file).first(size), "t.ptrace");
    if (size < edges[1]) {
      ASSERT_FALSE(read);
      continue;
    }
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(read->cut);
    const bool at_edge = std::count(edges.begin(), edges.end(), size) == 1;
    EXPECT_THAT(read->cut_reason, HasSubstr(at_edge ? "has no footer" : "ends in the middle of the chunk"));
    const auto complete = static_cast<std::size_t>(std::upper_bound(edges.begin(), edges.end(), size) - edges.begin());
    const std::size_t event_chunks = complete < 3 ? 0 : complete - 3;
    EXPECT_EQ(read->events.size(), std::min<std::size_t>(5 * event_chunks, 22));
    EXPECT_EQ(read->footer.events, read->events.size());
    expect_prefix(read->events, written.events);
  }
}

TEST(DamagedTrace, ABitThatChangedIsNeverReadAsSomethingElse) {
  const Trace written = small_trace();
  const FileBytes file = file_of(written, 5);
  const std::vector<std::size_t> edges = chunk_edges(file);
  const std::size_t last_chunk = edges[edges.size() - 2];
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      SCOPED_TRACE(testing::Message() << "bit " << bit << " of byte " << at);
      FileBytes damaged = file;
      damaged[at] ^= static_cast<std::uint8_t>(1U << bit);
      const Result<Trace> read = read_trace_bytes(damaged, "t.ptrace");
      constexpr std::size_t kVersionAt = 8;
      if (at == kVersionAt && damaged[at] < trace_format::kVersion && damaged[at] >= trace_format::kOldestVersion) {
        ASSERT_TRUE(read) << read.error().message;  // older versions read the same
        EXPECT_EQ(read->events, written.events);
        continue;
      }
      // Damage that intact chunks follow is an error; in the last chunk it is indistinguishable from a write that
      // did not complete.
      ASSERT_EQ(read.has_value(), at >= last_chunk);
      if (!read) continue;
      EXPECT_TRUE(read->cut);
      EXPECT_EQ(read->events, written.events);
    }
  }
}

TEST(DamagedTrace, SaysWhereItIsDamaged) {
  const FileBytes file = file_of(small_trace(), 5);
  const std::vector<std::size_t> edges = chunk_edges(file);

  FileBytes in_the_middle = file;
  in_the_middle[edges[3] + 50] ^= 1U;
  EXPECT_EQ(error_of(in_the_middle),
            "t.ptrace is corrupt: the chunk at byte " + std::to_string(edges[3]) +
                " is damaged, and intact chunks follow it; copy the file again, or record again");

  FileBytes at_the_end = file;
  at_the_end[edges[edges.size() - 2] + 50] ^= 1U;
  const Result<Trace> cut = read_trace_bytes(at_the_end, "t.ptrace");
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->cut_reason, "the file is damaged at byte " + std::to_string(edges[edges.size() - 2]));
}

TEST(DamagedTrace, AMissingOrRepeatedChunkIsNoticed) {
  const FileBytes file = file_of(small_trace(), 5);
  const std::vector<std::size_t> edges = chunk_edges(file);
  const auto at = [&file](std::size_t offset) { return file.begin() + static_cast<std::ptrdiff_t>(offset); };

  FileBytes missing(file.begin(), at(edges[3]));
  missing.insert(missing.end(), at(edges[4]), file.end());
  EXPECT_THAT(error_of(missing), HasSubstr("is number 4, but 3 is due"));

  FileBytes repeated(file.begin(), at(edges[4]));
  repeated.insert(repeated.end(), at(edges[3]), file.end());
  EXPECT_THAT(error_of(repeated), HasSubstr("is number 3, but 4 is due"));
}

TEST(DamagedTrace, BytesAfterTheEndAreAnErrorWithItsRemedy) {
  FileBytes file = file_of(small_trace(), 5);
  const std::string end = std::to_string(file.size());
  file.resize(file.size() + 3);
  EXPECT_EQ(error_of(file), "t.ptrace is corrupt: the trace ends at byte " + end +
                                " and 3 bytes of something else follow; `truncate -s " + end + "` removes them");
}

TEST(OtherFile, OfAnotherVersionNamesBothVersionsAndTheRemedy) {
  FileBytes newer = file_of(small_trace(), 5);
  newer[8] = 4;
  EXPECT_EQ(error_of(newer),
            "t.ptrace has version 4 of the trace format and this profile-train reads versions 1 to 3; read it with the "
            "profile-train that wrote it or a newer one");
  newer[8] = 0;
  EXPECT_THAT(error_of(newer), HasSubstr("version 0"));
  EXPECT_THAT(error_of(newer), HasSubstr("record again with this profile-train"));
}

TEST(OtherFile, IsCalledWhatItLooksLike) {
  EXPECT_EQ(error_of({}), "t.ptrace is empty: the program that wrote it was killed at its start");
  EXPECT_THAT(error_of({0x1F, 0x8B, 8, 0}), HasSubstr("not a profile-train trace: it looks like a gzip archive"));
  EXPECT_THAT(error_of({0x28, 0xB5, 0x2F, 0xFD}), HasSubstr("zstd"));
  EXPECT_THAT(error_of({'P', 'K', 3, 4, 0}), HasSubstr("torch.save"));
  EXPECT_THAT(error_of({0x80, 4, 0x95}), HasSubstr("pickle"));
  EXPECT_THAT(error_of(bytes("\n {\"a\": 1}")), HasSubstr("JSON"));
  EXPECT_THAT(error_of(bytes("<!doctype html>")), HasSubstr("HTML"));
  EXPECT_THAT(error_of(bytes("model:\n  blocks: 12\n")), HasSubstr("text file"));
  EXPECT_THAT(error_of({0x89, 'P', 'T', 'R', 'C', '\n', 0x1A, 1}), HasSubstr("copied as text"));
  EXPECT_EQ(error_of({1, 2, 3, 4}), "t.ptrace is not a profile-train trace");
}

TEST(OtherFile, ThatIsNoFile) {
  const test::TemporaryFolder folder;
  const std::string missing = folder / "none";
  EXPECT_EQ(read_trace(missing).error().message, "cannot read " + missing + ": No such file or directory");
  EXPECT_THAT(read_trace(folder / ".").error().message, HasSubstr("is a folder"));
  EXPECT_EQ(read_trace("/dev/zero").error().message, "/dev/zero is not a file");
}

/// Makes files that no writer makes, with checksums that are right.
class ForgedFile {
 public:
  ForgedFile() {
    file_.assign(trace_format::kMagic.begin(), trace_format::kMagic.end());
    trace_format::put_u32(file_, trace_format::kVersion);
    trace_format::put_u32(file_, 0);
    add_text(trace_format::ChunkKind::header, "{}");
  }
  void add_text(trace_format::ChunkKind kind, const std::string& text) {
    trace_format::ChunkHeader header;
    header.kind = kind;
    header.raw_bytes = static_cast<std::uint32_t>(text.size());
    header.index = index_++;
    header.first_event = events_;
    trace_format::put_chunk(file_, header, bytes(text));
  }
  void add(trace_format::ChunkKind kind, const FileBytes& raw, std::uint32_t count, std::int64_t raw_bytes = -1) {
    FileBytes stored;
    compressor_.compress(raw, stored);
    trace_format::ChunkHeader header;
    header.kind = kind;
    header.compression = trace_format::Compression::zstd_stream;
    header.raw_bytes = static_cast<std::uint32_t>(raw_bytes < 0 ? static_cast<std::int64_t>(raw.size()) : raw_bytes);
    header.count = count;
    header.index = index_++;
    header.first_event = events_;
    trace_format::put_chunk(file_, header, stored);
    if (kind == trace_format::ChunkKind::events) events_ += count;
  }
  void add_event(const Event& event) {
    EventEncoder encoder;
    encoder.add(event);
    FileBytes raw;
    encoder.take(raw);
    add(trace_format::ChunkKind::events, raw, 1);
  }
  const FileBytes& file() const { return file_; }

 private:
  FileBytes file_;
  ChunkCompressor compressor_;
  std::uint32_t index_ = 0;
  std::uint64_t events_ = 0;
};

std::string error_of_event(const Event& event) {
  ForgedFile forged;
  forged.add_event(event);
  return error_of(forged.file());
}

TEST(ForgedTrace, EventsMustMakeSense) {
  Event event;
  event.scope = 1;
  EXPECT_EQ(error_of_event(event),
            "t.ptrace is corrupt: the chunk at byte 58 is not sound: event 0 refers to scope 1, but only 0 are defined "
            "before it; copy the file again, or record again");
  event = {};
  event.name = 7;
  EXPECT_THAT(error_of_event(event), HasSubstr("refers to name 7"));
  event = {};
  event.tensor_type = 9;
  EXPECT_THAT(error_of_event(event), HasSubstr("refers to tensor type 9"));
  event = {};
  event.bytes = -1;
  EXPECT_THAT(error_of_event(event), HasSubstr("has the impossible size of -1 bytes"));
  event = {};
  event.device = static_cast<DeviceType>(2);
  EXPECT_THAT(error_of_event(event), HasSubstr("unknown type of device 2"));
  event = {};
  event.kind = EventKind::phase_begin;
  event.detail = kPhases;
  EXPECT_THAT(error_of_event(event), HasSubstr("unknown phase 9"));
  event.kind = EventKind::role;
  event.detail = kRoles;
  EXPECT_THAT(error_of_event(event), HasSubstr("unknown role 7"));
  event.kind = EventKind::gauge;
  event.detail = kGauges;
  EXPECT_THAT(error_of_event(event), HasSubstr("unknown gauge 7"));
  event.kind = EventKind::driver_free;
  event.detail = kDriverMemories;
  EXPECT_THAT(error_of_event(event), HasSubstr("unknown kind 6 of the driver's memory"));
  event = {};
  event.kind = EventKind::step_begin;
  event.bytes = 1LL << 31;
  EXPECT_THAT(error_of_event(event), HasSubstr("impossible step 2147483648"));
}

std::string error_of_definitions(const FileBytes& raw, std::uint32_t count) {
  ForgedFile forged;
  forged.add(trace_format::ChunkKind::definitions, raw, count);
  return error_of(forged.file());
}

TEST(ForgedTrace, DefinitionsMustMakeSense) {
  FileBytes raw;
  definition_codec::put_scope(raw, {1, 0, ScopeKind::op});
  EXPECT_THAT(error_of_definitions(raw, 1), HasSubstr("scope 1 is inside scope 1, which is not defined before it"));
  raw.clear();
  definition_codec::put_scope(raw, {0, 3, ScopeKind::op});
  EXPECT_THAT(error_of_definitions(raw, 1), HasSubstr("scope 1 has the undefined name 3"));
  raw.clear();
  definition_codec::put_scope(raw, {0, 0, static_cast<ScopeKind>(4)});
  EXPECT_THAT(error_of_definitions(raw, 1), HasSubstr("scope 1 is of the unknown kind 4"));
  raw.clear();
  definition_codec::put_name(raw, "x");
  EXPECT_THAT(error_of_definitions(raw, 2), HasSubstr("unknown kind"));
  EXPECT_THAT(error_of_definitions(raw, 0), HasSubstr("does not hold the definitions"));
  EXPECT_THAT(error_of_definitions({9}, 1), HasSubstr("definition 0 is of the unknown kind 9"));
  EXPECT_THAT(error_of_definitions({1, 0xFF, 0xFF, 0xFF, 0x7F}, 1), HasSubstr("does not hold the definitions"));
}

// 4 GiB announced, or 100 MiB of zeros behind a header that announces 1 MiB: neither is given memory.
TEST(ForgedTrace, ADecompressionBombIsRefused) {
  ForgedFile announced;
  announced.add(trace_format::ChunkKind::events, {0}, 1, 0xFFFF'FFFF);
  const Result<Trace> cut = read_trace_bytes(announced.file(), "t.ptrace");
  ASSERT_TRUE(cut);
  EXPECT_TRUE(cut->cut);
  EXPECT_TRUE(cut->events.empty());

  ForgedFile hidden;
  hidden.add(trace_format::ChunkKind::events, FileBytes(100U << 20U), 1, 1 << 20);
  EXPECT_LT(hidden.file().size(), 100'000U);
  EXPECT_THAT(error_of(hidden.file()), HasSubstr("does not decompress"));
}

TEST(ForgedTrace, FooterMustAgreeWithTheEvents) {
  ForgedFile forged;
  forged.add_event({});
  forged.add_text(trace_format::ChunkKind::footer, R"({"events": 2})");
  EXPECT_THAT(error_of(forged.file()), HasSubstr("announces 2 events, but 1 are in the file"));

  ForgedFile wrong_type;
  wrong_type.add_text(trace_format::ChunkKind::footer, R"({"events": -1})");
  EXPECT_THAT(error_of(wrong_type.file()), HasSubstr("\"events\" of the footer is not a whole number from 0"));

  ForgedFile not_json;
  not_json.add_text(trace_format::ChunkKind::footer, "{");
  EXPECT_THAT(error_of(not_json.file()), HasSubstr("is not JSON"));
}

}  // namespace
}  // namespace profile_train
