#include "workloads/train.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "tests/workloads/temporary_folder.h"
#include "tests/workloads/tiny_config.h"

namespace profile_train::workloads {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<double> losses_of(const TrainingConfig& config) {
  const auto outcome = train(config, nullptr, {});
  EXPECT_TRUE(outcome) << outcome.error().message;
  std::vector<double> losses;
  if (!outcome) return losses;
  for (const StepReport& step : outcome->steps) losses.push_back(step.loss);
  return losses;
}

double mean(const std::vector<double>& values, std::size_t first, std::size_t count) {
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first);
  return std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(count), 0.0) / static_cast<double>(count);
}

TEST(Train, LearnsToSpellIn200Steps) {
  TrainingConfig config = tiny_config();
  config.train.steps = 200;
  config.train.batch_size = 8;
  config.optimizer.learning_rate = 3e-3;
  const auto losses = losses_of(config);
  ASSERT_EQ(losses.size(), 200U);
  EXPECT_NEAR(losses.front(), 5.545, 0.15) << "ln 256: every byte is as likely as any other";
  // English letters by frequency alone are about 3 nats: below that, the model uses the letters before.
  EXPECT_LT(mean(losses, 190, 10), 3.0);
  EXPECT_LT(mean(losses, 190, 10), mean(losses, 90, 10)) << "and it goes on learning";
}

TEST(Train, SameSeedSameLosses) {
  TrainingConfig config = tiny_config();
  config.train.steps = 5;
  config.model.dropout = 0.1;  // draws from the same seed
  const auto first = losses_of(config);
  EXPECT_EQ(losses_of(config), first);
  config.train.seed = 2;
  EXPECT_NE(losses_of(config), first);
}

TEST(Train, ReportsTheModelAndEveryStep) {
  TrainingConfig config = tiny_config();
  ModelReport model;
  std::vector<std::int64_t> steps;
  TrainingCallbacks callbacks;
  callbacks.on_model = [&](const ModelReport& report) { model = report; };
  callbacks.on_step = [&](const StepReport& report) {
    steps.push_back(report.step);
    EXPECT_GT(report.seconds, 0.0);
  };
  const auto outcome = train(config, nullptr, callbacks);
  ASSERT_TRUE(outcome) << outcome.error().message;
  // V·H + T·H + L(12H² + 13H) + 2H with V 256, H 32, T 64, L 2: 8192 + 2048 + 2·(12288 + 416) + 64
  EXPECT_EQ(model.parameters, 35'712);
  EXPECT_EQ(model.parameter_tensors, 2 + 2 * 12 + 2);
  EXPECT_EQ(model.parameter_bytes, 4 * 35'712);
  EXPECT_THAT(steps, ElementsAre(1, 2, 3));
  EXPECT_FALSE(outcome->interrupted);
}

TEST(Train, StopsWhenAskedAndKeepsWhatIsDone) {
  TrainingConfig config = tiny_config();
  int asked = 0;
  const auto outcome =
      train(config, nullptr, {.on_model = {}, .on_step = {}, .should_stop = [&] { return ++asked > 2; }});
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->interrupted);
  EXPECT_EQ(outcome->steps.size(), 2U);
}

TEST(Train, TrainsOnTokenFiles) {
  const TemporaryFolder folder;
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes.append({static_cast<char>(i % 7), '\0'});  // 0 1 2 … 6 0 1 …, as uint16
  TrainingConfig config = tiny_config();
  config.data.tokens = folder.write("train.bin", bytes);
  config.train.steps = 60;
  config.optimizer.learning_rate = 3e-3;
  EXPECT_LT(losses_of(config).back(), 0.5) << "seven tokens in a row are easily learned";
}

TEST(Train, MissingDataIsOneSentence) {
  TrainingConfig config = tiny_config();
  config.data.text = "/nowhere/book.txt";
  EXPECT_EQ(train(config, nullptr, {}).error().message, "data.text: there is no file /nowhere/book.txt");
}

TEST(Train, AModelThatDoesNotFitIsOneSentenceWithARemedy) {
  TrainingConfig config = tiny_config();
  config.model.positions = 1'000'000;
  config.model.hidden = 1'000'000;  // a position table of 4 TB
  const auto outcome = train(config, nullptr, {});
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message, HasSubstr("out of memory"));
  EXPECT_THAT(outcome.error().message, HasSubstr("try a smaller"));
  EXPECT_THAT(outcome.error().message, ::testing::Not(HasSubstr("\n")));
}

TEST(SetupOf, SaysWhatTheMemoryModelNeeds) {
  TrainingConfig config = tiny_config();
  config.train.accumulation = 2;
  config.train.zero_grad_to_none = false;
  config.optimizer.weight_decay = 0.25;
  const TrainingSetup setup = setup_of(config);
  EXPECT_EQ(setup.blocks, 2);
  EXPECT_EQ(setup.feed_forward, 128);
  EXPECT_EQ(setup.batch, 4);
  EXPECT_EQ(setup.accumulation, 2);
  EXPECT_FALSE(setup.gradients_set_to_none);
  EXPECT_EQ(setup.weight_decay, 0.25);
  EXPECT_EQ(setup.threads, 1);
  config.train.threads = 0;
  EXPECT_GE(setup_of(config).threads, 1);
}

}  // namespace
}  // namespace profile_train::workloads
