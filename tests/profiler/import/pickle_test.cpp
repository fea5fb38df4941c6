#include "profiler/import/pickle.h"

#include <gmock/gmock.h>

#include <string>

#include "tests/profiler/import/pickle_bytes.h"

namespace profile_train::import {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using P = test::PickleBytes;
using Kind = PickleValue::Kind;

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

std::string error_of(const std::vector<std::uint8_t>& file, const PickleLimits& limits = {}) {
  const auto pickle = read_pickle(file, "x.pickle", limits);
  return pickle ? "no error" : pickle.error().message;
}

/// A pickle around opcodes that are written as text: protocol 4 in front, nothing behind.
std::string error_of(std::string_view opcodes) {
  std::vector<std::uint8_t> file = {0x80, 4};
  file.insert(file.end(), opcodes.begin(), opcodes.end());
  return error_of(file);
}

TEST(Pickle, ReadsWhatPythonWritesForPlainData) {
  // pickle.dumps({"a": [1, -2, 70000, 2**40, True, None, 0.5], "b": ("x", "x")}, protocol=4)
  const auto file = bytes_of(
      std::string_view("\x80\x04\x95\x37\0\0\0\0\0\0\0}\x94(\x8c\x01"
                       "a\x94]\x94(K\x01J\xfe\xff\xff\xffJp\x11\x01\0\x8a\x06\0\0\0\0\0\x01\x88NG?\xe0\0\0\0\0\0\0e"
                       "\x8c\x01"
                       "b\x94\x8c\x01"
                       "x\x94h\x04\x86\x94u.",
                       70));
  const auto pickle = read_pickle(file, "x.pickle");
  ASSERT_TRUE(pickle) << pickle.error().message;
  const auto& root = pickle->contents(pickle->root());
  ASSERT_EQ(root.size(), 4U);
  EXPECT_EQ(pickle->text(root[0]), "a");
  const auto& list = pickle->contents(root[1]);
  ASSERT_EQ(list.size(), 7U);
  EXPECT_EQ(list[0].integer, 1);
  EXPECT_EQ(list[1].integer, -2);
  EXPECT_EQ(list[2].integer, 70'000);
  EXPECT_EQ(list[3].integer, std::int64_t{1} << 40);
  EXPECT_EQ(list[4].kind, Kind::boolean);
  EXPECT_EQ(list[5].kind, Kind::none);
  EXPECT_EQ(list[6].real, 0.5);
  const auto& pair = pickle->contents(root[3]);
  ASSERT_EQ(pair.size(), 2U);
  EXPECT_EQ(pickle->text(pair[0]), "x");
  EXPECT_EQ(pickle->text(pair[1]), "x");
}

TEST(Pickle, ReadsNumbersOf64Bits) {
  const std::uint64_t address = 0xFFFF'8000'0000'0001;
  const auto file = bytes_of(std::string_view("\x80\x02\x8a\x09\x01\0\0\0\0\x80\xff\xff\0.", 14));
  const auto pickle = read_pickle(file, "x.pickle");
  ASSERT_TRUE(pickle) << pickle.error().message;
  EXPECT_EQ(static_cast<std::uint64_t>(pickle->root().integer), address);
}

TEST(Pickle, RefusesEverythingThatWouldRunCode) {
  // The classic: cos\nsystem\n(S'true'\ntR.
  EXPECT_EQ(
      error_of(bytes_of("\x80\x02"
                        "cos\nsystem\n(S'true'\ntR.")),
      "x.pickle is refused: at byte 2 it has the opcode GLOBAL, which would load a name from a Python module; a memory "
      "snapshot is made of numbers, texts, lists and dictionaries alone");
  EXPECT_THAT(error_of("\x8c\x02os\x8c\x06system\x93"), AllOf(HasSubstr("at byte 14"), HasSubstr("STACK_GLOBAL")));
  EXPECT_THAT(error_of(")R"), AllOf(HasSubstr("at byte 3"), HasSubstr("REDUCE, which would call a function")));
  EXPECT_THAT(error_of("}b"), HasSubstr("BUILD, which would change an object"));
  EXPECT_THAT(error_of("(ios\nsystem\n"), HasSubstr("INST, which would make an object"));
  EXPECT_THAT(error_of("(o"), HasSubstr("OBJ, which would make an object"));
  EXPECT_THAT(error_of("\x81"), HasSubstr("NEWOBJ, which would make an object"));
  EXPECT_THAT(error_of("\x92"), HasSubstr("NEWOBJ_EX"));
  EXPECT_THAT(error_of("\x82\x01"), HasSubstr("EXT1, which would load a name"));
  EXPECT_THAT(error_of("Q"), HasSubstr("BINPERSID, which refers to something outside the file"));
  EXPECT_THAT(error_of("\x97"), HasSubstr("NEXT_BUFFER, which refers to something outside the file"));
  EXPECT_THAT(error_of("\xff"), HasSubstr("opcode 0xff, which is none of Python's"));
}

TEST(Pickle, EveryOpcodeOutsideTheListIsRefused) {
  const std::string_view read = "\x80\x95.(N\x88\x89KMJ\x8a\x8bG\x8cX\x8d]})aesut\x85\x86\x87\x94qrhj";
  for (int code = 0; code < 256; ++code) {
    const auto opcode = static_cast<char>(code);
    if (read.find(opcode) != std::string_view::npos) continue;
    EXPECT_THAT(error_of({0x80, 4, static_cast<std::uint8_t>(code)}), StartsWith("x.pickle is refused: at byte 2"));
  }
}

TEST(Pickle, LengthsBeyondTheFileTakeNoMemory) {
  EXPECT_THAT(error_of("X\xff\xff\xff\xff"), HasSubstr("at byte 2 it announces more than the file has"));
  EXPECT_THAT(error_of(std::string_view("\x8d\xff\xff\xff\xff\xff\xff\xff\x7f", 9)), HasSubstr("announces more"));
  EXPECT_THAT(error_of(std::string_view("\x8b\xff\xff\xff\x7f", 5)), HasSubstr("announces more"));
  EXPECT_THAT(error_of("\x8a\xff"
                       "abc"),
              HasSubstr("announces more"));
  EXPECT_THAT(error_of("G\x01"), HasSubstr("announces more"));
  EXPECT_THAT(error_of(std::string_view("\x8a\x0a\0\0\0\0\0\0\0\0\0\x01", 12)), HasSubstr("more than 64 bits"));
}

TEST(Pickle, AFileThatWasCutSaysSo) {
  const auto whole = P::file(P::dict({{"a", P::list({P::integer(1), P::text("text")})}}));
  for (std::size_t length = 2; length < whole.size(); ++length) {
    const auto message = error_of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)});
    EXPECT_THAT(message, HasSubstr("cut")) << length;
  }
}

