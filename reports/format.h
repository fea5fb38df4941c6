#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/event.h"

namespace profile_train::reports {

/// The one place where numbers become text, so that every report says the same thing in the same way.
/// Sizes are binary (1 GiB = 2^30 B); people get "2.13 GiB" with the exact bytes beside it.

std::string format_bytes(Bytes bytes);        ///< "2.13 GiB", "474.7 MiB", "512 B"
std::string format_exact_bytes(Bytes bytes);  ///< "2,290,384,904 B"
std::string format_count(std::int64_t count);
std::string format_count(std::uint64_t count);
std::string format_seconds(double seconds);             ///< "1.42 s", "350.2 ms", "62 ns", "2 min 05 s"
std::string format_share(double part, double whole);    ///< "37.5 %"; "< 0.1 %", of either sign; "–" of nothing
std::string format_number(double value, int decimals);  ///< "-" never stands for zero; "nan" and "inf" are written out
std::string not_measured(std::string_view reason);      ///< "not measured: reason"

/// "float32[50257, 768]", or empty if the type is not known.
std::string format_tensor_type(std::string_view dtype, const std::vector<std::int64_t>& sizes);

/// A binary unit that a whole column of a table shares, so that its numbers can be compared at a glance.
struct ByteUnit {
  std::string_view name;
  double bytes;
  int decimals;
};

/// MiB for what people train on one machine; smaller or larger when the largest value asks for it.
ByteUnit unit_for(Bytes largest);

/// The number without its unit: "2,184.3". What is not zero never reads as zero: "<0.1".
std::string format_in(ByteUnit unit, Bytes bytes);

}  // namespace profile_train::reports
