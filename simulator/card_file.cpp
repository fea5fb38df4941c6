#include "simulator/card_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <utility>

namespace profile_train::simulator {
namespace {

using Problem = std::optional<std::string>;

std::string found(const YAML::Node& node) {
  if (!node.IsDefined() || node.IsNull()) return "found nothing";
  if (node.IsMap()) return "found a section";
  if (node.IsSequence()) return "found a list";
  return fmt::format("found '{}'", node.Scalar());
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// One key of the file: stores its value, or says what was expected and what was found.
struct CardField {
  std::string key;
  std::function<Problem(CardFile&, const YAML::Node&)> read;
  bool required = true;
};

template <class Member>
CardField whole(std::string key, Member Card::*member, std::uint64_t most, Member scale = 1) {
  const auto read = [member, most, scale](CardFile& file, const YAML::Node& node) -> Problem {
    const auto value = node.IsScalar() ? number<std::uint64_t>(node.Scalar()) : std::nullopt;
    if (!value || *value < 1 || *value > most)
      return fmt::format("expected a whole number from 1 to {}, {}", most, found(node));
    file.card.*member = static_cast<Member>(*value) * scale;
    return std::nullopt;
  };
  return {std::move(key), read};
}

Problem read_name(CardFile& file, const YAML::Node& node) {
  constexpr std::size_t kLongest = 255;  // cudaDeviceProp::name ends in a zero
  if (!node.IsScalar() || node.Scalar().empty() || node.Scalar().size() > kLongest)
    return fmt::format("expected the name that the driver reports, such as NVIDIA H200, {}", found(node));
  file.card.name = node.Scalar();
  return std::nullopt;
}

Problem read_aliases(CardFile& file, const YAML::Node& node) {
  const bool names = node.IsSequence() && std::all_of(node.begin(), node.end(), [](const YAML::Node& entry) {
                       return entry.IsScalar() && !entry.Scalar().empty();
                     });
  if (!names) return fmt::format("expected a list of names, such as [h100, h100-sxm], {}", found(node));
  for (const YAML::Node& entry : node) file.aliases.push_back(entry.Scalar());
  return std::nullopt;
}

Problem read_compute_capability(CardFile& file, const YAML::Node& node) {
  const std::string text = node.IsScalar() ? node.Scalar() : "";
  const auto dot = text.find('.');
  const auto major = number<int>(std::string_view(text).substr(0, dot));
  const auto minor = dot == std::string::npos ? std::nullopt : number<int>(std::string_view(text).substr(dot + 1));
  if (!major || !minor || *major < 1 || *major > 99 || *minor < 0 || *minor > 9)
    return fmt::format("expected two numbers with a point between them, such as 9.0, {}", found(node));
  file.card.compute_major = *major;
  file.card.compute_minor = *minor;
  return std::nullopt;
}

Problem read_bytes(const YAML::Node& node, std::optional<std::uint64_t>& bytes) {
  if (node.IsNull()) return std::nullopt;
  bytes = node.IsScalar() ? number<std::uint64_t>(node.Scalar()) : std::nullopt;
  if (bytes) return std::nullopt;
  return fmt::format("expected a whole number of bytes, or null if it was not measured, {}", found(node));
}
Problem read_context_bytes(CardFile& file, const YAML::Node& node) { return read_bytes(node, file.card.context_bytes); }
Problem read_cublas_workspace_bytes(CardFile& file, const YAML::Node& node) {
  return read_bytes(node, file.cublas_workspace_bytes);
}

/// The whole language of a card's file.
const std::vector<CardField>& card_fields() {
  constexpr std::uint64_t kMost = 1'000'000;
  constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32U;
  constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 44U;  // 16 TiB: what fits the simulated addresses
  static const std::vector<CardField> fields = {
      {"name", read_name},
      {"aliases", read_aliases, false},
      {"compute_capability", read_compute_capability},
      whole("memory_bytes", &Card::memory_bytes, kMostMemory),
      whole("multiprocessors", &Card::multiprocessors, kMost),
      whole("max_threads_per_multiprocessor", &Card::max_threads_per_multiprocessor, kMost),
      whole("max_blocks_per_multiprocessor", &Card::max_blocks_per_multiprocessor, kMost),
      whole("registers_per_multiprocessor", &Card::registers_per_multiprocessor, kMost),
      whole("shared_memory_per_block", &Card::shared_memory_per_block, kMostBytes),
      whole("shared_memory_per_block_optin", &Card::shared_memory_per_block_optin, kMostBytes),
      whole("shared_memory_per_multiprocessor", &Card::shared_memory_per_multiprocessor, kMostBytes),
      whole("l2_cache_bytes", &Card::l2_cache_bytes, std::uint64_t{std::numeric_limits<int>::max()}),
      whole("clock_mhz", &Card::clock_khz, kMost, 1000),
      whole("memory_clock_mhz", &Card::memory_clock_khz, kMost, 1000),
      whole("memory_bus_bits", &Card::memory_bus_bits, kMost),
      {"cublas_workspace_bytes", read_cublas_workspace_bytes, false},
      {"context_bytes", read_context_bytes, false},
  };
  return fields;
}

std::string unknown_key(const std::string& key, const NearestName& nearest) {
  std::vector<std::string> keys;
  for (const CardField& field : card_fields()) keys.push_back(field.key);
  if (const auto meant = nearest(key, keys)) return fmt::format("unknown key; did you mean {}?", *meant);
  return fmt::format("unknown key; there are {}", fmt::join(keys, ", "));
}

}  // namespace

tl::expected<CardFile, std::string> read_card_file(const std::filesystem::path& file, const NearestName& nearest) {
  const auto failure = [&](std::optional<int> line, const std::string& sentence) {
    return tl::unexpected(line ? fmt::format("{}:{}: {}", file.string(), *line + 1, sentence)
                               : fmt::format("{}: {}", file.string(), sentence));
  };
  std::ifstream stream(file);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  if (!stream.good()) return failure(std::nullopt, "cannot be read");
  YAML::Node root;
  try {
    root = YAML::Load(text);
  } catch (const YAML::Exception& error) {
    return failure(error.mark.line, fmt::format("this is not valid YAML: {}", error.msg));
  }
  if (!root.IsMap()) return failure(std::nullopt, "expected the keys of a card, such as name and memory_bytes");

  CardFile read;
  read.card.key = file.stem().string();
  std::map<std::string, int> lines;
  for (const auto& entry : root) {
    const int line = entry.first.Mark().line;
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "?";
    const auto& fields = card_fields();
    const auto field = std::ranges::find(fields, key, &CardField::key);
    if (field == fields.end()) return failure(line, fmt::format("{}: {}", key, unknown_key(key, nearest)));
    if (const auto [first, added] = lines.emplace(key, line); !added) {
      return failure(line, fmt::format("{}: this key is there twice, first in line {}", key, first->second + 1));
    }
    if (const Problem problem = field->read(read, entry.second))
      return failure(line, fmt::format("{}: {}", key, *problem));
  }
  for (const CardField& field : card_fields()) {
    if (field.required && !lines.contains(field.key))
      return failure(std::nullopt, fmt::format("{}: this key is missing", field.key));
  }
  return read;
}

}  // namespace profile_train::simulator
