#include "profiler/chunk_compressor.h"

#include <zstd.h>

#include <new>

#include "profiler/trace_format.h"

namespace profile_train {

ChunkCompressor::ChunkCompressor(int level) : context_(ZSTD_createCCtx()) {
  if (context_ == nullptr) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context_, ZSTD_c_windowLog, trace_format::kWindowLog);
}

ChunkCompressor::~ChunkCompressor() { ZSTD_freeCCtx(context_); }

bool ChunkCompressor::compress(std::span<const std::uint8_t> raw, std::vector<std::uint8_t>& out) {
  ZSTD_inBuffer input{raw.data(), raw.size(), 0};
  for (;;) {
    const std::size_t begin = out.size();
    out.resize(begin + ZSTD_compressBound(raw.size() - input.pos) + 64);
    ZSTD_outBuffer output{out.data() + begin, out.size() - begin, 0};
    const std::size_t left = ZSTD_compressStream2(context_, &output, &input, ZSTD_e_flush);
    out.resize(begin + output.pos);
    if (ZSTD_isError(left) != 0) return false;
    if (left == 0) return true;
  }
}

std::size_t ChunkCompressor::memory_bytes() const { return ZSTD_sizeof_CCtx(context_); }

ChunkDecompressor::ChunkDecompressor() : context_(ZSTD_createDCtx()) {
  if (context_ == nullptr) throw std::bad_alloc();
  ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, trace_format::kWindowLog);
}

ChunkDecompressor::~ChunkDecompressor() { ZSTD_freeDCtx(context_); }

bool ChunkDecompressor::decompress(std::span<const std::uint8_t> stored, std::uint32_t raw_bytes,
                                   std::vector<std::uint8_t>& out) {
  out.resize(raw_bytes);
  ZSTD_inBuffer input{stored.data(), stored.size(), 0};
  ZSTD_outBuffer output{out.data(), out.size(), 0};
  while (input.pos < input.size) {
    const std::size_t in_before = input.pos;
    const std::size_t out_before = output.pos;
    if (ZSTD_isError(ZSTD_decompressStream(context_, &output, &input)) != 0) return false;
    if (input.pos == in_before && output.pos == out_before) return false;  // more is in there than announced
  }
  // The window may still hold what did not fit; a byte more shows it.
  std::uint8_t spare = 0;
  ZSTD_inBuffer nothing{nullptr, 0, 0};
  ZSTD_outBuffer one{&spare, 1, 0};
  if (ZSTD_isError(ZSTD_decompressStream(context_, &one, &nothing)) != 0) return false;
  return output.pos == raw_bytes && one.pos == 0;
}

}  // namespace profile_train
