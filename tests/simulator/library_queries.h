#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "simulator/simulation.h"

namespace profile_train::simulator {

/// True if the summary will say that `what` is not in the figures.
inline bool is_noted(std::string_view what) {
  return std::ranges::any_of(simulation().coverage.memory_not_included(),
                             [&](const Coverage::Counted& counted) { return counted.what == what; });
}

/// Calls a query with zeros for everything but its handle and the places for its results, which must be of type Size*.
/// True if it succeeds and gives 0 in each of them: then the entry point has the arguments of the header.
template <class Size, class Status, class Handle, class... Arguments>
bool gives_zeros(Status (*query)(Handle, Arguments...), Handle handle) {
  constexpr std::size_t kCount = sizeof...(Arguments);
  Size results[kCount];
  for (Size& result : results) result = static_cast<Size>(77);
  std::size_t used = 0;
  const auto argument = [&]<class T>(std::type_identity<T>) -> T {
    if constexpr (std::is_same_v<T, Size*>) {
      return &results[used++];
    } else {
      return T{};
    }
  };
  const std::tuple<Handle, Arguments...> all{handle, argument(std::type_identity<Arguments>{})...};  // left to right
  if (std::apply(query, all) != Status{}) return false;
  for (std::size_t i = 0; i < used; ++i) {
    if (results[i] != Size{0}) return false;
  }
  return used > 0;
}

}  // namespace profile_train::simulator
