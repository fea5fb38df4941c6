#include "simulator/compiled_code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace profile_train::simulator {
namespace {

using Kind = CompiledCode::Kind;

/// A fat binary by the layout that the toolkit documents, with code of no meaning.
class FatBinary {
 public:
  FatBinary() : bytes_(16) {
    put<std::uint32_t>(0, 0xBA55ED50);
    put<std::uint16_t>(4, 1);
    put<std::uint16_t>(6, 16);
  }
  FatBinary& with(std::uint16_t kind, std::uint32_t capability, std::size_t code_bytes = 24) {
    constexpr std::size_t kEntryBytes = 64;
    const std::size_t at = bytes_.size();
    bytes_.resize(at + kEntryBytes + code_bytes);
    put<std::uint16_t>(at, kind);
    put<std::uint32_t>(at + 4, kEntryBytes);
    put<std::uint64_t>(at + 8, code_bytes);
    put<std::uint32_t>(at + 28, capability);
    put<std::uint64_t>(8, bytes_.size() - 16);
    return *this;
  }
  template <typename Number>
  void put(std::size_t at, Number number) {
    std::memcpy(bytes_.data() + at, &number, sizeof(number));
  }
  const void* data() const { return bytes_.data(); }

 private:
  std::vector<std::byte> bytes_;
};

std::vector<int> capabilities(const std::vector<CompiledCode>& codes) {
  std::vector<int> found;
  for (const CompiledCode& code : codes) found.push_back(code.kind == Kind::ptx ? -code.capability : code.capability);
  return found;
}

TEST(CompiledCode, IsWhatTheHeadersOfAFatBinarySay) {
  FatBinary binary;
  binary.with(2, 80).with(2, 86, 1000).with(1, 90);
  EXPECT_THAT(capabilities(codes_of(binary.data())), testing::ElementsAre(80, 86, -90));
}

TEST(CompiledCode, OfSomethingElseIsNotRead) {
  FatBinary no_magic;
  no_magic.with(2, 80).put<std::uint32_t>(0, 7);
  EXPECT_TRUE(codes_of(no_magic.data()).empty());
  FatBinary cut;
  cut.with(2, 80).with(2, 90).put<std::uint64_t>(8, 100);  // the second entry does not fit into what there is
  EXPECT_THAT(capabilities(codes_of(cut.data())), testing::ElementsAre(80));
  FatBinary no_header;
  no_header.with(2, 80).put<std::uint32_t>(16 + 4, 0);
  EXPECT_TRUE(codes_of(no_header.data()).empty());
}

TEST(CompiledCode, IsLoadedByTheRulesOfTheDriver) {
  const std::vector<CompiledCode> codes = {
      {Kind::machine_code, 75}, {Kind::machine_code, 80}, {Kind::machine_code, 86}, {Kind::ptx, 80}};
  const auto loaded = [&](int card) { return loaded_on(codes, card).value_or(LoadedCode{}); };
  EXPECT_EQ(loaded(80).binary_capability, 80);
  EXPECT_EQ(loaded(86).binary_capability, 86);
  EXPECT_EQ(loaded(89).binary_capability, 86) << "code for 8.6 runs on 8.9";
  EXPECT_EQ(loaded(89).ptx_capability, 86);
  EXPECT_EQ(loaded(90).binary_capability, 90) << "compiled for the card from PTX";
  EXPECT_EQ(loaded(90).ptx_capability, 80);
  EXPECT_FALSE(loaded_on(codes, 70));
  EXPECT_FALSE(loaded_on({}, 90));
}

struct {
  std::uint32_t magic = 0x466243B1;
  std::uint32_t version = 1;
  const void* fat_binary = nullptr;
  const void* unused = nullptr;
} wrapper_of_this_program;

void kernel_of_this_program() {}

TEST(CompiledCode, OfAKernelIsThatOfTheProgramItIsIn) {
  static const FatBinary binary = FatBinary().with(2, 80).with(2, 86);
  wrapper_of_this_program.fat_binary = binary.data();
  note_fat_binary(&wrapper_of_this_program);
  const auto* kernel = reinterpret_cast<const void*>(&kernel_of_this_program);
  EXPECT_EQ(loaded_for(kernel, 89).ptx_capability, 86);
  EXPECT_EQ(loaded_for(kernel, 120).ptx_capability, 120) << "no code for it: it is taken to have some";
  const auto* elsewhere = reinterpret_cast<const void*>(&std::memcpy);  // in a library that registered none
  EXPECT_EQ(loaded_for(elsewhere, 89).ptx_capability, 89);
}

}  // namespace
}  // namespace profile_train::simulator
