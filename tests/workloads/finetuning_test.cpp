// Fine-tuning: which parameters change, and that what is added changes nothing by itself.
#include "workloads/finetuning.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>

#include "profiler/memory_model/parameter_count.h"
#include "tests/workloads/tiny_config.h"
#include "workloads/gpt2.h"
#include "workloads/trainer.h"

namespace profile_train::workloads {
namespace {

TrainingConfig with_adapters(std::int64_t rank) {
  TrainingConfig config = tiny_config();
  config.model.lora_rank = rank;
  config.optimizer.learning_rate = 3e-3;
  return config;
}

TrainingConfig with_frozen_blocks(std::int64_t blocks) {
  TrainingConfig config = tiny_config();
  config.model.blocks = 3;
  config.model.frozen_blocks = blocks;
  return config;
}

std::unique_ptr<Trainer> make_trainer(const TrainingConfig& config) {
  auto trainer = Trainer::create(config, nullptr);
  EXPECT_TRUE(trainer) << trainer.error().message;
  return std::move(*trainer);
}

double step(Trainer& trainer) {
  const auto report = trainer.step({});
  EXPECT_TRUE(report && *report);
  return (**report).loss;
}

/// Gives `to` the parameters of `from` that have the same names.
void copy_parameters(const torch::nn::Module& from, torch::nn::Module& to) {
  const torch::NoGradGuard no_grad;
  auto targets = to.named_parameters();
  for (const auto& item : from.named_parameters())
    if (torch::Tensor* target = targets.find(item.key())) target->copy_(item.value());
}

/// Names of the parameters that `steps` steps changed.
std::set<std::string> changed_by_training(Trainer& trainer, int steps) {
  std::map<std::string, torch::Tensor> before;
  for (const auto& item : trainer.model().named_parameters()) before[item.key()] = item.value().detach().clone();
  for (int i = 0; i < steps; ++i) step(trainer);
  std::set<std::string> changed;
  for (const auto& item : trainer.model().named_parameters())
    if (!torch::equal(item.value(), before[item.key()])) changed.insert(item.key());
  return changed;
}

TEST(Adapters, AddNothingBeforeTheyAreTrained) {
  const TrainingConfig config = with_adapters(4);
  ModelConfig plain = config.model;
  plain.lora_rank = 0;
  Gpt2 base(plain, {});
  Gpt2 adapted(config.model, {});
  copy_parameters(base, adapted);
  const auto ids = torch::randint(0, 256, {2, 32}, torch::kLong);
  EXPECT_TRUE(torch::equal(adapted.forward(ids), base.forward(ids)));
}

TEST(Adapters, AreAllThatChangesAndTheLossFalls) {
  const auto trainer = make_trainer(with_adapters(4));
  const double first = step(*trainer);
  const auto changed = changed_by_training(*trainer, 30);
  std::set<std::string> expected;
  for (const std::string block : {"transformer.h.0.", "transformer.h.1."})
    for (const std::string matrix : {"attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"})
      for (const std::string part : {".lora_A", ".lora_B"}) expected.insert(block + matrix + part);
  EXPECT_EQ(changed, expected);
  EXPECT_LT(step(*trainer), first - 0.1);
}

TEST(Adapters, HaveTheGradientsOfAPlainComposition) {
  torch::manual_seed(3);
  ModelConfig config = tiny_config().model;
  config.lora_rank = 3;
  config.lora_alpha = 12.0;
  Projection projection("p", {20, 12, 0.1}, config, torch::kFloat64);
  const auto parameters = projection.named_parameters();
  const torch::Tensor w = *parameters.find("weight"), b = *parameters.find("lora_B"), a = *parameters.find("lora_A");
  {
    const torch::NoGradGuard no_grad;
    torch::Tensor(b).normal_();
    torch::Tensor(*parameters.find("bias")).normal_();
  }
  const auto x = torch::randn({2, 5, 20}, torch::kFloat64).requires_grad_();
  const auto gradient = torch::randn({2, 5, 12}, torch::kFloat64);
  const auto gradients_of = [&](const torch::Tensor& y) { return torch::autograd::grad({y}, {x, a, b}, {gradient}); };
  const auto composed = x.matmul(w + a.mm(b) * (12.0 / 3.0)) + *parameters.find("bias");
  const auto y = projection.forward(x);
  EXPECT_TRUE(torch::allclose(y, composed));
  const auto found = gradients_of(y), expected = gradients_of(composed);
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_TRUE(torch::allclose(found[i], expected[i])) << i;
}

// The texts' example: a weight of 1024 × 512 at rank 8 trains 1024·8 + 512·8 numbers.
TEST(Adapters, TrainRankTimesBothSidesOfEachMatrix) {
  ModelConfig config = tiny_config().model;
  config.lora_rank = 8;
  std::int64_t trained = 0;
  Projection projection("p", {1024, 512, 0.02}, config, torch::TensorOptions().device(torch::kMeta));
  for (const auto& item : projection.named_parameters())
    if (item.key().starts_with("lora_")) trained += item.value().numel();
  EXPECT_EQ(trained, 1024 * 8 + 512 * 8);
}

TEST(Adapters, OfAQuantisedModelAreAllThatIsThereToTrain) {
  for (const WeightStorage storage : {WeightStorage::int8, WeightStorage::int4}) {
    TrainingConfig config = with_adapters(4);
    config.model.weights = storage;
    config.model.quantisation_group = 32;
    const auto trainer = make_trainer(config);
    std::map<std::string, torch::Tensor> codes;
    for (const auto& item : trainer->model().named_buffers()) codes[item.key()] = item.value().clone();
    EXPECT_EQ(codes.size(), 2U * 4U * 2U) << "codes and scales of four matrices in two blocks";
    const double first = step(*trainer);
    for (const std::string& name : changed_by_training(*trainer, 30)) EXPECT_NE(name.find(".lora_"), name.npos) << name;
    EXPECT_LT(step(*trainer), first - 0.1);
    for (const auto& item : trainer->model().named_buffers())
      EXPECT_TRUE(torch::equal(item.value(), codes[item.key()])) << item.key();
  }
}

// A model in codes and the model that its codes stand for are the same model.
TEST(QuantisedModel, GivesTheLogitsAndGradientsOfTheModelItsCodesStandFor) {
  TrainingConfig config = with_adapters(2);
  config.model.weights = WeightStorage::int4;
  Gpt2 in_codes(config.model, {});
  ModelConfig plain = config.model;
  plain.weights = WeightStorage::full;
  Gpt2 whole(plain, {});
  copy_parameters(in_codes, whole);
  {
    const torch::NoGradGuard no_grad;
    const auto buffers = in_codes.named_buffers();
    for (auto& item : whole.named_parameters()) {
      const torch::Tensor* codes = buffers.find(item.key() + "_codes");
      if (codes == nullptr) continue;
      const torch::Tensor scales = *buffers.find(item.key() + "_scales");
      const auto pairs = torch::stack({codes->bitwise_and(15), codes->bitwise_right_shift(4)}, 1).to(torch::kFloat32);
      item.value().copy_(((pairs - 8).view({scales.size(0), -1}) * scales.unsqueeze(1)).view_as(item.value()));
    }
  }
  const auto ids = torch::randint(0, 256, {2, 32}, torch::kLong);
  const auto logits = in_codes.forward(ids), same_logits = whole.forward(ids);
  EXPECT_TRUE(torch::allclose(logits, same_logits, 1e-5, 1e-6));
  logits.square().sum().backward();
  same_logits.square().sum().backward();
  const auto expected = whole.named_parameters();
  for (const auto& item : in_codes.named_parameters()) {
    if (!item.value().requires_grad()) continue;
    EXPECT_TRUE(torch::allclose(item.value().grad(), expected.find(item.key())->grad(), 1e-4, 1e-5)) << item.key();
  }
}

TEST(FrozenBlocks, StayAsTheyAreAndSoDoTheEmbeddingsAndATiedHead) {
  for (const std::int64_t frozen : {1, 2, 3}) {
    const auto trainer = make_trainer(with_frozen_blocks(frozen));
    const auto changed = changed_by_training(*trainer, 2);
    EXPECT_EQ(changed.contains("transformer.wte.weight"), false);
    EXPECT_EQ(changed.contains("transformer.wpe.weight"), false);
    EXPECT_EQ(changed.contains("transformer.ln_f.weight"), true);
    for (std::int64_t block = 0; block < 3; ++block)
      for (const char* name : {".ln_1.weight", ".attn.c_attn.weight", ".mlp.c_proj.bias"})
        EXPECT_EQ(changed.contains("transformer.h." + std::to_string(block) + name), block >= frozen) << frozen;
  }
}

TEST(FrozenBlocks, LeaveAHeadOfItsOwnTrained) {
  TrainingConfig config = with_frozen_blocks(3);
  config.model.tied_head = false;
  const auto trainer = make_trainer(config);
  EXPECT_EQ(changed_by_training(*trainer, 1),
            (std::set<std::string>{"lm_head.weight", "transformer.ln_f.bias", "transformer.ln_f.weight"}));
}

TEST(FrozenBlocks, GiveTheOthersTheGradientsThatFullTrainingGives) {
  TrainingConfig config = with_frozen_blocks(0);
  config.optimizer.kind = OptimizerKind::sgd;
  config.optimizer.learning_rate = 1.0;
  const auto all = make_trainer(config);
  config.model.frozen_blocks = 1;
  const auto some = make_trainer(config);
  EXPECT_EQ(step(*all), step(*some));
  const auto moved = all->model().named_parameters();
  for (const auto& item : some->model().named_parameters()) {
    if (!item.value().requires_grad()) continue;
    EXPECT_TRUE(torch::equal(item.value(), *moved.find(item.key()))) << item.key();
  }
}

// A checkpoint whose input needs no gradient must still run again for what is trained inside.
TEST(Finetuning, GivesTheSameGradientsBesideCheckpoints) {
  for (const auto& [frozen, rank] : {std::pair{0, 2}, std::pair{1, 0}, std::pair{3, 0}})
    for (const Checkpointing checkpointing : {Checkpointing::block, Checkpointing::attention, Checkpointing::every}) {
      TrainingConfig config = with_frozen_blocks(frozen);
      config.model.lora_rank = rank;
      config.model.dropout = 0.1;
      config.optimizer.kind = OptimizerKind::sgd;
      config.optimizer.learning_rate = 1.0;
      const auto plain = make_trainer(config);
      config.model.checkpointing = checkpointing;
      const auto again = make_trainer(config);
      for (const std::uint64_t seed : {7U, 8U}) {  // both draw from one generator
        torch::manual_seed(seed);
        const double loss = step(*plain);
        torch::manual_seed(seed);
        EXPECT_EQ(step(*again), loss);
      }
      const auto expected = plain->model().named_parameters();
      for (const auto& item : again->model().named_parameters())
        EXPECT_TRUE(torch::equal(item.value(), *expected.find(item.key()))) << item.key();
    }
}

TEST(Finetuning, ShowsTheOptimizerWhatIsTrained) {
  for (const Precision precision : {Precision::fp32, Precision::bf16_master}) {
    TrainingConfig config = with_frozen_blocks(2);
    config.precision = precision;
    const auto trainer = make_trainer(config);
    step(*trainer);
    std::size_t seen = 0;
    for (const auto& group : trainer->optimizer().param_groups()) seen += group.params().size();
    EXPECT_EQ(seen, trained_parameters(trainer->model()).size());
    EXPECT_EQ(trainer->optimizer().state().size(), seen);
  }
}

TEST(Finetuning, HasTheParametersThatTheMemoryModelCounts) {
  for (const auto& [frozen, rank, storage] :
       {std::tuple{1, 0, WeightStorage::full}, std::tuple{0, 4, WeightStorage::full},
        std::tuple{0, 4, WeightStorage::int4}}) {
    TrainingConfig config = with_frozen_blocks(frozen);
    config.model.lora_rank = rank;
    config.model.weights = storage;
    std::map<std::string, std::pair<std::vector<std::int64_t>, bool>> counted, made;
    for (const ParameterShape& shape : parameter_shapes(setup_of(config)))
      counted[shape.name] = {shape.sizes, shape.trained};
    const Gpt2 model(config.model, torch::kFloat32);
    for (const auto& item : model.named_parameters())
      made[item.key()] = {item.value().sizes().vec(), item.value().requires_grad()};
    EXPECT_EQ(counted, made);
    std::size_t bytes = 0;
    for (const auto& item : model.named_parameters()) bytes += item.value().nbytes();
    for (const auto& item : model.named_buffers()) bytes += item.value().nbytes();
    EXPECT_EQ(static_cast<std::size_t>(weight_bytes(setup_of(config))), bytes);
  }
}

}  // namespace
}  // namespace profile_train::workloads
