#include "profiler/allocator/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>
#include <vector>

#include "profiler/nearest.h"

namespace profile_train::allocator {
namespace {

/// "a:b" and "c:[d:e,f:g]" of "a:b,c:[d:e,f:g]": commas in brackets belong to the value.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n') continue;
    if (c == '[') ++depth;
    if (c == ']') --depth;
    if (c == ',' && depth == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  if (parts.size() == 1 && parts.front().empty()) parts.clear();
  return parts;
}

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<Bytes> mebibytes(std::string_view key, std::string_view value) {
  const auto count = number<std::uint64_t>(value);
  if (!count || *count < 20)
    return failure(fmt::format("The allocator setting {}:{} is not a number of MiB from 20 on.", key, value));
  return static_cast<Bytes>(std::min<std::uint64_t>(*count, static_cast<std::uint64_t>(kNoLimit / kMiB))) * kMiB;
}

Result<bool> truth(std::string_view key, std::string_view value) {
  if (value == "True") return true;
  if (value == "False") return false;
  return failure(fmt::format("The allocator setting {}:{} is neither True nor False.", key, value));
}

Result<double> share(std::string_view key, std::string_view value, double most) {
  const auto part = number<double>(value);
  if (!part || *part < 0.0 || *part > most)
    return failure(fmt::format("The allocator setting {}:{} is not a share between 0 and 1.", key, value));
  return *part;
}

Result<void> read_divisions(std::string_view value, std::array<std::uint64_t, Settings::kIntervals>& divisions) {
  const auto wrong = [&](std::string_view what) {
    return failure(
        fmt::format("The allocator setting roundup_power2_divisions:{} is wrong: {} is not a power of two; write 8, or "
                    "[256:1,512:2,1024:4,>:8].",
                    value, what));
  };
  const auto is_division = [](const std::optional<std::uint64_t>& n) {
    return n && (*n == 0 || std::has_single_bit(*n));
  };
  if (!value.starts_with('[')) {
    const auto all = number<std::uint64_t>(value);
    if (!is_division(all)) return wrong(value);
    divisions.fill(*all);
    return {};
  }
  if (!value.ends_with(']')) return wrong(value);
  bool first = true;
  std::size_t last = 0;
  for (const std::string& part : split(value.substr(1, value.size() - 2))) {
    const std::size_t colon = part.find(':');
    const auto count = number<std::uint64_t>(std::string_view(part).substr(std::min(colon + 1, part.size())));
    if (colon == std::string::npos || !is_division(count)) return wrong(part);
    if (part.starts_with('>')) {
      std::fill(divisions.begin() + static_cast<std::ptrdiff_t>(last) + 1, divisions.end(), *count);
      continue;
    }
    const auto boundary = number<std::uint64_t>(std::string_view(part).substr(0, colon));
    if (!boundary || !std::has_single_bit(*boundary)) return wrong(part);
    last = std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(*boundary)) - 1, Settings::kIntervals - 1);
    if (first) std::fill_n(divisions.begin(), last, *count);
    first = false;
    divisions[last] = *count;
  }
  return {};
}

// Known to PyTorch, and without effect on where blocks are placed.
constexpr std::array<std::string_view, 9> kOthers = {
    "release_lock_on_cudamalloc",    "pinned_use_cuda_host_register",     "pinned_num_register_threads",
    "pinned_use_background_threads", "graph_capture_record_stream_reuse", "pinned_reserve_segment_size_mb",
    "release_lock_on_hipmalloc",     "pinned_use_hip_host_register",      "backend"};
constexpr std::array<std::string_view, 7> kOurs = {"expandable_segments",        "max_split_size_mb",
                                                   "max_non_split_rounding_mb",  "large_segment_size_mb",
                                                   "roundup_power2_divisions",   "garbage_collection_threshold",
                                                   "per_process_memory_fraction"};

template <typename T, typename Value>
Result<void> put(T& into, Result<Value> value) {
  if (!value) return tl::unexpected(value.error());
  into = *value;
  return {};
}

