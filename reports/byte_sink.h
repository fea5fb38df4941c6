#pragma once

#include <string>
#include <string_view>

namespace profile_train::reports {

/// Where a writer puts its bytes, piece by piece, so that no report has to be in memory as a whole.
class ByteSink {
 public:
  ByteSink() = default;
  ByteSink(const ByteSink&) = default;
  ByteSink& operator=(const ByteSink&) = default;
  virtual ~ByteSink() = default;
  virtual void write(std::string_view piece) = 0;
};

/// For reports that are small, and for tests.
class StringSink final : public ByteSink {
 public:
  void write(std::string_view piece) override { text_.append(piece); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace profile_train::reports
