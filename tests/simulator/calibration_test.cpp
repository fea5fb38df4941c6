#include "simulator/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "simulator/measured_sizes.h"

namespace profile_train::simulator {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kTable =
    "# measured on a real card\n"
    "\n"
    "h200\tcudnn\t9.19.0\tattention backward workspace\tbf16\tB 2 a 12 S 1024 D 64\t6291456\n"
    "h200\tcudnn\t9.19.0\tdropout states\t-\t-\t0\r\n";
constexpr CalibrationKey kAttention{
    "h200", "cudnn", "9.19.0", "attention backward workspace", "bf16", "B 2 a 12 S 1024 D 64"};

std::string problem_of(std::string_view text) {
  std::string problem;
  EXPECT_FALSE(Calibration::parse(text, "sizes.tsv", problem));
  return problem;
}

Calibration parsed(std::string_view text) {
  std::string problem;
  auto calibration = Calibration::parse(text, "sizes.tsv", problem);
  EXPECT_TRUE(calibration) << problem;
  return calibration.value_or(Calibration());
}

TEST(Calibration, EntriesAreFoundByAllTheirColumns) {
  const Calibration calibration = parsed(kTable);
  EXPECT_EQ(calibration.size(), 2U);
  EXPECT_EQ(calibration.lookup(kAttention), 6291456U);
  EXPECT_EQ(calibration.lookup({"h200", "cudnn", "9.19.0", "dropout states", "-", "-"}), 0U);  // measured, and nothing
}

TEST(Calibration, AnotherCardVersionOrShapeIsAnotherEntry) {
  const Calibration calibration = parsed(kTable);
  CalibrationKey other = kAttention;
  other.card = "h100";
  EXPECT_EQ(calibration.lookup(other), std::nullopt);
  other = kAttention;
  other.version = "9.20.0";
  EXPECT_EQ(calibration.lookup(other), std::nullopt);
  other = kAttention;
  other.shape = "B 4 a 12 S 1024 D 64";
  EXPECT_EQ(calibration.lookup(other), std::nullopt);
}

TEST(Calibration, AnEmptyTextKnowsNothing) {
  EXPECT_EQ(parsed("").size(), 0U);
  EXPECT_EQ(parsed("").lookup(kAttention), std::nullopt);
}

TEST(Calibration, SaysWhichLineIsWrong) {
  EXPECT_EQ(problem_of("#\nh200\tcudnn\t9.19.0\t4096\n"),
            "sizes.tsv:2: a line has 4 columns, and needs 7: card, library, version, operation, dtype, shape, bytes");
  EXPECT_EQ(problem_of("h200\tcudnn\t9.19.0\tx\t-\t-\t4096 B\n"), "sizes.tsv:1: '4096 B' is not a number of bytes");
  EXPECT_EQ(problem_of("h200\tcudnn\t9.19.0\tx\t-\t-\t-1\n"), "sizes.tsv:1: '-1' is not a number of bytes");
  EXPECT_EQ(problem_of("h200\tcudnn\t9.19.0\tx\t-\t-\t\n"), "sizes.tsv:1: '' is not a number of bytes");
  EXPECT_EQ(problem_of("h200\tcudnn\t9\tx\t-\t-\t1\nh200\tcudnn\t9\tx\t-\t-\t2\n"),
            "sizes.tsv:2: a second entry for x on h200; remove one");
}

TEST(CalibrationDeathTest, ABadFileEndsTheProcessWithASentence) {
  const std::string path = testing::TempDir() + "calibration_test_bad.tsv";
  std::ofstream(path) << "h200\n";
  EXPECT_EXIT(calibration_from_file(path), testing::ExitedWithCode(2),
              "calibration_test_bad.tsv:1: a line has 1 columns, and needs 7");
  std::remove(path.c_str());
  EXPECT_EXIT(calibration_from_file(path), testing::ExitedWithCode(2), "cannot be read");
  EXPECT_EQ(calibration_from_file("").size(), 0U);
}

TEST(MeasuredSizes, AnEntryIsUsedAndNothingIsReported) {
  Coverage coverage;
  MeasuredSizes sizes(parsed(kTable), "h200", false, coverage);
  EXPECT_EQ(sizes.bytes(kAttention, "cuDNN's attention backward workspace"), 6291456U);
  EXPECT_THAT(coverage.memory_not_included(), IsEmpty());
}

TEST(MeasuredSizes, AMissingEntryCountsAsNothingAndIsReported) {
  Coverage coverage;
  MeasuredSizes sizes(parsed(kTable), "a100", false, coverage);
  EXPECT_EQ(sizes.bytes(kAttention, "cuDNN's attention backward workspace"), 0U);
  EXPECT_EQ(sizes.find(kAttention), std::nullopt);
  EXPECT_THAT(coverage.memory_not_included(),
              ElementsAre(Field(&Coverage::Counted::what,
                                "cuDNN's attention backward workspace, bf16, such as B 2 a 12 S 1024 D 64 "
                                "(no entry for a100, cudnn 9.19.0)")));
}

TEST(MeasuredSizes, ManyShapesOfOneOperationAreOneSentence) {
  Coverage coverage;
  MeasuredSizes sizes({}, "h200", false, coverage);
  for (const char* shape : {"x 8x64x56x56", "x 8x128x28x28", "x 8x256x14x14"}) {
    sizes.bytes({{}, "cudnn", "9.19.0", "convolution forward workspace", "fp32", shape}, "cuDNN's convolution forward");
  }
  const auto listed = coverage.memory_not_included();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_THAT(listed.front().what, HasSubstr("such as x 8x64x56x56"));
  EXPECT_EQ(listed.front().times, 3U);
}

TEST(MeasuredSizes, CanNameTheLineThatTheFileLacks) {
  Coverage coverage;
  MeasuredSizes sizes({}, "h200", true, coverage);
  testing::internal::CaptureStderr();
  sizes.bytes(kAttention, "cuDNN's attention backward workspace");
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("h200\tcudnn\t9.19.0\tattention backward workspace\tbf16\tB 2 a 12 S 1024 D 64\tBYTES\n"));

  testing::internal::CaptureStderr();
  sizes.bytes(kAttention, "cuDNN's attention backward workspace");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");  // once is enough
}

}  // namespace
}  // namespace profile_train::simulator
