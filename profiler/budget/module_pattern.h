#pragma once

#include <string_view>

namespace profile_train {

/// Whether a module, or one around it, matches a pattern: "transformer.h.*.attn" has the attention of every block, with
/// all that is inside. A `*` stands for any letters within one part of the path.
bool matches_module(std::string_view pattern, std::string_view module);

}  // namespace profile_train
