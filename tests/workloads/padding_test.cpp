#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <set>
#include <string_view>

#include "tests/workloads/tiny_config.h"
#include "workloads/batches.h"
#include "workloads/chunked_loss.h"
#include "workloads/model.h"
#include "workloads/modes.h"
#include "workloads/trainer.h"

namespace profile_train::workloads {
namespace {

using ::testing::HasSubstr;

constexpr const char* kFamilies[] = {"gpt2", "llama", "bert"};
constexpr AttentionKind kOnCpu[] = {AttentionKind::materialised, AttentionKind::sdpa, AttentionKind::math,
                                    AttentionKind::flash};

TrainingConfig padded_config(double padding = 0.5) {
  TrainingConfig config = tiny_config();
  config.train.padding = padding;
  return config;
}

Batch next_batch(BatchSampler& sampler) {
  auto batch = sampler.next();
  EXPECT_TRUE(batch) << batch.error().message;
  return *batch;
}

BatchSampler make_sampler(const TrainingConfig& config) {
  auto sampler = BatchSampler::create(config);
  EXPECT_TRUE(sampler) << sampler.error().message;
  return std::move(*sampler);
}

TEST(Padding, EndsEachSequenceAtALengthDrawnForIt) {
  const TrainingConfig config = padded_config(0.25);
  BatchSampler sampler = make_sampler(config);
  std::set<std::int64_t> lengths;
  for (int i = 0; i < 20; ++i) {
    const Batch batch = next_batch(sampler);
    ASSERT_TRUE(batch.padded());
    EXPECT_EQ(batch.tokens, batch.lengths.sum().item<std::int64_t>());
    for (std::int64_t row = 0; row < config.train.batch_size; ++row) {
      const auto length = batch.lengths[row].item<std::int64_t>();
      lengths.insert(length);
      EXPECT_TRUE((batch.targets[row].slice(0, 0, length) >= 0).all().item<bool>());
      EXPECT_TRUE((batch.targets[row].slice(0, length) == kNoTarget).all().item<bool>());
      EXPECT_TRUE((batch.inputs[row].slice(0, length) == 0).all().item<bool>());
    }
  }
  EXPECT_EQ(*lengths.begin(), 24) << "of 32 at most a quarter is padding";
  EXPECT_EQ(*lengths.rbegin(), 32);
  EXPECT_EQ(lengths.size(), 9U);
}

TEST(Padding, LeavesATokenWhateverItsShare) {
  TrainingConfig config = padded_config(0.999);
  config.train.sequence = 2;
  BatchSampler sampler = make_sampler(config);
  for (int i = 0; i < 20; ++i) EXPECT_GE(next_batch(sampler).lengths.min().item<std::int64_t>(), 1);
}

TEST(Padding, OfNothingIsNoPadding) {
  BatchSampler sampler = make_sampler(tiny_config());
  EXPECT_FALSE(next_batch(sampler).padded());
}

/// A model and what it says to one sequence of 7 tokens.
struct Sequence {
  Sequence(const char* family, AttentionKind attention) {
    torch::manual_seed(3);
    ModelConfig config = tiny_config().model;
    config.family = family;
    config.attention = attention;
    model = make_model(config, torch::TensorOptions());
    ids = torch::randint(config.vocabulary, {1, kTokens}, torch::kInt64);
    targets = torch::randint(config.vocabulary, {1, kTokens}, torch::kInt64);
  }
  static torch::Tensor loss(const torch::Tensor& logits, const torch::Tensor& targets) {
    return torch::nn::functional::cross_entropy(logits.view({-1, logits.size(-1)}), targets.reshape({-1}));
  }
  torch::Tensor with_padding(const torch::Tensor& tokens, std::int64_t value) const {
    return torch::cat({tokens, torch::full({1, kPadding}, value, torch::kInt64)}, 1);
  }
  torch::Tensor of_shorter() const { return loss(model->forward(ids), targets); }
  torch::Tensor of_padded() const {
    const auto features = model->features_of_padded(with_padding(ids, 0), torch::tensor({kTokens}));
    return loss(model->head(features), with_padding(targets, kNoTarget));
  }
  std::vector<torch::Tensor> gradients_of(const torch::Tensor& loss) const {
    model->zero_grad();
    loss.backward();
    std::vector<torch::Tensor> gradients;
    for (const auto& parameter : model->parameters()) gradients.push_back(parameter.grad().clone());
    return gradients;
  }

