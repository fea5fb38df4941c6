#include "workloads/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <vector>

#include "tests/workloads/temporary_folder.h"
#include "tests/workloads/tiny_config.h"

namespace profile_train::workloads {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename Number>
std::string bytes_of(const std::vector<Number>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

std::string llmc_file(std::int32_t magic, std::int32_t version, std::int32_t promised,
                      const std::vector<std::uint16_t>& tokens) {
  std::vector<std::int32_t> header(256);
  header[0] = magic;
  header[1] = version;
  header[2] = promised;
  return bytes_of(header) + bytes_of(tokens);
}

std::vector<std::int64_t> read(TokenFile& file, std::int64_t first, std::size_t count) {
  std::vector<std::int64_t> ids(count);
  const auto done = file.read(first, ids);
  EXPECT_TRUE(done) << done.error().message;
  return ids;
}

class TokensTest : public ::testing::Test {
 protected:
  std::string complaint(std::string_view bytes, TokenFormat format = TokenFormat::automatic) {
    const auto file = TokenFile::open_tokens(folder_.write("train.bin", bytes), format);
    return file ? "no error" : file.error().message;
  }
  TemporaryFolder folder_;
};

TEST_F(TokensTest, TextIsReadByteByByte) {
  auto file = TokenFile::open_text(folder_.write("a.txt", "ab\n\xff"));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->size(), 4);
  EXPECT_THAT(read(*file, 0, 4), ElementsAre('a', 'b', 10, 255));
  EXPECT_THAT(read(*file, 2, 1), ElementsAre(10));
}

TEST_F(TokensTest, LlmcFilesAreRecognisedAndReadBehindTheirHeader) {
  const auto path = folder_.write("train.bin", llmc_file(20240520, 1, 3, {50256, 7, 65535}));
  for (const auto format : {TokenFormat::automatic, TokenFormat::llm_c}) {
    auto file = TokenFile::open_tokens(path, format);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->size(), 3);
    EXPECT_THAT(read(*file, 0, 3), ElementsAre(50256, 7, 65535));
    EXPECT_THAT(read(*file, 1, 1), ElementsAre(7));
  }
}

TEST_F(TokensTest, NanogptFilesAreTokensFromTheFirstByte) {
  const auto path = folder_.write("train.bin", bytes_of<std::uint16_t>({198, 50256, 11}));
  for (const auto format : {TokenFormat::automatic, TokenFormat::nanogpt}) {
    auto file = TokenFile::open_tokens(path, format);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_THAT(read(*file, 0, 3), ElementsAre(198, 50256, 11));
  }
}

TEST_F(TokensTest, DamagedFilesAreRefusedWithTheReason) {
  EXPECT_THAT(complaint(llmc_file(20240520, 1, 1000, {1, 2, 3})),
              HasSubstr("should hold 1000 tokens by its header, but has room for 3: it is damaged or cut"));
  EXPECT_THAT(complaint(llmc_file(20240520, 1, -1, {1, 2, 3})), HasSubstr("should hold -1 tokens"));
  EXPECT_THAT(complaint(llmc_file(20240520, 1, 3, {1, 2, 3}) + "x"), HasSubstr("damaged or cut"));
  EXPECT_THAT(complaint(llmc_file(20240520, 2, 3, {1, 2, 3})), HasSubstr("has version 2 of the llm.c format"));
  EXPECT_THAT(complaint(llmc_file(20240520, 1, 3, {}).substr(0, 100)),
              HasSubstr("ends within its header, after 100 bytes"));
  EXPECT_THAT(complaint(llmc_file(20240520, 1, 0, {})), HasSubstr("holds no tokens"));
  EXPECT_THAT(complaint(llmc_file(1, 1, 3, {1, 2, 3}), TokenFormat::llm_c),
              HasSubstr("does not begin with the magic number of llm.c, 20240520; is it data.format nanogpt?"));
  EXPECT_THAT(complaint(llmc_file(20240520, 1, 3, {1, 2, 3}), TokenFormat::nanogpt),
              HasSubstr("has the header of llm.c; set data.format to llm.c, or leave it out"));
  EXPECT_THAT(complaint("abc"), HasSubstr("has an odd number of bytes, 3"));
  EXPECT_THAT(complaint(""), HasSubstr("is empty"));
}

TEST_F(TokensTest, MissingFilesAndFoldersAreNamed) {
  const auto path = folder_.path("nothing.txt");
  EXPECT_EQ(TokenFile::open_text(path).error().message, "data.text: there is no file " + path);
  EXPECT_EQ(TokenFile::open_tokens(path, TokenFormat::automatic).error().message,
            "data.tokens: there is no file " + path);
  EXPECT_THAT(TokenFile::open_text(folder_.root()).error().message, HasSubstr("is not a file"));
}

TEST_F(TokensTest, ReadingBeyondTheEndIsAnError) {
  auto file = TokenFile::open_text(folder_.write("a.txt", "abc"));
  ASSERT_TRUE(file);
  std::vector<std::int64_t> ids(4);
  EXPECT_THAT(file->read(0, ids).error().message, HasSubstr("tokens 0 to 4 could not be read"));
  EXPECT_THAT(read(*file, 0, 3), ElementsAre('a', 'b', 'c')) << "and does not spoil the next read";
}

TEST_F(TokensTest, DataThatTheModelCannotUseIsRefusedBeforeTraining) {
  TrainingConfig config = tiny_config();
  config.data.tokens = folder_.write("train.bin", bytes_of<std::uint16_t>(std::vector<std::uint16_t>(100, 255)));
  EXPECT_TRUE(TokenFile::open(config)) << "255 is the last id of a vocabulary of 256";

  std::vector<std::uint16_t> ids(200'000, 1);
  ids[123'456] = 256;
  config.data.tokens = folder_.write("train.bin", bytes_of(ids));
  EXPECT_THAT(TokenFile::open(config).error().message,
              HasSubstr("token 123456 is 256, but model.vocabulary is 256: ids must be smaller than that"));

  config.data.tokens.clear();
  config.data.text = folder_.write("short.txt", std::string(32, 'x'));
  EXPECT_THAT(
      TokenFile::open(config).error().message,
      HasSubstr("holds 32 tokens, but a sequence of 32 needs 33: use a longer file or a smaller train.sequence"));
  config.data.text = folder_.write("enough.txt", std::string(33, 'x'));
  EXPECT_TRUE(TokenFile::open(config));
}

}  // namespace
}  // namespace profile_train::workloads
