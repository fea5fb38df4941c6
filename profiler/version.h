#pragma once

#include <string_view>

namespace profile_train {

/// Version of the program and of the libraries; CMake's project version is checked against it when the build is
/// configured.
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace profile_train
