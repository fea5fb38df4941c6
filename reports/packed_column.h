#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace profile_train::reports {

/// One property of many things, in their order.
using Column = std::vector<std::int64_t>;

/// [5, 7, 7, 4] → [5, 2, 0, −3]. The page sums it up again.
Column differences(Column values);

/// A column as text for a page's script, which unpacks it (html/columns.js): about half of what JSON takes, a tenth
/// where most values are 0.
///
/// A value is a row of base 64 digits, as in source maps: 5 bits each, the lowest first, bit 5 says that another digit
/// follows, and the lowest bit of the first is the sign. A 0 is followed by the number of further zeros behind it.
std::string packed(const Column& values);

}  // namespace profile_train::reports
