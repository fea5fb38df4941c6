#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <ostream>
#include <string>

#include "profiler/mode_names.h"
#include "profiler/optimizer_names.h"

namespace profile_train {

// What GoogleTest prints of a mode: its key, in place of its bytes.
inline void PrintTo(Precision mode, std::ostream* out) { *out << names_of(mode).key; }
inline void PrintTo(Checkpointing mode, std::ostream* out) { *out << names_of(mode).key; }
inline void PrintTo(AttentionKind mode, std::ostream* out) { *out << names_of(mode).key; }
inline void PrintTo(WeightStorage mode, std::ostream* out) { *out << names_of(mode).key; }
inline void PrintTo(OptimizerKind kind, std::ostream* out) { *out << names_of(kind).key; }
inline void PrintTo(OptimizerImplementation way, std::ostream* out) { *out << key_of(way); }

namespace test {

/// The name of a parameterised test, from what is printed of its parameter: "block_autocast_bf16" of (block,
/// autocast-bf16).
template <typename Parameter>
std::string name_of(const ::testing::TestParamInfo<Parameter>& tested) {
  std::string name;
  for (const char c : ::testing::PrintToString(tested.param)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  }
  if (!name.empty() && name.back() == '_') name.pop_back();
  return name;
}

}  // namespace test
}  // namespace profile_train