  static constexpr std::int64_t kTokens = 7, kPadding = 6;
  std::shared_ptr<Model> model;
  torch::Tensor ids;
  torch::Tensor targets;
};

TEST(Padding, ChangesNeitherLossNorGradientsOfTheTokensBeforeIt) {
  for (const char* family : kFamilies)
    for (const AttentionKind attention : kOnCpu) {
      const Sequence sequence(family, attention);
      const auto shorter = sequence.of_shorter(), padded = sequence.of_padded();
      EXPECT_NEAR(padded.item<double>(), shorter.item<double>(), 1e-5);
      const auto expected = sequence.gradients_of(shorter), gradients = sequence.gradients_of(padded);
      for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_LT((gradients[i] - expected[i]).norm().item<double>(),
                  1e-5 * (1e-3 + expected[i].norm().item<double>()));
    }
}

TEST(Padding, IsSeenByNobody) {
  for (const char* family : kFamilies)
    for (const AttentionKind attention : kOnCpu) {
      const Sequence sequence(family, attention);
      const auto lengths = torch::tensor({Sequence::kTokens});
      const auto zeros = sequence.model->features_of_padded(sequence.with_padding(sequence.ids, 0), lengths);
      const auto others = sequence.model->features_of_padded(sequence.with_padding(sequence.ids, 9), lengths);
      const auto tokens = [](const torch::Tensor& x) { return x.slice(1, 0, Sequence::kTokens); };
      EXPECT_TRUE(torch::equal(tokens(zeros), tokens(others)));
      EXPECT_FALSE(torch::equal(zeros, others)) << "or nothing was compared";
      EXPECT_TRUE(torch::isfinite(zeros).all().item<bool>()) << "rows of padding see the tokens before it";
    }
}

TEST(Padding, OfALossInChunksHasTheLossAndTheGradientsOfTheWholeOne) {
  torch::manual_seed(7);
  const auto features = torch::randn({2, 9, 16}), weight = torch::randn({37, 16});
  auto targets = torch::randint(37, {2, 9}, torch::kInt64);
  targets[1].slice(0, 4).fill_(kNoTarget);
  const auto leaves = [&] { return std::pair{features.clone().requires_grad_(), weight.clone().requires_grad_()}; };
  for (const std::int64_t rows : {1, 5, 1000}) {
    const auto [whole_features, whole_weight] = leaves();
    const auto whole = Sequence::loss(torch::linear(whole_features, whole_weight), targets);
    const auto [chunk_features, chunk_weight] = leaves();
    const auto in_chunks = chunked_cross_entropy(chunk_features, chunk_weight, targets, rows, 9 + 4);
    EXPECT_NEAR(in_chunks.item<double>(), whole.item<double>(), 1e-5);
    whole.backward();
    in_chunks.backward();
    EXPECT_LT((chunk_features.grad() - whole_features.grad()).norm().item<double>(), 1e-6);
    EXPECT_LT((chunk_weight.grad() - whole_weight.grad()).norm().item<double>(), 1e-5);
  }
}

TEST(Padding, TrainsInEveryPrecision) {
  for (const char* family : kFamilies)
    for (const Precision precision : {Precision::fp32, Precision::autocast_bf16, Precision::bf16_master})
      for (const AttentionKind attention : kOnCpu)
        for (const std::int64_t chunk_rows : {0, 50}) {
          if (chunk_rows > 0 && std::string_view(family) == "bert") continue;  // which has no such loss
          TrainingConfig config = padded_config();
          config.model.family = family;
          config.precision = precision;
          config.model.attention = attention;
          config.model.checkpointing = Checkpointing::block;
          config.loss.chunk_rows = chunk_rows;
          config.optimizer.learning_rate = 3e-3;
          auto trainer = Trainer::create(config, nullptr);
          ASSERT_TRUE(trainer) << trainer.error().message;
          double first = 0.0, last = 0.0;
          for (int i = 0; i < 30; ++i) {
            const auto report = (*trainer)->step({});
            ASSERT_TRUE(report && *report);
            last = (*report)->loss;
            ASSERT_TRUE(std::isfinite(last));
            if (i == 0) first = last;
          }
          EXPECT_LT(last, 0.8 * first);
        }
}

std::string complaint(const TrainingConfig& config) {
  if (const auto problem = impossible_modes(config)) return problem->key + ": " + problem->why;
  const auto fits = check_modes_on_device(config, 90);
  return fits ? "" : fits.error().message;
}

TEST(Padding, IsRefusedWhereNobodyKnowsWhatToDoWithIt) {
  TrainingConfig config = padded_config();
  EXPECT_EQ(complaint(config), "");
  config.model.family = "t5";
  EXPECT_THAT(complaint(config),
              HasSubstr("train.padding: gpt2, llama and bert take padded sequences, t5 does not; use 0"));
  config = padded_config();
  config.device = "cuda";
  config.precision = Precision::bf16;
  config.model.attention = AttentionKind::flash;
  EXPECT_THAT(complaint(config), HasSubstr("takes no mask of padding; use efficient"));
}

}  // namespace
}  // namespace profile_train::workloads
