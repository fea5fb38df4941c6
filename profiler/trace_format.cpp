#include "profiler/trace_format.h"

#include <xxhash.h>

namespace profile_train::trace_format {
namespace {

// Offsets in the header of a chunk. The checksum covers everything after itself.
constexpr std::size_t kChecksumAt = 4;
constexpr std::size_t kCheckedFrom = 12;

std::uint64_t get_u64(const std::uint8_t* bytes) {
  return get_u32(bytes) | static_cast<std::uint64_t>(get_u32(bytes + 4)) << 32U;
}

void put_u64(std::vector<std::uint8_t>& out, std::uint64_t value) {
  put_u32(out, static_cast<std::uint32_t>(value));
  put_u32(out, static_cast<std::uint32_t>(value >> 32U));
}

std::uint64_t checksum_of(std::span<const std::uint8_t> chunk) {
  return XXH64(chunk.data() + kCheckedFrom, chunk.size() - kCheckedFrom, 0);
}

}  // namespace

std::uint32_t get_u32(const std::uint8_t* bytes) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= static_cast<std::uint32_t>(bytes[i]) << (8 * i);
  return value;
}

void put_u32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void put_chunk(std::vector<std::uint8_t>& out, ChunkHeader header, std::span<const std::uint8_t> payload) {
  const std::size_t begin = out.size();
  out.reserve(begin + kChunkHeaderBytes + payload.size());
  put_u32(out, kChunkMagic);
  put_u64(out, 0);  // the checksum, once there is something to check
  out.push_back(static_cast<std::uint8_t>(header.kind));
  out.push_back(static_cast<std::uint8_t>(header.compression));
  out.push_back(0);
  out.push_back(0);
  put_u32(out, header.raw_bytes);
  put_u32(out, static_cast<std::uint32_t>(payload.size()));
  put_u32(out, header.count);
  put_u32(out, header.index);
  put_u64(out, header.first_event);
  out.insert(out.end(), payload.begin(), payload.end());

  const std::uint64_t checksum = checksum_of(std::span(out).subspan(begin));
  for (unsigned i = 0; i < 8; ++i) out[begin + kChecksumAt + i] = static_cast<std::uint8_t>(checksum >> (8 * i));
}

std::optional<ChunkHeader> parse_chunk_header(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kChunkHeaderBytes) return std::nullopt;
  const std::uint8_t* b = bytes.data();
  const std::uint8_t kind = b[12];
  const std::uint8_t compression = b[13];
  if (get_u32(b) != kChunkMagic || kind < 1 || kind > 4 || compression > 1 || b[14] != 0 || b[15] != 0)
    return std::nullopt;

  ChunkHeader header;
  header.kind = static_cast<ChunkKind>(kind);
  header.compression = static_cast<Compression>(compression);
  header.raw_bytes = get_u32(b + 16);
  header.stored_bytes = get_u32(b + 20);
  header.count = get_u32(b + 24);
  header.index = get_u32(b + 28);
  header.first_event = get_u64(b + 32);
  header.checksum = get_u64(b + kChecksumAt);
  // Data that does not compress grows by a few bytes for each block of zstd; twice the limit is far from any of it.
  if (header.raw_bytes > kMaxRawBytes || header.stored_bytes > 2 * kMaxRawBytes || header.count > kMaxCount)
    return std::nullopt;
  return header;
}

bool is_intact(const ChunkHeader& header, std::span<const std::uint8_t> chunk) {
  return chunk.size() == kChunkHeaderBytes + header.stored_bytes && checksum_of(chunk) == header.checksum;
}

}  // namespace profile_train::trace_format
