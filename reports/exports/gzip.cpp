#include "reports/exports/gzip.h"

#include <zlib.h>

#include <array>
#include <new>

namespace profile_train::reports {

class GzipSink::Stream {
 public:
  Stream() {
    constexpr int kGzip = 16 + MAX_WBITS;  // zlib's way to ask for gzip's header instead of its own
    constexpr int kMemory = 8;             // zlib's default
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();  // it fails for nothing else
  }
  ~Stream() { deflateEnd(&stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void pass(std::string_view piece, int flush, ByteSink& out) {
    std::array<char, std::size_t{16} * 1024> buffer{};
    // zlib does not write to its input, whatever its type says.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream_.avail_out = static_cast<uInt>(buffer.size());
      deflate(&stream_, flush);
      out.write({buffer.data(), buffer.size() - stream_.avail_out});
    } while (stream_.avail_out == 0);
  }

 private:
  z_stream stream_{};
};

GzipSink::GzipSink(ByteSink& out) : out_(out), stream_(std::make_unique<Stream>()) {}
GzipSink::~GzipSink() = default;

void GzipSink::write(std::string_view piece) { stream_->pass(piece, Z_NO_FLUSH, out_); }
void GzipSink::finish() { stream_->pass({}, Z_FINISH, out_); }

}  // namespace profile_train::reports
