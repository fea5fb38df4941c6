#include "profiler/import/pickle.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "profiler/import/pickle_opcodes.h"

namespace profile_train::import {

using Kind = PickleValue::Kind;

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::none: return "None";
    case Kind::boolean: return "bool";
    case Kind::integer: return "int";
    case Kind::real: return "float";
    case Kind::text: return "str";
    case Kind::list: return "list";
    case Kind::tuple: return "tuple";
    case Kind::dict: return "dict";
  }
  return "object";
}

/// The stack machine that a pickle is a program for, without the instructions that reach outside it.
class PickleReader {
 public:
  PickleReader(std::span<const std::uint8_t> file, std::string_view name, const PickleLimits& limits)
      : file_(file), name_(name), limits_(limits) {
    pickle_.file_ = file;
  }

  Result<Pickle> read() {
    while (!stopped_) {
      opcode_at_ = at_;
      if (at_ == file_.size()) return failure(sentence("ends before its STOP: the file was cut"));
      const auto opcode = static_cast<Opcode>(file_[at_++]);
      if (!step(opcode)) return failure(std::move(problem_));
      if (memory_ > limits_.memory_bytes)
        return failure(sentence(fmt::format("describes more than {} bytes of data; record fewer events (max_entries)",
                                            limits_.memory_bytes)));
    }
    return std::move(pickle_);
  }

 private:
  static constexpr std::size_t kNoMark = static_cast<std::size_t>(-1);

  std::string sentence(const std::string& what) const {
    return fmt::format("{} is not a sound pickle: at byte {} it {}", name_, opcode_at_, what);
  }
  bool fail(const std::string& what) {
    problem_ = sentence(what);
    return false;
  }
  bool refuse(Opcode opcode) {
    problem_ = fmt::format(
        "{} is refused: at byte {} it has the opcode {}, which {}; a memory snapshot is made of numbers, texts, lists "
        "and dictionaries alone",
        name_, opcode_at_, name_of_opcode(opcode), what_it_would_do(opcode));
    return false;
  }

  /// Argument of `bytes` bytes, little-endian.
  std::optional<std::uint64_t> argument(std::size_t bytes) {
    if (file_.size() - at_ < bytes) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value |= std::uint64_t{file_[at_ + i]} << (8 * i);
    at_ += bytes;
    return value;
  }
  bool cut() { return fail("announces more than the file has: it was cut, or is damaged"); }

