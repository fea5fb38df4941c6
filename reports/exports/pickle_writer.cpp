// Python's pickle protocol, as far as it is needed: https://docs.python.org/3/library/pickletools.html names the
// opcodes.

#include <array>
#include <cstddef>
#include <limits>
#include <utility>

#include "reports/exports/structured_writer.h"
#include "reports/text.h"

namespace profile_train::reports {
namespace {

constexpr int kBatch = 1'000;

namespace opcode {
constexpr char kProtocol = '\x80';
constexpr char kStop = '.';
constexpr char kMark = '(';
constexpr char kEmptyDict = '}';
constexpr char kEmptyList = ']';
constexpr char kSetItems = 'u';
constexpr char kAppends = 'e';
constexpr char kInt1 = 'K';  // unsigned
constexpr char kInt2 = 'M';  // unsigned
constexpr char kInt4 = 'J';  // signed
constexpr char kLong1 = '\x8a';
constexpr char kShortText = '\x8c';
constexpr char kText = 'X';
constexpr char kTrue = '\x88';
constexpr char kFalse = '\x89';
constexpr char kTuple2 = '\x86';
constexpr char kMemoize = '\x94';
constexpr char kGet1 = 'h';
constexpr char kGet4 = 'j';
}  // namespace opcode

/// An opcode and the lowest `size` bytes of its argument, little-endian.
class Instruction {
 public:
  Instruction(char opcode, std::uint64_t argument, std::size_t size) : size_(size + 1) {
    bytes_[0] = opcode;
    for (std::size_t i = 0; i < size; ++i) bytes_[i + 1] = static_cast<char>(argument >> (8 * i));
  }
  // NOLINTNEXTLINE(google-explicit-constructor): it is nothing but its bytes
  operator std::string_view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, 16> bytes_{};
  std::size_t size_;
};

}  // namespace

PickleWriter::PickleWriter(ByteSink& out) : StructuredWriter(out) { put(Instruction(opcode::kProtocol, 4, 1)); }

/// Before each value of a list, and before each key of a dictionary: a full batch is appended, the next one begins.
void PickleWriter::begin_value() {
  if (open_.empty()) return;
  Open& open = open_.back();
  if (open.in_batch == kBatch) {
    put(Instruction(open.kind == Kind::list ? opcode::kAppends : opcode::kSetItems, 0, 0));
    open.in_batch = 0;
  }
  if (open.in_batch == 0) put(Instruction(opcode::kMark, 0, 0));
  ++open.in_batch;
}

void PickleWriter::begin(Kind kind, char opcode) {
  if (!open_.empty() && open_.back().kind == Kind::list) begin_value();
  put(Instruction(opcode, 0, 0));
  if (std::exchange(remember_next_, false)) {
    put(Instruction(opcode::kMemoize, 0, 0));
    repeated_.push_back(memo_size_++);
  }
  open_.push_back({kind});
}

void PickleWriter::end() {
  const Open closed = open_.back();
  open_.pop_back();
  if (closed.in_batch > 0) put(Instruction(closed.kind == Kind::list ? opcode::kAppends : opcode::kSetItems, 0, 0));
  if (open_.empty()) put(Instruction(opcode::kStop, 0, 0));
}

void PickleWriter::begin_dict() { begin(Kind::dict, opcode::kEmptyDict); }
void PickleWriter::begin_list() { begin(Kind::list, opcode::kEmptyList); }
void PickleWriter::end_dict() { end(); }
void PickleWriter::end_list() { end(); }

void PickleWriter::key(std::string_view name) {
  begin_value();
  if (const auto known = keys_.find(name); known != keys_.end()) return get(known->second);
  string(name);
  put(Instruction(opcode::kMemoize, 0, 0));
  keys_.emplace(name, memo_size_++);
}

void PickleWriter::integer(std::int64_t value) {
  if (open_.back().kind == Kind::list) begin_value();
  number(value);
}

void PickleWriter::number(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  if (value >= 0 && value <= 0xFF)
    put(Instruction(opcode::kInt1, bits, 1));
  else if (value >= 0 && value <= 0xFFFF)
    put(Instruction(opcode::kInt2, bits, 2));
  else if (value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max())
    put(Instruction(opcode::kInt4, bits, 4));
  else {
    put(Instruction(opcode::kLong1, 8, 1));
    put(std::string_view(Instruction('\0', bits, 8)).substr(1));
  }
}

void PickleWriter::text(std::string_view value) {
  if (open_.back().kind == Kind::list) begin_value();
  string(value);
}

void PickleWriter::string(std::string_view value) {
  const std::string valid = printable(value);
  if (valid.size() <= 0xFF)
    put(Instruction(opcode::kShortText, valid.size(), 1));
  else
    put(Instruction(opcode::kText, valid.size(), 4));
  put(valid);
}

void PickleWriter::boolean(bool value) {
  if (open_.back().kind == Kind::list) begin_value();
  put(Instruction(value ? opcode::kTrue : opcode::kFalse, 0, 0));
}

void PickleWriter::pair(std::int64_t first, std::int64_t second) {
  if (open_.back().kind == Kind::list) begin_value();
  number(first);
  number(second);
  put(Instruction(opcode::kTuple2, 0, 0));
}

void PickleWriter::get(std::uint32_t memo) {
  put(memo <= 0xFF ? Instruction(opcode::kGet1, memo, 1) : Instruction(opcode::kGet4, memo, 4));
}

bool PickleWriter::repeat(std::uint32_t number) {
  if (number >= repeated_.size()) {
    remember_next_ = true;
    return false;
  }
  if (open_.back().kind == Kind::list) begin_value();
  get(repeated_[number]);
  return true;
}

}  // namespace profile_train::reports
