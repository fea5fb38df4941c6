// What holds for every family of models, and what is particular to BERT and T5.

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <map>

#include "profiler/memory_model/parameter_shapes.h"
#include "profiler/memory_model/zoo.h"
#include "tests/workloads/tiny_config.h"
#include "workloads/model.h"
#include "workloads/train.h"

namespace profile_train::workloads {
namespace {

TrainingConfig tiny(const std::string& family) {
  TrainingConfig config = tiny_config();
  config.model.family = family;
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

class Families : public testing::TestWithParam<const char*> {};

TEST_P(Families, HaveTheParametersThatTheMemoryModelCounts) {
  for (const bool tied : {true, false}) {
    TrainingConfig config = tiny(GetParam());
    config.model.tied_head = tied;
    EXPECT_EQ(made(*make_model(config.model, torch::kFloat32)), counted(setup_of(config)));
  }
}

/// On the meta device a model has shapes and no memory.
TEST_P(Families, HaveThePublishedParametersInThePublishedSizes) {
  for (const KnownModel& known : known_models()) {
    if (std::string_view(known.family) != GetParam()) continue;
    ModelConfig config;
    config.family = known.family;
    config.blocks = known.blocks;
    config.hidden = known.hidden;
    config.heads = known.heads;
    config.kv_heads = known.kv_heads;
    config.head_size = known.head_size;
    config.feed_forward = known.feed_forward;
    config.vocabulary = known.vocabulary;
    config.positions = known.positions;
    config.tied_head = known.tied_head;
    const auto model = make_model(config, torch::TensorOptions(torch::kMeta).dtype(torch::kBFloat16));
    EXPECT_EQ(parameter_count(*model), known.published_parameters) << known.name;
  }
}

TEST_P(Families, Learn) {
  for (const AttentionKind attention : {AttentionKind::materialised, AttentionKind::sdpa}) {
    TrainingConfig config = tiny(GetParam());
    config.model.attention = attention;
    config.model.dropout = config.model.family == "llama" ? 0.0 : 0.05;
    config.train.steps = 40;
    config.optimizer.learning_rate = 3e-3;
    const auto outcome = train(config, nullptr, {});
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_LT(outcome->steps.back().loss, outcome->steps.front().loss - 0.5);
  }
}

torch::Tensor logits_of(const std::string& family, AttentionKind attention, const torch::Tensor& ids) {
  torch::manual_seed(1);
  TrainingConfig config = tiny(family);
  config.model.attention = attention;
  return make_model(config.model, torch::kFloat32)->forward(ids);
}

torch::Tensor some_ids() {
  torch::manual_seed(2);
  return torch::randint(256, {2, 20}, torch::kInt64);
}

TEST_P(Families, HaveAttentionsThatDifferInRoundingOnly) {
  const auto one = logits_of(GetParam(), AttentionKind::sdpa, some_ids());
  const auto other = logits_of(GetParam(), AttentionKind::materialised, some_ids());
  EXPECT_LT((one - other).abs().max().item<float>(), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(All, Families, testing::Values("gpt2", "llama", "bert", "t5"),
                         [](const auto& each) { return std::string(each.param); });

TEST(Bert, SeesWhatComesLater) {
  auto changed = some_ids();
  changed.index_put_({torch::indexing::Slice(), 15}, 7);
  const auto moved =
      (logits_of("bert", AttentionKind::sdpa, some_ids()) - logits_of("bert", AttentionKind::sdpa, changed))
          .abs()
          .amax({0, 2});
  EXPECT_GT(moved[0].item<float>(), 0.0F);
}

TEST(Bert, IsTrainedOnTheTokensThatAreHidden) {
  torch::manual_seed(3);
  const auto model = make_model(tiny("bert").model, torch::kFloat32);
  const auto ids = torch::randint(255, {50, 100}, torch::kInt64);
  const Batch batch = model->prepare({ids, ids});
  const auto hidden = batch.inputs.ne(ids);
  EXPECT_NEAR(hidden.to(torch::kFloat32).mean().item<double>(), 0.15, 0.02);
  EXPECT_TRUE(batch.inputs.masked_select(hidden).eq(255).all().item<bool>())
      << "the last token stands for a hidden one";
  EXPECT_TRUE(batch.targets.masked_select(hidden).equal(ids.masked_select(hidden)));
  EXPECT_TRUE(batch.targets.masked_select(hidden.logical_not()).eq(-100).all().item<bool>());
}

TEST(T5, GatedHasAThirdMatrixInEveryBlockAndLearns) {
  TrainingConfig config = tiny("t5");
  config.model.gated_feed_forward = true;
  config.model.tied_head = false;
  EXPECT_EQ(made(*make_model(config.model, torch::kFloat32)), counted(setup_of(config)));
  config.train.steps = 40;
  config.optimizer.learning_rate = 3e-3;
  const auto outcome = train(config, nullptr, {});
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_LT(outcome->steps.back().loss, outcome->steps.front().loss - 0.5);
}

TEST(T5, GateIsTheGeluOfOneProductTimesAnother) {
  TrainingConfig config = tiny("t5");
  config.model.gated_feed_forward = true;
  torch::manual_seed(4);
  const auto model = make_model(config.model, torch::kFloat32);
  const auto before = model->forward(some_ids());
  const torch::NoGradGuard no_gradients;
  for (const auto& parameter : model->named_parameters())
    if (parameter.key().find("wi_0") != std::string::npos) parameter.value().zero_();  // gelu(0) = 0
  const auto shut = model->forward(some_ids());
  EXPECT_FALSE(torch::allclose(before, shut));
  for (const auto& parameter : model->named_parameters())
    if (parameter.key().find("wi_1") != std::string::npos) parameter.value().normal_();
  EXPECT_TRUE(torch::equal(shut, model->forward(some_ids()))) << "a gate that is shut lets nothing through";
}

TEST(T5, DecoderHasItsOwnNumberOfBlocks) {
  TrainingConfig config = tiny("t5");
  config.model.decoder_blocks = 1;
  EXPECT_EQ(made(*make_model(config.model, torch::kFloat32)), counted(setup_of(config)));
}

}  // namespace
}  // namespace profile_train::workloads
