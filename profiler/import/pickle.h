#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/event.h"
#include "profiler/result.h"

namespace profile_train::import {

/// A value of a pickle: 16 bytes; texts stay in the file, what contains others is in the pickle's table.
struct PickleValue {
  enum class Kind : std::uint8_t { none, boolean, integer, real, text, list, tuple, dict };
  Kind kind = Kind::none;
  std::uint32_t length = 0;  ///< of a text, in bytes
  union {
    std::int64_t integer = 0;
    double real;
    std::uint64_t offset;  ///< of a text, in the file
    std::size_t contents;  ///< of list, tuple and dict: position in the table
  };
};

std::string_view name_of(PickleValue::Kind kind);  ///< as Python calls it: "dict", "int", "str"

/// Plain data out of a Python pickle. Refers to the bytes it was read from, which must stay.
///
/// Containers refer to each other by number, as pickles do: one that is contained in itself is possible, and costs
/// nothing until somebody walks into it.
class Pickle {
 public:
  using Kind = PickleValue::Kind;

  const PickleValue& root() const { return root_; }
  std::string_view text(const PickleValue& value) const {
    return {reinterpret_cast<const char*>(file_.data()) + value.offset, value.length};
  }
  /// Elements of a list or tuple; of a dict keys and values in turn.
  const std::vector<PickleValue>& contents(const PickleValue& value) const { return contents_[value.contents]; }
  std::size_t containers() const { return contents_.size(); }
  std::size_t file_bytes() const { return file_.size(); }

 private:
  friend class PickleReader;
  std::span<const std::uint8_t> file_;
  std::vector<std::vector<PickleValue>> contents_;
  PickleValue root_;
};

struct PickleLimits {
  Bytes memory_bytes = Bytes{16} << 30;  ///< of what is read, beside the file
  std::size_t depth = 1'000;             ///< of lists and dictionaries that are filled within each other
};

/// Reads protocols 2 to 5, as far as they describe None, bool, int, float, str, list, tuple and dict.
///
/// Runs nothing and imports nothing: an opcode that would make an object, call a function or load a name is an error
/// that names the opcode and its place. Memory is bounded by the limits and by 100 times the file. `name` is what
/// errors call the file.
Result<Pickle> read_pickle(std::span<const std::uint8_t> file, std::string_view name, const PickleLimits& limits = {});

/// True for bytes that begin as such a pickle does.
bool looks_like_pickle(std::span<const std::uint8_t> file);

}  // namespace profile_train::import
