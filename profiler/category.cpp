#include "profiler/category.h"

namespace profile_train {
namespace {

struct Words {
  std::string_view key;
  std::string_view label;
};

constexpr std::array<Words, kCategories> kWords = {{
    {"weights", "weights"},
    {"weight_copies", "weight copies"},
    {"gradients", "gradients"},
    {"optimizer_state", "optimizer state"},
    {"activations", "activations"},
    {"logits", "logits"},
    {"inputs", "inputs"},
    {"workspace", "workspace"},
    {"temporary", "temporary"},
    {"unknown", "unknown"},
}};

}  // namespace

std::string_view key_of(Category category) { return kWords.at(static_cast<std::size_t>(category)).key; }
std::string_view label_of(Category category) { return kWords.at(static_cast<std::size_t>(category)).label; }
Category category_at(std::size_t index) { return static_cast<Category>(index); }

}  // namespace profile_train
