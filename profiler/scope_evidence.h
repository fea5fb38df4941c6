#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "profiler/trace.h"

namespace profile_train {

/// What the frames of a scope say about the allocations made in it, as bits.
enum class Evidence : std::uint8_t {
  cast = 1,       ///< inside an operator that changes a dtype
  head = 2,       ///< inside the output projection, forward or backward
  loss = 4,       ///< inside a module frame "loss", or a backward node of the usual losses
  workspace = 8,  ///< inside an operator whose kernel keeps scratch memory
  library = 16,   ///< inside an operator that a library computes which is given memory to work in
  copy = 32,      ///< inside an operator that copies a tensor to lay it out anew
};

/// Evidence of every scope of a trace. Names are compared once a name, not once an event.
class ScopeEvidence {
 public:
  explicit ScopeEvidence(const Trace& trace);
  bool has(ScopeId scope, Evidence evidence) const {
    return scope < bits_.size() && (bits_[scope] & static_cast<std::uint8_t>(evidence)) != 0;
  }

 private:
  std::vector<std::uint8_t> bits_;
};

/// True for the last component of a module path that names an output projection: "lm_head", "transformer.lm_head".
bool is_head(std::string_view module_path);

}  // namespace profile_train
