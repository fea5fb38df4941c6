#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "profiler/event.h"

namespace profile_train {

/// What a byte is for. Every byte is in exactly one category; docs/memory_model.md, section 5, has the rules.
enum class Category : std::uint8_t {
  weights,
  weight_copies,
  gradients,
  optimizer_state,
  activations,
  logits,
  inputs,
  workspace,
  temporary,
  unknown,
};
inline constexpr std::size_t kCategories = 10;

/// Bytes per category, indexed by Category.
using BytesByCategory = std::array<Bytes, kCategories>;

std::string_view key_of(Category category);    ///< as in the JSON: "optimizer_state"
std::string_view label_of(Category category);  ///< as people read it: "optimizer state"
Category category_at(std::size_t index);

inline Bytes& at(BytesByCategory& bytes, Category c) { return bytes[static_cast<std::size_t>(c)]; }
inline Bytes at(const BytesByCategory& bytes, Category c) { return bytes[static_cast<std::size_t>(c)]; }

}  // namespace profile_train
