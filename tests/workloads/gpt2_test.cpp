#include "workloads/gpt2.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "profiler/memory_model/parameter_shapes.h"
#include "tests/workloads/tiny_config.h"
#include "workloads/attention.h"
#include "workloads/train.h"

namespace profile_train::workloads {
namespace {

using ::testing::ElementsAre;

ModelConfig published(std::int64_t blocks, std::int64_t hidden, std::int64_t heads) {
  ModelConfig config;
  config.blocks = blocks;
  config.hidden = hidden;
  config.heads = heads;
  config.feed_forward = 4 * hidden;
  return config;
}

/// On the meta device a model has shapes and no memory.
std::int64_t count(const ModelConfig& config) {
  return parameter_count(Gpt2(config, torch::TensorOptions().device(torch::kMeta)));
}

TEST(Gpt2, HasThePublishedNumberOfParameters) {
  EXPECT_EQ(count(published(12, 768, 12)), 124'439'808);
  EXPECT_EQ(count(published(24, 1024, 16)), 354'823'168);
  EXPECT_EQ(count(published(36, 1280, 20)), 774'030'080);
  EXPECT_EQ(count(published(48, 1600, 25)), 1'557'611'200);
}

TEST(Gpt2, CountsGpt3ToTheLastParameter) {
  ModelConfig gpt3 = published(96, 12288, 96);
  gpt3.positions = 2048;
  EXPECT_EQ(count(gpt3), 174'604'259'328);
}

TEST(Gpt2, AHeadOfItsOwnAddsOneTokenTable) {
  ModelConfig config = published(12, 768, 12);
  config.tied_head = false;
  EXPECT_EQ(count(config), 124'439'808 + 50'257 * 768);
}

TEST(Gpt2, NamesAndShapesAreThoseOfThePublishedCheckpoints) {
  ModelConfig config = published(1, 8, 2);
  config.vocabulary = 100;
  config.positions = 16;
  std::vector<std::string> names;
  const Gpt2 model(config, {});
  for (const auto& item : model.named_parameters()) {
    names.push_back(fmt::format("{} {}", item.key(), fmt::join(item.value().sizes(), " ")));
  }
  EXPECT_THAT(names, ElementsAre("transformer.wte.weight 100 8", "transformer.wpe.weight 16 8",   //
                                 "transformer.h.0.ln_1.weight 8", "transformer.h.0.ln_1.bias 8",  //
                                 "transformer.h.0.attn.c_attn.weight 8 24",                       // (in, out)
                                 "transformer.h.0.attn.c_attn.bias 24",                           //
                                 "transformer.h.0.attn.c_proj.weight 8 8", "transformer.h.0.attn.c_proj.bias 8",
                                 "transformer.h.0.ln_2.weight 8", "transformer.h.0.ln_2.bias 8",  //
                                 "transformer.h.0.mlp.c_fc.weight 8 32", "transformer.h.0.mlp.c_fc.bias 32",
                                 "transformer.h.0.mlp.c_proj.weight 32 8", "transformer.h.0.mlp.c_proj.bias 8",
                                 "transformer.ln_f.weight 8", "transformer.ln_f.bias 8"));
  EXPECT_EQ(model.named_buffers().size(), 0U);
}

TEST(Gpt2, AnUntiedHeadIsNamedLikeThePublishedOne) {
  ModelConfig config = published(1, 8, 2);
  config.tied_head = false;
  const Gpt2 model(config, torch::TensorOptions().device(torch::kMeta));
  const auto parameters = model.named_parameters();
  ASSERT_TRUE(parameters.contains("lm_head.weight"));
  EXPECT_EQ(parameters["lm_head.weight"].sizes(), torch::IntArrayRef({50257, 8}));
}

TEST(Gpt2, StartsWithThePublishedInitialisation) {
  torch::manual_seed(1);
  ModelConfig config = published(8, 128, 4);
  config.vocabulary = 1000;
  const Gpt2 model(config, {});
  for (const auto& item : model.named_parameters()) {
    const std::string& name = item.key();
    const auto& value = item.value();
    const bool norm = name.find(".ln_") != std::string::npos;
    if (name.ends_with("bias")) {
      EXPECT_TRUE(value.eq(0).all().item<bool>()) << name;
    } else if (norm) {
      EXPECT_TRUE(value.eq(1).all().item<bool>()) << name;
    } else {
      // sqrt(2L) = 4 for eight blocks: 0.02 / 4 = 0.005. The smallest matrix has 16,384 numbers, so that the measured
      // deviation is within 0.6 % of the true one (one sigma), and the mean within 0.8 % of it.
      const double expected = name.ends_with("c_proj.weight") ? 0.005 : 0.02;
      EXPECT_NEAR(value.std().item<double>(), expected, 0.03 * expected) << name;
      EXPECT_NEAR(value.mean().item<double>(), 0.0, 0.04 * expected) << name;
    }
  }
}

TEST(Gpt2, AFreshModelKnowsNothing) {
  torch::manual_seed(1);
  const TrainingConfig config = tiny_config();
  Gpt2 model(config.model, {});
  const auto ids = torch::randint(0, 256, {4, 32}, torch::kLong);
  const auto logits = model.forward(ids);
  ASSERT_EQ(logits.sizes(), torch::IntArrayRef({4, 32, 256}));
  const auto targets = torch::randint(0, 256, {4 * 32}, torch::kLong);
  const auto loss = torch::nn::functional::cross_entropy(logits.view({-1, 256}), targets).item<double>();
  EXPECT_NEAR(loss, std::log(256.0), 0.1);  // 5.545
}

TEST(Gpt2, APositionDoesNotSeeTheFuture) {
  torch::manual_seed(1);
  for (const auto kind : {AttentionKind::materialised, AttentionKind::sdpa}) {
    ModelConfig config = tiny_config().model;
    config.attention = kind;
    Gpt2 model(config, {});
    const torch::NoGradGuard no_grad;
    const auto ids = torch::randint(0, 256, {1, 32}, torch::kLong);
    auto changed = ids.clone();
    changed.index_put_({0, 20}, (ids.index({0, 20}) + 1) % 256);
    const auto difference = (model.forward(ids) - model.forward(changed)).abs().amax({0, 2});  // one for each position
    EXPECT_EQ(difference.slice(0, 0, 20).max().item<double>(), 0.0);
    EXPECT_GT(difference.slice(0, 20, 32).min().item<double>(), 0.0);
  }
}

TEST(Attention, BothKindsComputeTheSameValuesAndGradients) {
  torch::manual_seed(1);
  const auto options = torch::TensorOptions().dtype(torch::kDouble);
  const auto q = torch::randn({2, 4, 33, 16}, options).requires_grad_();
  const auto k = torch::randn({2, 4, 33, 16}, options).requires_grad_();
  const auto v = torch::randn({2, 4, 33, 16}, options).requires_grad_();
  const auto weight = torch::randn({2, 4, 33, 16}, options);
  std::vector<std::vector<torch::Tensor>> results;
  for (const auto kind : {AttentionKind::materialised, AttentionKind::sdpa}) {
    const auto y = causal_attention(kind, q, k, v, 0.0, true);
    auto of_one = torch::autograd::grad({(y * weight).sum()}, {q, k, v});
    of_one.push_back(y);
    results.push_back(of_one);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_LT((results[0][i] - results[1][i]).abs().max().item<double>(), 1e-12) << "result " << i;
  }
}

TEST(Attention, DropoutActsOnlyInTraining) {
  torch::manual_seed(1);
  ModelConfig config = tiny_config().model;
  config.dropout = 0.5;
  Gpt2 model(config, {});
  const torch::NoGradGuard no_grad;
  const auto ids = torch::randint(0, 256, {1, 32}, torch::kLong);
  EXPECT_FALSE(model.forward(ids).equal(model.forward(ids)));
  model.eval();
  EXPECT_TRUE(model.forward(ids).equal(model.forward(ids)));
}

TEST(Gpt2, HasTheParametersThatTheMemoryModelCounts) {
  for (const bool tied : {true, false}) {
    TrainingConfig config = tiny_config();
    config.model.tied_head = tied;
    std::map<std::string, std::vector<std::int64_t>> counted;
    for (const ParameterShape& shape : parameter_shapes(setup_of(config))) counted[shape.name] = shape.sizes;
    const Gpt2 model(config.model, torch::kFloat32);
    std::map<std::string, std::vector<std::int64_t>> made;
    for (const auto& parameter : model.named_parameters()) made[parameter.key()] = parameter.value().sizes().vec();
    EXPECT_EQ(counted, made);
  }
}

}  // namespace
}  // namespace profile_train::workloads
