#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace profile_train {

/// What a file that is not a trace looks like, as the end of a sentence: ": it looks like a gzip archive". Empty if
/// nothing is known about it.
std::string describe_foreign_file(std::span<const std::uint8_t> file);

}  // namespace profile_train
