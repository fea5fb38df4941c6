#pragma once

#include <algorithm>
#include <string_view>

#include "profiler/training_setup.h"

namespace profile_train {

/// An optimizer as files name it, and as reports do.
struct OptimizerNames {
  OptimizerKind kind;
  const char* key;
  const char* title;
};
inline constexpr OptimizerNames kOptimizers[] = {
    {OptimizerKind::adamw, "adamw", "AdamW"},
    {OptimizerKind::sgd, "sgd", "SGD"},
    {OptimizerKind::adam, "adam", "Adam"},
    {OptimizerKind::rmsprop, "rmsprop", "RMSprop"},
    {OptimizerKind::adafactor, "adafactor", "Adafactor"},
    {OptimizerKind::lamb, "lamb", "LAMB"},
    {OptimizerKind::adamw_8bit, "adamw_8bit", "8-bit AdamW"},
};

struct ImplementationName {
  OptimizerImplementation implementation;
  const char* key;
};
inline constexpr ImplementationName kOptimizerImplementations[] = {
    {OptimizerImplementation::loop, "loop"},
    {OptimizerImplementation::foreach, "foreach"},
    {OptimizerImplementation::fused, "fused"},
};

inline const OptimizerNames& names_of(OptimizerKind kind) {
  return *std::ranges::find(kOptimizers, kind, &OptimizerNames::kind);
}

inline const char* key_of(OptimizerImplementation implementation) {
  return std::ranges::find(kOptimizerImplementations, implementation, &ImplementationName::implementation)->key;
}

}  // namespace profile_train
