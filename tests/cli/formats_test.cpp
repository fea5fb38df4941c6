// report and the files of other programs: what it writes, replaces and refuses, and what it leaves on a full disk.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "tests/cli/program.h"

namespace profile_train::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Formats : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    fs::remove_all(suite_folder());
    fs::create_directories(suite_folder());
    const Finished trained =
        Program::run({"--config", "gpt_tiny", "--set", "train.steps=2", "-o", "out", "--quiet"}, suite_folder());
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
  }
  static void TearDownTestSuite() { fs::remove_all(suite_folder()); }

  Formats() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }

  Finished report(std::vector<std::string> options) const {
    options.insert(options.begin(), {"report", (suite_folder() / "out" / "trace.ptrace").string()});
    return Program::run(options, folder_);
  }
  static void expect_refused(const Finished& finished, const ::testing::Matcher<std::string>& sentence) {
    EXPECT_EQ(finished.exit_code, 2) << finished.err;
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
    EXPECT_THAT(finished.err, sentence);
  }
  static fs::path suite_folder() {
    return fs::path(::testing::TempDir()) / ("formats_test_" + std::to_string(getpid()));
  }
  /// Without the program's own output.
  std::vector<fs::path> files() const {
    std::vector<fs::path> files;
    for (const auto& file : fs::directory_iterator(folder_))
      if (file.path().filename() != "stdout.txt" && file.path().filename() != "stderr.txt")
        files.push_back(file.path());
    return files;
  }

  const fs::path folder_ = suite_folder() / "here";
};

const std::vector<std::string> kAll = {
    "--html",         "h", "--json-file", "j", "--pickle",    "p", "--memory-viz-json", "m", "--perfetto", "t",
    "--chrome-trace", "c", "--pprof",     "g", "--collapsed", "f", "--speedscope",      "s", "--csv",      "a"};

TEST_F(Formats, AreAllWrittenAtOnce) {
  const Finished finished = report(kAll);
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(files().size(), 10U);
  for (const fs::path& file : files()) EXPECT_GT(fs::file_size(file), 100U) << file;
}

TEST_F(Formats, DoNotReplaceWhatIsThere) {
  std::ofstream(folder_ / "t") << "mine";
  expect_refused(report(kAll), HasSubstr("t exists already; use --force to replace it"));
  EXPECT_EQ(read_text(folder_ / "t"), "mine");
  EXPECT_EQ(files().size(), 1U) << "none is begun unless all can be written";
  EXPECT_EQ(report({"--perfetto", "t", "--force"}).exit_code, 0);
  EXPECT_GT(fs::file_size(folder_ / "t"), 1'000U);
}

TEST_F(Formats, NeedAFileEach) {
  expect_refused(report({"--perfetto", "x", "--csv", "x"}), HasSubstr("x is named twice"));
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(Formats, LeaveNothingOnAFullDisk) {
  // A limit on the size of files fails in the middle of a write, as a full disk does; the program inherits it.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 20'000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Finished finished = report({"--chrome-trace", "c"});
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  expect_refused(finished, HasSubstr("cannot write c: File too large; raise the limit"));
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(Formats, OfPicklesRefuseWhatIsNoSnapshot) {
  std::ofstream(folder_ / "evil", std::ios::binary) << "\x80\x02"
                                                       "cos\nsystem\n(X\x04"
                                                    << std::string(3, '\0') << "truetR.";
  expect_refused(
      Program::run({"report", "evil"}, folder_),
      AllOf(HasSubstr("evil is refused: at byte 2 it has the opcode GLOBAL"), HasSubstr("would load a name")));
  std::ofstream(folder_ / "short", std::ios::binary) << "\x80\x04}(X";
  expect_refused(Program::run({"report", "short"}, folder_), HasSubstr("short is not a sound pickle: at byte 4"));
}

}  // namespace
}  // namespace profile_train::testing
