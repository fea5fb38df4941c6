#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>

#include "profiler/result.h"
#include "workloads/config.h"

namespace profile_train::workloads {

/// A file of tokens, read where it is asked: files of any size, and no memory that a memory profiler would have to
/// show.
///
/// For one thread. Three formats: any text, whose bytes are the tokens; llm.c (256 int32 of header with magic 20240520
/// and version 1, then uint16); nanoGPT (uint16, nothing else). Numbers are little-endian, as the machines are.
class TokenFile {
 public:
  static Result<TokenFile> open_text(const std::filesystem::path& path);
  static Result<TokenFile> open_tokens(const std::filesystem::path& path, TokenFormat format);
  /// What the configuration says: its token file, its text, or the text that ships with the project. Fails if it cannot
  /// be trained on: too short for one sequence, or with ids that the model does not know.
  static Result<TokenFile> open(const TrainingConfig& config);

  std::int64_t size() const { return size_; }  ///< tokens
  const std::string& path() const { return path_; }

  /// Reads `ids.size()` tokens from position `first`.
  Result<void> read(std::int64_t first, std::span<std::int64_t> ids);

 private:
  TokenFile(std::string path, std::ifstream stream) : path_(std::move(path)), stream_(std::move(stream)) {}
  static Result<TokenFile> open_file(const std::filesystem::path& path, const char* key);
  Result<void> check_ids(std::int64_t vocabulary);

  std::string path_;
  std::ifstream stream_;
  std::int64_t header_bytes_ = 0;
  std::int64_t bytes_per_token_ = 1;
  std::int64_t size_ = 0;
};

}  // namespace profile_train::workloads
