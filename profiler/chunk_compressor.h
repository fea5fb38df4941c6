#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

// zstd's own types, so that its header stays out of ours.
struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace profile_train {

/// One zstd stream over all compressed chunks of a file, flushed at the end of each: a chunk can refer to what came
/// before it, so that a chunk of 50 events compresses as well as one of 16,384. One thread; memory is fixed.
class ChunkCompressor {
 public:
  static constexpr int kDefaultLevel = 3;
  explicit ChunkCompressor(int level = kDefaultLevel);
  ~ChunkCompressor();
  ChunkCompressor(const ChunkCompressor&) = delete;
  ChunkCompressor& operator=(const ChunkCompressor&) = delete;

  /// Appends the compressed form of `raw`; false if zstd fails, for which it needs to run out of memory.
  bool compress(std::span<const std::uint8_t> raw, std::vector<std::uint8_t>& out);
  std::size_t memory_bytes() const;

 private:
  ZSTD_CCtx_s* context_;
};

/// The inverse, for chunks in their order in the file.
class ChunkDecompressor {
 public:
  ChunkDecompressor();
  ~ChunkDecompressor();
  ChunkDecompressor(const ChunkDecompressor&) = delete;
  ChunkDecompressor& operator=(const ChunkDecompressor&) = delete;

  /// Fills `out` with exactly `raw_bytes` bytes from all of `stored`; false if that is not what is in there. Never
  /// takes more memory than `raw_bytes` and a window of 2^kWindowLog bytes.
  bool decompress(std::span<const std::uint8_t> stored, std::uint32_t raw_bytes, std::vector<std::uint8_t>& out);

 private:
  ZSTD_DCtx_s* context_;
};

}  // namespace profile_train
