#include "reports/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

namespace profile_train::reports {
namespace {

using ::testing::HasSubstr;

std::string content_of(const std::filesystem::path& path) {
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

class OutputFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "output_file_test.XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  long files_in_folder() const { return std::distance(std::filesystem::directory_iterator(folder_), {}); }

  std::filesystem::path folder_;
};

TEST_F(OutputFiles, HoldTheWholeContent) {
  const std::string content(3'000'000, 'x');
  ASSERT_TRUE(write_output_file(folder_ / "report.json", content, IfExists::refuse));
  EXPECT_EQ(content_of(folder_ / "report.json"), content);
  EXPECT_EQ(files_in_folder(), 1) << "a temporary file was left";
}

TEST_F(OutputFiles, AreReadableByWhomTheUmaskAllows) {
  const mode_t before = ::umask(0022);
  ASSERT_TRUE(write_output_file(folder_ / "report.json", "{}", IfExists::refuse));
  ::umask(before);
  struct stat status {};
  ASSERT_EQ(::stat((folder_ / "report.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0644U);
}

TEST_F(OutputFiles, ThatExistAreRefusedAndLeftAlone) {
  ASSERT_TRUE(write_output_file(folder_ / "report.json", "old", IfExists::refuse));
  const Result<void> second = write_output_file(folder_ / "report.json", "new", IfExists::refuse);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("report.json exists already; use --force"));
  EXPECT_EQ(content_of(folder_ / "report.json"), "old");
  EXPECT_EQ(files_in_folder(), 1);
}

TEST_F(OutputFiles, ThatExistAreReplacedOnDemand) {
  ASSERT_TRUE(write_output_file(folder_ / "report.json", "old", IfExists::refuse));
  ASSERT_TRUE(write_output_file(folder_ / "report.json", "new", IfExists::replace));
  EXPECT_EQ(content_of(folder_ / "report.json"), "new");
}

TEST_F(OutputFiles, AMissingFolderIsNamedWithTheRemedy) {
  const Result<void> result = write_output_file(folder_ / "no" / "report.json", "{}", IfExists::refuse);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("no/report.json: No such file or directory; create the folder"));
}

TEST_F(OutputFiles, AFolderUnderThatNameIsNotReplaced) {
  std::filesystem::create_directory(folder_ / "report.json");
  const Result<void> result = write_output_file(folder_ / "report.json", "{}", IfExists::replace);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("it is a folder"));
}

TEST_F(OutputFiles, ADiskThatFillsUpLeavesTheOldFileAndNothingElse) {
  ASSERT_TRUE(write_output_file(folder_ / "report.json", "old", IfExists::refuse));
  // A limit on file sizes fails in the middle of write(), as a full disk does.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto previous_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 1'000'000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Result<void> replaced =
      write_output_file(folder_ / "report.json", std::string(2'000'000, 'x'), IfExists::replace);
  const Result<void> created =
      write_output_file(folder_ / "report.html", std::string(2'000'000, 'x'), IfExists::refuse);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, previous_handler);

  ASSERT_FALSE(replaced);
  EXPECT_THAT(replaced.error().message, HasSubstr("report.json: File too large"));
  EXPECT_FALSE(created);
  EXPECT_EQ(content_of(folder_ / "report.json"), "old");
  EXPECT_EQ(files_in_folder(), 1);
}

}  // namespace
}  // namespace profile_train::reports
