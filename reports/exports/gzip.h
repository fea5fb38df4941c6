#pragma once

#include <memory>
#include <string_view>

#include "reports/byte_sink.h"

namespace profile_train::reports {

/// Compresses what is written and passes it on; finish() writes the end. Takes 300 KB, however much goes through.
class GzipSink final : public ByteSink {
 public:
  explicit GzipSink(ByteSink& out);
  ~GzipSink() override;
  GzipSink(const GzipSink&) = delete;
  GzipSink& operator=(const GzipSink&) = delete;

  void write(std::string_view piece) override;
  void finish();

 private:
  class Stream;
  ByteSink& out_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace profile_train::reports
