#include "workloads/tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

namespace profile_train::workloads {
namespace fs = std::filesystem;
namespace {

static_assert(std::endian::native == std::endian::little, "token files are read as they are");

constexpr std::int32_t kLlmcMagic = 20240520;
constexpr std::int32_t kLlmcVersion = 1;
constexpr std::size_t kLlmcHeaderNumbers = 256;
constexpr std::int64_t kLlmcHeaderBytes = kLlmcHeaderNumbers * sizeof(std::int32_t);
constexpr std::int64_t kCheckedAtOnce = 65536;
/// How much of a file is checked before training: a second of work. Ids beyond are checked as they are drawn.
constexpr std::int64_t kCheckedAtMost = std::int64_t{64} * 1024 * 1024;

}  // namespace

Result<TokenFile> TokenFile::open_file(const fs::path& path, const char* key) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) return failure(fmt::format("{}: there is no file {}", key, path.string()));
  if (!fs::is_regular_file(status)) return failure(fmt::format("{}: {} is not a file", key, path.string()));
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return failure(fmt::format("{}: {} cannot be read; check its permissions", key, path.string()));
  TokenFile file(path.string(), std::move(stream));
  file.size_ = static_cast<std::int64_t>(fs::file_size(path, error));
  if (error) return failure(fmt::format("{}: {}: {}", key, path.string(), error.message()));
  if (file.size_ == 0) return failure(fmt::format("{}: {} is empty", key, path.string()));
  return file;
}

Result<TokenFile> TokenFile::open_text(const fs::path& path) { return open_file(path, "data.text"); }

Result<TokenFile> TokenFile::open_tokens(const fs::path& path, TokenFormat format) {
  auto file = open_file(path, "data.tokens");
  if (!file) return file;
  const auto wrong = [&](const std::string& why) {
    return failure(fmt::format("data.tokens: {} {}", file->path_, why));
  };

  const std::int64_t file_bytes = file->size_;
  std::array<std::int32_t, kLlmcHeaderNumbers> header{};
  file->stream_.read(reinterpret_cast<char*>(header.data()), std::min(file_bytes, kLlmcHeaderBytes));
  const bool has_magic = file_bytes >= 4 && header[0] == kLlmcMagic;
  if (format == TokenFormat::automatic) format = has_magic ? TokenFormat::llm_c : TokenFormat::nanogpt;

  file->bytes_per_token_ = 2;
  if (format == TokenFormat::llm_c) {
    if (!has_magic) return wrong("does not begin with the magic number of llm.c, 20240520; is it data.format nanogpt?");
    if (file_bytes < kLlmcHeaderBytes) return wrong(fmt::format("ends within its header, after {} bytes", file_bytes));
    if (header[1] != kLlmcVersion) {
      return wrong(fmt::format("has version {} of the llm.c format; version 1, uint16 tokens, can be read", header[1]));
    }
    const std::int64_t promised = header[2];
    const std::int64_t held = (file_bytes - kLlmcHeaderBytes) / 2;
    if (file_bytes - kLlmcHeaderBytes != 2 * promised) {
      return wrong(fmt::format("should hold {} tokens by its header, but has room for {}: it is damaged or cut",
                               promised, held));
    }
    file->header_bytes_ = kLlmcHeaderBytes;
    file->size_ = promised;
  } else {
    if (has_magic) return wrong("has the header of llm.c; set data.format to llm.c, or leave it out");
    if (file_bytes % 2 != 0) {
      return wrong(fmt::format("has an odd number of bytes, {}, and cannot be a list of uint16 tokens", file_bytes));
    }
    file->size_ = file_bytes / 2;
  }
  if (file->size_ == 0) return wrong("holds no tokens");
  return file;
}

Result<TokenFile> TokenFile::open(const TrainingConfig& config) {
  const DataConfig& data = config.data;
  auto file = data.tokens.empty() ? open_text(data.text.empty() ? config.shipped_text : data.text)
                                  : open_tokens(data.tokens, data.format);
  if (!file) return file;
  const auto needed = config.train.sequence + 1;  // the last token of a window is only a target
  if (file->size() < needed) {
    return failure(
        fmt::format("{} holds {} tokens, but a sequence of {} needs {}: use a longer file or a smaller train.sequence",
                    file->path(), file->size(), config.train.sequence, needed));
  }
  if (auto checked = file->check_ids(config.model.vocabulary); !checked) return tl::unexpected(checked.error());
  return file;
}

Result<void> TokenFile::read(std::int64_t first, std::span<std::int64_t> ids) {
  std::vector<unsigned char> raw(ids.size() * static_cast<std::size_t>(bytes_per_token_));
  stream_.clear();
  stream_.seekg(header_bytes_ + first * bytes_per_token_);
  stream_.read(reinterpret_cast<char*>(raw.data()), static_cast<std::streamsize>(raw.size()));
  if (stream_.gcount() != static_cast<std::streamsize>(raw.size())) {
    return failure(fmt::format("{}: tokens {} to {} could not be read; did the file change during the run?", path_,
                               first, first + static_cast<std::int64_t>(ids.size())));
  }
  if (bytes_per_token_ == 1) {
    std::ranges::copy(raw, ids.begin());
    return {};
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::uint16_t id = 0;
    std::memcpy(&id, &raw[2 * i], sizeof id);
    ids[i] = id;
  }
  return {};
}

Result<void> TokenFile::check_ids(std::int64_t vocabulary) {
  if (vocabulary > (bytes_per_token_ == 1 ? 255 : 65535)) return {};  // no id can be too large
  const auto checked = std::min(size_, kCheckedAtMost);
  std::vector<std::int64_t> ids;
  for (std::int64_t first = 0; first < checked; first += kCheckedAtOnce) {
    ids.resize(static_cast<std::size_t>(std::min(kCheckedAtOnce, checked - first)));
    if (auto done = read(first, ids); !done) return done;
    const auto outside = std::ranges::find_if(ids, [&](std::int64_t id) { return id >= vocabulary; });
    if (outside == ids.end()) continue;
    return failure(fmt::format("{}: token {} is {}, but model.vocabulary is {}: ids must be smaller than that", path_,
                               first + (outside - ids.begin()), *outside, vocabulary));
  }
  return {};
}

}  // namespace profile_train::workloads