TEST(Pickle, StackAndMarksCannotBeBentAround) {
  EXPECT_THAT(error_of("a"), HasSubstr("no list"));
  EXPECT_THAT(error_of("]a"), HasSubstr("no list"));
  EXPECT_THAT(error_of("NNs"), HasSubstr("no dict"));
  EXPECT_THAT(error_of("e"), HasSubstr("no list"));
  EXPECT_THAT(error_of("(e"), HasSubstr("no list"));
  EXPECT_THAT(error_of("](NNNu"), HasSubstr("no dict"));
  EXPECT_THAT(error_of("}(Nu"), HasSubstr("a key without a value"));
  EXPECT_THAT(error_of("](N\x86"), HasSubstr("tuple of more values"));
  EXPECT_THAT(error_of("](Na"), HasSubstr("no list")) << "reaches beneath a mark";
  EXPECT_THAT(error_of("t"), HasSubstr("tuple of more values"));
  EXPECT_THAT(error_of("N(NN\x86\x86"), HasSubstr("tuple of more values"));
  EXPECT_THAT(error_of("\x94"), HasSubstr("there is none"));
  EXPECT_THAT(error_of("h\x07"), HasSubstr("recalls value number 7, but has only 0"));
  EXPECT_THAT(error_of("Nr\xff\xff\xff\x7f"), HasSubstr("remembers a value as number 2147483647 of 0"));
  EXPECT_THAT(error_of("."), HasSubstr("stops with 0 values"));
  EXPECT_THAT(error_of("NN."), HasSubstr("stops with 2 values"));
  EXPECT_THAT(error_of("(N."), HasSubstr("stops with"));
  EXPECT_THAT(error_of({0x80, 7, '.'}), HasSubstr("protocol 7; known are 2 to 5"));
}

TEST(Pickle, DeepNestingIsAnErrorBeforeItHurts) {
  std::vector<std::uint8_t> file = {0x80, 4};
  for (int i = 0; i < 1'000'000; ++i) file.insert(file.end(), {']', '('});
  EXPECT_THAT(error_of(file), HasSubstr("nested deeper than 1000"));
}

TEST(Pickle, NestingWithoutMarksIsOnlyData) {
  std::vector<std::uint8_t> file = {0x80, 4};
  file.insert(file.end(), 1'000'000, ']');
  file.insert(file.end(), 999'999, 'a');
  file.push_back('.');
  EXPECT_EQ(error_of(file), "no error");  // nothing here is recursive
}

TEST(Pickle, AListInItselfIsOnlyData) {
  const auto file = bytes_of(
      "\x80\x04]\x94h\x00"
      "a.");
  std::vector<std::uint8_t> with_zero = {0x80, 4, ']', 0x94, 'h', 0, 'a', '.'};
  const auto pickle = read_pickle(with_zero, "x.pickle");
  ASSERT_TRUE(pickle) << pickle.error().message;
  EXPECT_EQ(pickle->contents(pickle->root())[0].contents, pickle->root().contents);
}

TEST(Pickle, MemoryIsBounded) {
  std::vector<std::uint8_t> file = {0x80, 4, ']', '('};
  file.insert(file.end(), 200'000, '}');
  file.insert(file.end(), {'e', '.'});
  EXPECT_EQ(error_of(file), "no error");
  EXPECT_THAT(error_of(file, {.memory_bytes = 1'000'000}), HasSubstr("more than 1000000 bytes of data"));
}

}  // namespace
}  // namespace profile_train::import
