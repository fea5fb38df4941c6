#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace profile_train {

/// A number in groups of three digits, as people read it: "2,290,384,904", "-12,345", "1,234.5".
std::string grouped(std::string_view number);
std::string grouped(std::int64_t number);

}  // namespace profile_train
