#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "profiler/result.h"
#include "reports/byte_sink.h"

namespace profile_train::reports {

enum class IfExists { refuse, replace };

/// A file that appears under its name complete, or not at all, also after a crash or a full disk.
///
/// What is written goes to a temporary file in the same folder, in pieces of 256 KiB; commit() brings it to the disk
/// and then under its name. Without a commit nothing is left. One thread.
class ReportFile final : public ByteSink {
 public:
  /// Fails if the folder does not exist, if the file cannot be created, or if it exists and must not be replaced.
  static Result<ReportFile> create(const std::filesystem::path& path, IfExists if_exists);
  ReportFile(ReportFile&&) noexcept;
  ReportFile& operator=(ReportFile&&) = delete;
  ~ReportFile() override;

  /// The first error is kept for commit(); what comes after it is ignored.
  void write(std::string_view piece) override;
  Result<void> commit();

 private:
  class TemporaryFile;
  ReportFile(std::filesystem::path path, IfExists if_exists, std::unique_ptr<TemporaryFile> file);
  void flush();

  std::filesystem::path path_;
  IfExists if_exists_;
  std::unique_ptr<TemporaryFile> file_;
  std::string buffer_;
  int error_ = 0;
};

/// The same for a content that is there as a whole.
Result<void> write_output_file(const std::filesystem::path& path, std::string_view content, IfExists if_exists);

}  // namespace profile_train::reports
