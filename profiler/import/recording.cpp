#include "profiler/import/recording.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <new>
#include <vector>

#include "profiler/import/import_snapshot.h"
#include "profiler/trace_reader.h"

namespace profile_train {
namespace {

bool is_pickle(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  std::array<std::uint8_t, 2> start{};
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(start.data()), start.size());
  return file.gcount() == start.size() && import::looks_like_pickle(start);
}

}  // namespace

Result<Trace> read_recording(const std::string& path) try {
  if (!is_pickle(path)) return read_trace(path);
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0)));
  file.seekg(0);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())))
    return failure(fmt::format("cannot read {}: it changed while it was read, or its disk failed", path));
  return import::import_snapshot(bytes, path);
} catch (const std::bad_alloc&) {
  return failure(fmt::format("{} does not fit into memory; read it on a machine with more", path));
}

}  // namespace profile_train