  bool push(PickleValue value) {
    stack_.push_back(value);
    memory_ += 2 * Bytes{sizeof(PickleValue)};  // vectors grow by doubling
    return true;
  }
  bool push_integer(std::int64_t integer, Kind kind = Kind::integer) {
    PickleValue value{.kind = kind};
    value.integer = integer;
    return push(value);
  }
  bool push_container(Kind kind, std::vector<PickleValue> contents = {}) {
    PickleValue value{.kind = kind};
    value.contents = pickle_.contents_.size();
    pickle_.contents_.push_back(std::move(contents));
    memory_ += 2 * Bytes{sizeof(std::vector<PickleValue>)};
    return push(value);
  }
  bool push_text(std::size_t length_bytes) {
    const auto length = argument(length_bytes);
    if (!length || *length > file_.size() - at_) return cut();
    if (*length > 0xFFFFFFFFU) return fail("has a text of 4 GiB or more");
    PickleValue value{.kind = Kind::text, .length = static_cast<std::uint32_t>(*length)};
    value.offset = at_;
    at_ += *length;
    return push(value);
  }
  bool push_long(std::size_t length_bytes) {
    const auto length = argument(length_bytes);
    if (!length || *length > file_.size() - at_) return cut();
    if (*length == 0) return push_integer(0);
    const std::uint8_t sign = (file_[at_ + *length - 1] & 0x80U) != 0 ? 0xFF : 0x00;
    // A ninth byte is the sign alone: addresses and sizes are 64 bits without one.
    if (*length > 9 || (*length == 9 && file_[at_ + 8] != sign)) return fail("has a number of more than 64 bits");
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value |= std::uint64_t{i < *length ? file_[at_ + i] : sign} << (8 * i);
    at_ += *length;
    return push_integer(std::bit_cast<std::int64_t>(value));
  }
  bool push_real() {
    if (file_.size() - at_ < 8) return cut();
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 8; ++i) bits = bits << 8U | file_[at_ + i];  // big-endian, the only one
    at_ += 8;
    PickleValue value{.kind = Kind::real};
    value.real = std::bit_cast<double>(bits);
    return push(value);
  }

  bool remember(std::uint64_t place) {
    if (stack_.empty()) return fail("remembers a value, but there is none");
    // Writers number densely; anything else would make a small file take much memory.
    if (place > memo_.size()) return fail(fmt::format("remembers a value as number {} of {}", place, memo_.size()));
    if (place == memo_.size()) {
      memo_.push_back(stack_.back());
      memory_ += 2 * Bytes{sizeof(PickleValue)};
    } else {
      memo_[place] = stack_.back();
    }
    return true;
  }
  bool recall(std::optional<std::uint64_t> place) {
    if (!place) return cut();
    if (*place >= memo_.size())
      return fail(fmt::format("recalls value number {}, but has only {}", *place, memo_.size()));
    return push(memo_[*place]);
  }

  /// Position of the first value after the last mark, which is taken away.
  std::size_t take_mark() {
    if (marks_.empty() || marks_.back() > stack_.size()) return kNoMark;
    const std::size_t mark = marks_.back();
    marks_.pop_back();
    return mark;
  }

  /// Puts the values from `first` on into the container beneath them.
  bool fill(Kind kind, std::size_t first) {
    if (first == kNoMark || first == 0 || first > stack_.size() || stack_[first - 1].kind != kind ||
        (!marks_.empty() && first - 1 < marks_.back()))
      return fail(fmt::format("adds values to something that is no {}", name_of(kind)));
    if (kind == Kind::dict && (stack_.size() - first) % 2 != 0) return fail("has a key without a value");
    std::vector<PickleValue>& contents = pickle_.contents_[stack_[first - 1].contents];
    contents.insert(contents.end(), stack_.begin() + static_cast<std::ptrdiff_t>(first), stack_.end());
    memory_ += 2 * static_cast<Bytes>((stack_.size() - first) * sizeof(PickleValue));
    stack_.resize(first);
    return true;
  }

  bool fill_last(Kind kind, std::size_t values) {
    return fill(kind, stack_.size() < values ? kNoMark : stack_.size() - values);
  }

  bool make_tuple(std::size_t first) {
    if (first == kNoMark || first > stack_.size() || (!marks_.empty() && first < marks_.back()))
      return fail("makes a tuple of more values than there are");
    std::vector<PickleValue> contents(stack_.begin() + static_cast<std::ptrdiff_t>(first), stack_.end());
    memory_ += static_cast<Bytes>(contents.size() * sizeof(PickleValue));
    stack_.resize(first);
    return push_container(Kind::tuple, std::move(contents));
  }
  bool make_small_tuple(std::size_t values) {
    return make_tuple(stack_.size() < values ? kNoMark : stack_.size() - values);
  }

  bool mark() {
    if (marks_.size() >= limits_.depth) return fail(fmt::format("is nested deeper than {}", limits_.depth));
    marks_.push_back(stack_.size());
    memory_ += Bytes{sizeof(std::size_t)} * 2;
    return true;
  }

  bool begin() {
    const auto protocol = argument(1);
    if (!protocol) return cut();
    if (*protocol < 2 || *protocol > 5) return fail(fmt::format("announces protocol {}; known are 2 to 5", *protocol));
    return true;
  }

  bool stop() {
    if (stack_.size() != 1 || !marks_.empty())
      return fail(fmt::format("stops with {} values instead of one", stack_.size()));
    pickle_.root_ = stack_.front();
    stopped_ = true;
    return true;
  }

  template <typename Use>
  bool with_argument(std::size_t bytes, Use use) {
    const auto value = argument(bytes);
    return value ? use(*value) : cut();
  }

  bool step(Opcode opcode) {
    const auto as_integer = [this](std::uint64_t value) { return push_integer(static_cast<std::int64_t>(value)); };
    const auto as_memo = [this](std::uint64_t place) { return remember(place); };
    switch (opcode) {
      case Opcode::proto: return begin();
      case Opcode::frame: return with_argument(8, [](std::uint64_t) { return true; });  // a hint for buffers
      case Opcode::stop: return stop();
      case Opcode::mark: return mark();
      case Opcode::none: return push({});
      case Opcode::newtrue: return push_integer(1, Kind::boolean);
      case Opcode::newfalse: return push_integer(0, Kind::boolean);
      case Opcode::binint1: return with_argument(1, as_integer);
      case Opcode::binint2: return with_argument(2, as_integer);
      case Opcode::binint:
        return with_argument(4, [this](std::uint64_t v) { return push_integer(static_cast<std::int32_t>(v)); });
      case Opcode::long1: return push_long(1);
      case Opcode::long4: return push_long(4);
      case Opcode::binfloat: return push_real();
      case Opcode::short_binunicode: return push_text(1);
      case Opcode::binunicode: return push_text(4);
      case Opcode::binunicode8: return push_text(8);
      case Opcode::empty_list: return push_container(Kind::list);
      case Opcode::empty_dict: return push_container(Kind::dict);
      case Opcode::empty_tuple: return push_container(Kind::tuple);
      case Opcode::append: return fill_last(Kind::list, 1);
      case Opcode::appends: return fill(Kind::list, take_mark());
      case Opcode::setitem: return fill_last(Kind::dict, 2);
      case Opcode::setitems: return fill(Kind::dict, take_mark());
      case Opcode::tuple: return make_tuple(take_mark());
      case Opcode::tuple1: return make_small_tuple(1);
      case Opcode::tuple2: return make_small_tuple(2);
      case Opcode::tuple3: return make_small_tuple(3);
      case Opcode::memoize: return remember(memo_.size());
      case Opcode::binput: return with_argument(1, as_memo);
      case Opcode::long_binput: return with_argument(4, as_memo);
      case Opcode::binget: return recall(argument(1));
      case Opcode::long_binget: return recall(argument(4));
    }
    return refuse(opcode);
  }

  std::span<const std::uint8_t> file_;
  std::string_view name_;
  PickleLimits limits_;
  Pickle pickle_;
  std::vector<PickleValue> stack_;
  std::vector<std::size_t> marks_;  ///< sizes of the stack when they were set
  std::vector<PickleValue> memo_;
  std::size_t at_ = 0;
  std::size_t opcode_at_ = 0;
  Bytes memory_ = 0;  ///< an upper bound of what has been taken
  bool stopped_ = false;
  std::string problem_;
};

Result<Pickle> read_pickle(std::span<const std::uint8_t> file, std::string_view name, const PickleLimits& limits) {
  return PickleReader(file, name, limits).read();
}

bool looks_like_pickle(std::span<const std::uint8_t> file) {
  return file.size() >= 2 && file[0] == static_cast<std::uint8_t>(Opcode::proto) && file[1] >= 2 && file[1] <= 5;
}

}  // namespace profile_train::import
