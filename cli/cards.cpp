#include "cli/cards.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/resources.h"
#include "profiler/nearest.h"

namespace profile_train::cli {

namespace fs = std::filesystem;

namespace {

Result<simulator::CardFile> read(const fs::path& file) {
  auto card = simulator::read_card_file(file, nearest);
  if (!card) return failure(card.error());
  return std::move(*card);
}

/// "RTX 4090", "rtx_4090" and "rtx-4090" are the same name.
std::string plain(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      text += static_cast<char>(c - 'A' + 'a');
    } else {
      text += c == ' ' || c == '_' ? '-' : c;
    }
  }
  return text;
}

bool is_path(const std::string& name) {
  return name.find('/') != std::string::npos || name.ends_with(".yaml") || name.ends_with(".yml");
}

}  // namespace

Result<std::vector<simulator::CardFile>> shipped_cards() {
  std::vector<fs::path> files;
  std::error_code ignored;  // a folder that is not there holds no cards
  for (const auto& entry : fs::directory_iterator(card_folder(), ignored)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<simulator::CardFile> cards;
  for (const fs::path& file : files) {
    auto card = read(file);
    if (!card) return tl::unexpected(card.error());
    cards.push_back(std::move(*card));
  }
  return cards;
}

Result<simulator::Card> find_card(const std::string& name) {
  if (is_path(name)) {
    std::error_code error;
    if (!fs::is_regular_file(name, error)) return failure(fmt::format("card {}: there is no such file", name));
    auto own = read(name);
    if (!own) return tl::unexpected(own.error());
    return std::move(own->card);
  }
  auto cards = shipped_cards();
  if (!cards) return tl::unexpected(cards.error());
  const std::string wanted = plain(name);
  std::vector<std::string> names;
  for (simulator::CardFile& file : *cards) {
    if (file.card.key == wanted || std::ranges::find(file.aliases, wanted) != file.aliases.end()) {
      return std::move(file.card);
    }
    names.push_back(file.card.key);
    names.insert(names.end(), file.aliases.begin(), file.aliases.end());
  }
  const auto meant = nearest(wanted, names);
  return failure(
      fmt::format("card '{}' is not known; {}profile-train devices lists all, and ./{}.yaml would be a file "
                  "of your own",
                  name, meant ? fmt::format("did you mean {}? ", *meant) : "", wanted));
}

}  // namespace profile_train::cli
