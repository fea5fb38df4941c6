#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace profile_train::trace_format {

//   file   = preamble, chunks
//   chunk  = 40 bytes of header, payload
//   chunks = header, { definitions | events }, footer          all in docs/trace_format.md
//
// Numbers are little-endian. A change that an older reader would misread needs a new kVersion.

inline constexpr std::uint32_t kVersion = 3;
inline constexpr std::uint32_t kOldestVersion = 1;  ///< it and 2 have fewer kinds of events, and are otherwise the same
/// Not text and not ASCII only: a copy that "fixes" line ends or clears the eighth bit shows in the first eight bytes.
inline constexpr std::array<std::uint8_t, 8> kMagic = {0x89, 'P', 'T', 'R', 'C', '\r', '\n', 0x1A};
inline constexpr std::size_t kPreambleBytes = 16;
inline constexpr std::size_t kChunkHeaderBytes = 40;
inline constexpr std::uint32_t kChunkMagic = 0x4B435450;  // "PTCK"

inline constexpr std::uint32_t kEventsPerChunk = 16'384;

// What a reader accepts, so that a small file cannot make it take much memory.
inline constexpr std::uint32_t kMaxRawBytes = 4U << 20U;  ///< of a chunk, after decompression
inline constexpr std::uint32_t kMaxCount = 65'536;        ///< events or definitions in a chunk
inline constexpr std::size_t kMaxTextBytes = 64U << 10U;  ///< of a name or a dtype
inline constexpr std::size_t kMaxTensorDimensions = 64;
inline constexpr int kWindowLog = 20;  ///< the decompressor looks back at most 2^20 bytes

enum class ChunkKind : std::uint8_t { header = 1, definitions = 2, events = 3, footer = 4 };
enum class Compression : std::uint8_t { none = 0, zstd_stream = 1 };

struct ChunkHeader {
  ChunkKind kind = ChunkKind::header;
  Compression compression = Compression::none;
  std::uint32_t raw_bytes = 0;
  std::uint32_t stored_bytes = 0;
  std::uint32_t count = 0;  ///< events or definitions; 0 in header and footer
  std::uint32_t index = 0;  ///< of the chunk in the file, from 0
  std::uint64_t first_event = 0;
  std::uint64_t checksum = 0;  ///< XXH64 over what follows it: the rest of the header, and the payload
};

/// Header with its checksum, then the payload. Its stored_bytes and checksum are filled in here.
void put_chunk(std::vector<std::uint8_t>& out, ChunkHeader header, std::span<const std::uint8_t> payload);

/// The header at the start of `bytes`, if there is one and its fields are within the limits above.
std::optional<ChunkHeader> parse_chunk_header(std::span<const std::uint8_t> bytes);

/// Whether `chunk`, header and payload, is as it was written.
bool is_intact(const ChunkHeader& header, std::span<const std::uint8_t> chunk);

std::uint32_t get_u32(const std::uint8_t* bytes);
void put_u32(std::vector<std::uint8_t>& out, std::uint32_t value);

}  // namespace profile_train::trace_format
