#include "workloads/pruning.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "profiler/memory_model/parameter_count.h"
#include "tests/workloads/tiny_config.h"
#include "workloads/model.h"
#include "workloads/train.h"

namespace profile_train::workloads {
namespace {

TrainingConfig pruned(Pruning pruning, double share) {
  TrainingConfig config = tiny_config();  // H 32, a 4, F 128, two blocks
  config.model.pruning = pruning;
  config.model.pruned_share = share;
  return config;
}

std::vector<std::int64_t> sizes_of(const Model& model, const char* parameter) {
  return model.named_parameters()[parameter].sizes().vec();
}

TEST(Pruning, StructuredLeavesWholeHeadsOfTheSizeTheyHad) {
  const TrainingConfig config = pruned(Pruning::structured, 0.25);
  const auto model = make_model(config.model, torch::kFloat32);
  using Sizes = std::vector<std::int64_t>;
  EXPECT_EQ(sizes_of(*model, "transformer.h.1.attn.c_attn.weight"), (Sizes{32, 3 * 24})) << "3 heads of 8";
  EXPECT_EQ(sizes_of(*model, "transformer.h.1.attn.c_proj.weight"), (Sizes{24, 32}));
  EXPECT_EQ(sizes_of(*model, "transformer.h.1.mlp.c_fc.weight"), (Sizes{32, 96}));
  EXPECT_EQ(sizes_of(*model, "transformer.h.1.mlp.c_proj.weight"), (Sizes{96, 32}));
  EXPECT_EQ(model->forward(torch::zeros({2, 9}, torch::kInt64)).sizes(), (Sizes{2, 9, 256}));
}

TEST(Pruning, ParametersAreCountedAsTheyAreLeft) {
  for (const double share : {0.0, 0.25, 0.4, 0.5, 0.75})
    for (const Pruning pruning : {Pruning::none, Pruning::structured, Pruning::unstructured}) {
      const TrainingConfig config = pruned(pruning, share);
      const auto model = make_model(config.model, torch::kFloat32);
      EXPECT_EQ(parameter_count(*model), profile_train::parameter_count(setup_of(config))) << share;
    }
  // By hand: a block has 12H² + 13H; with half of its heads and half of its columns 6H² + (1.5 + 1 + 2 + 1 + 4)H.
  const std::int64_t whole = parameter_count(*make_model(tiny_config().model, torch::kFloat32));
  const std::int64_t half = parameter_count(*make_model(pruned(Pruning::structured, 0.5).model, torch::kFloat32));
  EXPECT_EQ(whole - half, 2 * (6 * 32 * 32 + (13 * 32 - (48 + 32 + 64 + 32 + 4 * 32))));
}

TEST(Pruning, MaskHidesTheSmallestNumbersAndAsManyAsWereAskedFor) {
  torch::manual_seed(5);
  for (const auto type : {torch::kFloat32, torch::kBFloat16}) {  // bf16: many numbers are equally small
    const auto weight = torch::randn({30, 40}).to(type);
    for (const double share : {0.0, 0.3, 0.9}) {
      const auto mask = mask_of_largest(weight, share);
      EXPECT_EQ(mask.scalar_type(), torch::kBool);
      EXPECT_EQ(mask.logical_not().sum().item<std::int64_t>(), std::llround(share * 1200));
      if (share == 0.0) continue;
      const auto largest_hidden = weight.abs().masked_select(mask.logical_not()).max();
      EXPECT_LE(largest_hidden.item<float>(), weight.abs().masked_select(mask).min().item<float>());
    }
  }
}

TEST(Pruning, MaskedNumbersHaveNoEffectAndGetNoGradient) {
  const TrainingConfig config = pruned(Pruning::unstructured, 0.5);
  const auto model = make_model(config.model, torch::kFloat32);
  model->eval();
  const auto ids = torch::randint(256, {2, 20}, torch::kInt64);
  const auto before = model->forward(ids);
  before.square().sum().backward();
  int masked = 0;
  for (const auto& buffer : model->named_buffers()) {
    if (!buffer.key().ends_with(".weight_mask")) continue;
    const std::string name = buffer.key().substr(0, buffer.key().size() - std::string("_mask").size());
    auto weight = model->named_parameters()[name];
    const auto hidden = buffer.value().logical_not();
    EXPECT_TRUE(weight.grad().masked_select(hidden).eq(0).all().item<bool>()) << name;
    EXPECT_FALSE(weight.grad().masked_select(buffer.value()).eq(0).all().item<bool>()) << name;
    const torch::NoGradGuard no_gradients;
    weight.add_(hidden.to(torch::kFloat32), 100.0);
    ++masked;
  }
  EXPECT_EQ(masked, 8) << "four matrices in each of two blocks";
  EXPECT_TRUE(model->forward(ids).equal(before));
  {
    const torch::NoGradGuard no_gradients;
    model->named_parameters()["transformer.h.0.mlp.c_fc.weight"].add_(1.0);
  }
  EXPECT_FALSE(model->forward(ids).equal(before)) << "the others do have one";
}

TEST(Pruning, LossFalls) {
  for (const Pruning pruning : {Pruning::structured, Pruning::unstructured}) {
    TrainingConfig config = pruned(pruning, 0.5);
    config.train.steps = 40;
    config.optimizer.learning_rate = 3e-3;
    const auto outcome = train(config, nullptr, {});
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_LT(outcome->steps.back().loss, outcome->steps.front().loss - 0.5);
  }
}

}  // namespace
}  // namespace profile_train::workloads
