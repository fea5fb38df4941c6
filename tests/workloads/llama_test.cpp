#include "workloads/llama.h"

#include <gtest/gtest.h>

#include <map>

#include "profiler/memory_model/parameter_shapes.h"
#include "profiler/memory_model/zoo.h"
#include "tests/workloads/tiny_config.h"
#include "workloads/train.h"

namespace profile_train::workloads {
namespace {

TrainingConfig tiny_llama() {
  TrainingConfig config = tiny_config();
  config.model.family = "llama";
  config.model.kv_heads = 2;
  config.model.feed_forward = 88;
  config.model.tied_head = false;
  return config;
}

using Shapes = std::map<std::string, std::vector<std::int64_t>>;
Shapes made(const torch::nn::Module& model) {
  Shapes shapes;
  for (const auto& parameter : model.named_parameters()) shapes[parameter.key()] = parameter.value().sizes().vec();
  return shapes;
}
Shapes counted(const TrainingSetup& setup) {
  Shapes shapes;
  for (const ParameterShape& shape : parameter_shapes(setup)) shapes[shape.name] = shape.sizes;
  return shapes;
}

TEST(Llama, HasTheParametersThatTheMemoryModelCounts) {
  for (const bool tied : {true, false}) {
    TrainingConfig config = tiny_llama();
    config.model.tied_head = tied;
    EXPECT_EQ(made(*make_model(config.model, torch::kFloat32)), counted(setup_of(config)));
  }
}

/// On the meta device a model has shapes and no memory.
TEST(Llama, OfThePublishedSizesHasThePublishedParameters) {
  for (const KnownModel& known : known_models()) {
    if (std::string_view(known.family) != "llama") continue;
    ModelConfig config;
    config.family = known.family;
    config.blocks = known.blocks;
    config.hidden = known.hidden;
    config.heads = known.heads;
    config.kv_heads = known.kv_heads;
    config.feed_forward = known.feed_forward;
    config.vocabulary = known.vocabulary;
    config.tied_head = known.tied_head;
    const auto model = make_model(config, torch::TensorOptions(torch::kMeta).dtype(torch::kBFloat16));
    EXPECT_EQ(parameter_count(*model), known.published_parameters) << known.name;
    EXPECT_EQ(made(*model), counted(profile_train::setup_of(known))) << known.name;
  }
}

torch::Tensor some_ids(std::int64_t length) {
  torch::manual_seed(2);
  return torch::randint(256, {2, length}, torch::kInt64);
}

TEST(Llama, SeesNoTokenThatComesLater) {
  torch::manual_seed(1);
  for (const AttentionKind attention : {AttentionKind::materialised, AttentionKind::sdpa}) {
    TrainingConfig config = tiny_llama();
    config.model.attention = attention;
    const auto model = make_model(config.model, torch::kFloat32);
    const auto ids = some_ids(12);
    auto changed = ids.clone();
    changed.index_put_({torch::indexing::Slice(), 7}, (ids.select(1, 7) + 1) % 256);
    const auto moved = (model->forward(ids) - model->forward(changed)).abs().amax({0, 2});
    EXPECT_EQ(moved.narrow(0, 0, 7).max().item<float>(), 0.0F);
    EXPECT_GT(moved[7].item<float>(), 0.0F);
  }
}

TEST(Llama, AttentionsDifferInRoundingOnly) {
  TrainingConfig config = tiny_llama();
  const auto logits = [&](AttentionKind attention) {
    torch::manual_seed(1);
    config.model.attention = attention;
    return make_model(config.model, torch::kFloat32)->forward(some_ids(20));
  };
  EXPECT_LT((logits(AttentionKind::sdpa) - logits(AttentionKind::materialised)).abs().max().item<float>(), 1e-5);
}

/// What a rotation is for: a product of q and k depends on how far apart they are, not on where they are.
TEST(Rotation, LeavesLengthsAndMakesProductsDependOnDistanceOnly) {
  torch::manual_seed(4);
  const Rotation rotation(10, 8, 10000.0, torch::TensorOptions().dtype(torch::kFloat32));
  const auto q = torch::randn({1, 1, 1, 8}).expand({1, 1, 10, 8}), k = torch::randn({1, 1, 1, 8}).expand({1, 1, 10, 8});
  const auto turned_q = rotation(q), turned_k = rotation(k);
  EXPECT_TRUE(torch::allclose(turned_q.norm(2, 3), q.norm(2, 3), 1e-5));
  const auto products = torch::matmul(turned_q, turned_k.transpose(2, 3)).view({10, 10});
  for (std::int64_t distance = 0; distance < 9; ++distance)
    EXPECT_LT(products.diagonal(-distance).std().item<float>(), 1e-4) << distance;
  EXPECT_GT(products.select(0, 9).std().item<float>(), 0.01) << "and it does depend on it";
  EXPECT_TRUE(turned_q.select(2, 0).equal(q.select(2, 0))) << "the first is not turned";
}

TEST(Llama, HeadsThatShareKeysAreHeadsWithEqualKeys) {
  TrainingConfig config = tiny_llama();  // 4 heads, 2 of keys and values, d = 8
  torch::manual_seed(1);
  const auto shared = make_model(config.model, torch::kFloat32);
  config.model.kv_heads = 4;
  const auto full = make_model(config.model, torch::kFloat32);
  const torch::NoGradGuard no_gradients;
  for (const auto& parameter : shared->named_parameters()) {
    auto value = parameter.value();
    const bool of_keys =
        parameter.key().find("k_proj") != std::string::npos || parameter.key().find("v_proj") != std::string::npos;
    if (of_keys) value = value.view({2, 8, 32}).repeat_interleave(2, 0).reshape({32, 32});
    full->named_parameters()[parameter.key()].copy_(value);
  }
  EXPECT_LT((shared->forward(some_ids(9)) - full->forward(some_ids(9))).abs().max().item<float>(), 1e-6);
}

TEST(Llama, Learns) {
  TrainingConfig config = tiny_llama();
  config.train.steps = 30;
  config.optimizer.learning_rate = 3e-3;
  const auto outcome = train(config, nullptr, {});
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_LT(outcome->steps.back().loss, outcome->steps.front().loss - 0.5);
}

TEST(Llama, LearnsTheSameWithBlocksCheckpointedAndALossInChunks) {
  TrainingConfig config = tiny_llama();
  const auto plain = train(config, nullptr, {});
  config.model.checkpointing = Checkpointing::block;
  config.loss.chunk_rows = 24;
  const auto sparing = train(config, nullptr, {});
  ASSERT_TRUE(plain && sparing);
  for (std::size_t i = 0; i < plain->steps.size(); ++i) EXPECT_NEAR(plain->steps[i].loss, sparing->steps[i].loss, 1e-5);
}

}  // namespace
}  // namespace profile_train::workloads
