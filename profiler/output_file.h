#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "profiler/result.h"

namespace profile_train {

/// A file that grows by whole pieces: append() writes all of a piece, or takes back the part that it wrote.
///
/// One thread, one process: a child made by fork() must not use it. Locked, so that two programs cannot write one file.
class OutputFile {
 public:
  static Result<OutputFile> create(const std::string& path, bool overwrite);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  Result<void> append(std::span<const std::uint8_t> piece);
  Result<void> close();
  /// Removes the file again: for what failed before anything useful was in it.
  void remove();

  std::uint64_t size_bytes() const { return size_bytes_; }
  const std::string& path() const { return path_; }

 private:
  OutputFile(std::string path, int descriptor, bool created)
      : path_(std::move(path)), descriptor_(descriptor), created_(created) {}

  std::string path_;
  int descriptor_;
  bool created_;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace profile_train
