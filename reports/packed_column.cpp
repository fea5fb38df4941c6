#include "reports/packed_column.h"

#include <numeric>
#include <string_view>

namespace profile_train::reports {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void append(std::string& out, std::int64_t value) {
  const bool negative = value < 0;
  const auto size = static_cast<std::uint64_t>(negative ? -value : value);
  std::uint64_t rest = size << 1 | (negative ? 1 : 0);
  do {
    const std::uint64_t digit = rest & 31;
    rest >>= 5;
    out += kDigits[digit | (rest != 0 ? 32U : 0U)];
  } while (rest != 0);
}

}  // namespace

Column differences(Column values) {
  std::adjacent_difference(values.begin(), values.end(), values.begin());
  return values;
}

std::string packed(const Column& values) {
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    append(out, values[i]);
    if (values[i] != 0) continue;
    std::size_t zeros = i;
    while (zeros + 1 < values.size() && values[zeros + 1] == 0) ++zeros;
    append(out, static_cast<std::int64_t>(zeros - i));
    i = zeros;
  }
  return out;
}

}  // namespace profile_train::reports
