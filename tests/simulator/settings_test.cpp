#include "simulator/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace profile_train::simulator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Settings decoded(const std::string& text) {
  std::string problem;
  const auto settings = decode(text, problem);
  EXPECT_TRUE(settings) << problem;
  return settings.value_or(Settings{});
}

TEST(SimulationSettings, ComeBackAsTheyWere) {
  const Settings settings{.card = {.key = "h200",
                                   .name = "NVIDIA H200",
                                   .compute_major = 9,
                                   .memory_bytes = 150'109'880'320,
                                   .multiprocessors = 132,
                                   .shared_memory_per_block_optin = 232448,
                                   .context_bytes = 0},
                          .devices = 8,
                          .memory_bytes = 42,
                          .unlimited_memory = true,
                          .world_size = 16,
                          .rank = 3,
                          .scalar_value = -0.1,
                          .max_launches = 1'000'000'000'000,
                          .max_seconds = 0.25,
                          .summary_folder = "/tmp/a=b;c%d e",
                          .calibration_file = "",
                          .torch_library = "/lib/x.so",
                          .log_calls = true};
  EXPECT_EQ(decoded(encode(settings)), settings);
  EXPECT_EQ(decoded(encode(Settings{})), Settings{});
}

TEST(SimulationSettings, KeepUnknownApartFromZero) {
  Settings settings;
  EXPECT_EQ(decoded(encode(settings)).card.context_bytes, std::nullopt);
  settings.card.context_bytes = 0;
  settings.memory_bytes = 0;
  EXPECT_EQ(decoded(encode(settings)).card.context_bytes, 0);
  EXPECT_EQ(decoded(encode(settings)).memory_bytes, 0);
}

TEST(SimulationSettings, ALimitOfMemoryReplacesTheCardsOwn) {
  Settings settings{.card = {.memory_bytes = 80}};
  EXPECT_EQ(settings.device_bytes(), 80U);
  settings.memory_bytes = 40;
  EXPECT_EQ(settings.device_bytes(), 40U);
}

TEST(SimulationSettings, AnyPathSurvives) {
  std::mt19937 random(7);
  for (int i = 0; i < 500; ++i) {
    Settings settings;
    for (auto length = random() % 20; length > 0; --length) {
      settings.summary_folder += static_cast<char>(1 + random() % 255);  // a variable of the environment holds no 0
    }
    const std::string text = encode(settings);
    ASSERT_EQ(decoded(text), settings) << text;
    ASSERT_EQ(text.find('\n'), std::string::npos);
  }
}

TEST(SimulationSettings, SayWhichPartIsNone) {
  const auto problem_of = [](const std::string& text) {
    std::string problem;
    return decode(text, problem) ? "it was accepted" : problem;
  };
  EXPECT_THAT(problem_of("card=h200;colour=green"), AllOf(HasSubstr("'colour=green'"), HasSubstr("profile-train run")));
  EXPECT_THAT(problem_of("devices=many"), HasSubstr("'devices=many'"));
  EXPECT_THAT(problem_of("devices=2x"), HasSubstr("'devices=2x'"));
  EXPECT_THAT(problem_of("unlimited_memory=yes"), HasSubstr("unlimited_memory"));
  EXPECT_THAT(problem_of("card=%G1"), HasSubstr("%G1"));
  EXPECT_THAT(problem_of("card=%4"), HasSubstr("%4"));
  EXPECT_THAT(problem_of("devices"), HasSubstr("'devices'"));
}

}  // namespace
}  // namespace profile_train::simulator
