#pragma once

#include <algorithm>
#include <string_view>

#include "profiler/training_setup.h"

namespace profile_train {

/// An optimizer as files name it, and as reports do, and which of the options it has.
struct OptimizerNames {
  OptimizerKind kind;
  const char* key;
  const char* title;
  bool betas = false;
  bool momentum = false;
  bool centered = false;
  bool all_implementations = false;  ///< or one tensor after the other only
};
inline constexpr OptimizerNames kOptimizers[] = {
    {.kind = OptimizerKind::adamw, .key = "adamw", .title = "AdamW", .betas = true, .all_implementations = true},
    {.kind = OptimizerKind::sgd, .key = "sgd", .title = "SGD", .momentum = true},
    {.kind = OptimizerKind::adam, .key = "adam", .title = "Adam", .betas = true, .all_implementations = true},
    {.kind = OptimizerKind::rmsprop, .key = "rmsprop", .title = "RMSprop", .momentum = true, .centered = true},
    {.kind = OptimizerKind::adafactor, .key = "adafactor", .title = "Adafactor"},
    {.kind = OptimizerKind::lamb, .key = "lamb", .title = "LAMB", .betas = true},
    {.kind = OptimizerKind::adamw_8bit, .key = "adamw_8bit", .title = "8-bit AdamW", .betas = true},
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