Result<void> read_one(std::string_view key, std::string_view value, Settings& settings) {
  if (key == "expandable_segments") return put(settings.expandable_segments, truth(key, value));
  if (key == "max_split_size_mb") return put(settings.max_split_bytes, mebibytes(key, value));
  if (key == "max_non_split_rounding_mb") return put(settings.max_non_split_rounding_bytes, mebibytes(key, value));
  if (key == "large_segment_size_mb") return put(settings.large_segment_bytes, mebibytes(key, value));
  if (key == "roundup_power2_divisions") return read_divisions(value, settings.roundup_power2_divisions);
  if (key == "garbage_collection_threshold") return put(settings.garbage_collection_threshold, share(key, value, 1.0));
  if (key == "per_process_memory_fraction") return put(settings.memory_fraction, share(key, value, 1.0));
  if (key == "backend" && value != "native")
    return failure(
        fmt::format("The allocator backend \"{}\" is not PyTorch's caching allocator; leave it out.", value));
  if (std::find(kOthers.begin(), kOthers.end(), key) != kOthers.end()) return {};
  const std::vector<std::string> known(kOurs.begin(), kOurs.end());
  const auto meant = nearest(key, known);
  return failure(fmt::format("\"{}\" is no setting of the caching allocator; {}.", key,
                             meant ? fmt::format("did you mean {}", *meant)
                                   : fmt::format("those that place blocks are {}", fmt::join(kOurs, ", "))));
}

}  // namespace

Result<Settings> parse_settings(std::string_view text) {
  Settings settings;
  for (const std::string& part : split(text)) {
    if (part == "default") continue;
    if (part == "expandable") {
      settings.expandable_segments = true;
      continue;
    }
    const std::size_t colon = part.find(':');
    if (colon == std::string::npos)
      return failure(fmt::format("The allocator setting \"{}\" has no value; write key:value, or expandable.", part));
    const auto read =
        read_one(std::string_view(part).substr(0, colon), std::string_view(part).substr(colon + 1), settings);
    if (!read) return tl::unexpected(read.error());
  }
  return settings;
}

std::string to_text(const Settings& settings) {
  const Settings defaults;
  std::vector<std::string> parts;
  const auto put_mib = [&](std::string_view key, Bytes bytes, Bytes usual) {
    if (bytes != usual) parts.push_back(fmt::format("{}:{}", key, bytes / kMiB));
  };
  if (settings.expandable_segments) parts.emplace_back("expandable_segments:True");
  put_mib("max_split_size_mb", settings.max_split_bytes, defaults.max_split_bytes);
  put_mib("max_non_split_rounding_mb", settings.max_non_split_rounding_bytes, defaults.max_non_split_rounding_bytes);
  put_mib("large_segment_size_mb", settings.large_segment_bytes, defaults.large_segment_bytes);
  if (const auto& divisions = settings.roundup_power2_divisions; divisions != defaults.roundup_power2_divisions) {
    std::string list;
    for (std::size_t i = 0; i < divisions.size(); ++i)
      list += fmt::format("{}{}:{}", i == 0 ? "" : ",", std::size_t{1} << i, divisions[i]);
    const bool all_the_same =
        std::all_of(divisions.begin(), divisions.end(), [&](auto d) { return d == divisions[0]; });
    parts.push_back(all_the_same ? fmt::format("roundup_power2_divisions:{}", divisions[0])
                                 : fmt::format("roundup_power2_divisions:[{}]", list));
  }
  if (settings.garbage_collection_threshold > 0)
    parts.push_back(fmt::format("garbage_collection_threshold:{}", settings.garbage_collection_threshold));
  if (settings.memory_fraction < 1)
    parts.push_back(fmt::format("per_process_memory_fraction:{}", settings.memory_fraction));
  return parts.empty() ? "default" : fmt::format("{}", fmt::join(parts, ","));
}

}  // namespace profile_train::allocator
