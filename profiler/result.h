#pragma once

#include <string>
#include <tl/expected.hpp>

namespace profile_train {

/// What went wrong, in one sentence that names the place and the remedy. The command line prints it and exits with 2.
struct Error {
  std::string message;
};

/// A value, or the reason why there is none. The form in which errors cross the boundaries of the libraries.
template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failure(std::string message) { return tl::unexpected(Error{std::move(message)}); }

}  // namespace profile_train
