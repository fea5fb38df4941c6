#include "workloads/distillation.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <vector>

#include "tests/workloads/tiny_config.h"
#include "workloads/train.h"
#include "workloads/trainer.h"

namespace profile_train::workloads {
namespace {

TrainingConfig with_teacher() {
  TrainingConfig config = tiny_config();
  config.distillation.teacher_blocks = 3;
  config.distillation.teacher_hidden = 48;
  config.distillation.teacher_heads = 6;
  return config;
}

std::unique_ptr<Trainer> make_trainer(const TrainingConfig& config) {
  auto trainer = Trainer::create(config, nullptr);
  EXPECT_TRUE(trainer) << trainer.error().message;
  return std::move(*trainer);
}

std::vector<torch::Tensor> copies(const torch::nn::Module& model) {
  std::vector<torch::Tensor> result;
  for (const auto& parameter : model.parameters()) result.push_back(parameter.detach().clone());
  return result;
}

bool equal(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!a[i].equal(b[i])) return false;
  return a.size() == b.size();
}

TEST(Distillation, TeacherHasSizesOfItsOwnAndTheStudentsVocabulary) {
  const auto trainer = make_trainer(with_teacher());
  ASSERT_NE(trainer->teacher(), nullptr);
  const auto& teacher = trainer->teacher()->model();
  EXPECT_EQ(teacher.head_weight().sizes(), (std::vector<std::int64_t>{256, 48}));
  EXPECT_EQ(teacher.named_parameters()["transformer.h.2.mlp.c_fc.weight"].sizes(),
            (std::vector<std::int64_t>{48, 192}));
  EXPECT_FALSE(teacher.named_parameters().contains("transformer.h.3.mlp.c_fc.weight"));
}

TEST(Distillation, TeacherStaysAsItWas) {
  TrainingConfig config = with_teacher();
  config.model.dropout = 0.1;
  const auto trainer = make_trainer(config);
  const auto teacher_before = copies(trainer->teacher()->model());
  const auto student_before = copies(trainer->model());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(trainer->step({}));
  EXPECT_TRUE(equal(copies(trainer->teacher()->model()), teacher_before));
  EXPECT_FALSE(equal(copies(trainer->model()), student_before));
  for (const auto& parameter : trainer->teacher()->model().parameters()) EXPECT_FALSE(parameter.grad().defined());
  const auto ids = torch::randint(256, {2, 16}, torch::kInt64);
  EXPECT_TRUE(trainer->teacher()->logits(ids).equal(trainer->teacher()->logits(ids))) << "without dropout";
  EXPECT_FALSE(trainer->teacher()->logits(ids).requires_grad());
}

TEST(Distillation, LossFalls) {
  TrainingConfig config = with_teacher();
  config.train.steps = 40;
  config.optimizer.learning_rate = 3e-3;
  config.distillation.weight = 0.2;
  const auto outcome = train(config, nullptr, {});
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_LT(outcome->steps.back().loss, outcome->steps.front().loss - 0.5);
  EXPECT_EQ(outcome->model.parameters, parameter_count(*make_model(config.model, torch::kMeta))) << "the student's";
}

TEST(Distillation, OfWeightZeroIsTrainingOnTheText) {
  TrainingConfig config = with_teacher();
  config.optimizer.kind = OptimizerKind::sgd;
  config.optimizer.learning_rate = 1.0;  // every parameter moves by its gradient
  config.distillation.weight = 0.0;
  const auto taught = make_trainer(config);
  config.distillation = {};
  const auto alone = make_trainer(config);
  ASSERT_EQ(alone->teacher(), nullptr);
  ASSERT_TRUE(equal(copies(taught->model()), copies(alone->model()))) << "same seed, same start";
  const auto start = copies(alone->model());
  EXPECT_EQ((*taught->step({}))->loss, (*alone->step({}))->loss);
  EXPECT_TRUE(equal(copies(taught->model()), copies(alone->model())));
  EXPECT_FALSE(equal(copies(alone->model()), start));
}

/// d/dz of w·T²·KL(p ‖ q) averaged over rows, with p and q the softmaxes of t/T and z/T, is w·T·(q − p)/rows.
TEST(Distillation, GradientIsThatOfTheFormula) {
  torch::manual_seed(3);
  const auto options = torch::TensorOptions(torch::kFloat64);
  const auto student = torch::randn({2, 5, 11}, options).requires_grad_();
  const auto teacher = torch::randn({2, 5, 11}, options) * 2;
  const auto targets = torch::randint(11, {2, 5}, torch::kInt64);
  constexpr double kRows = 10;
  const auto softmax = [](const torch::Tensor& logits) {  // by the definition
    const auto powers = logits.exp();
    return powers / powers.sum(-1, true);
  };
  const auto one_hot = torch::one_hot(targets, 11).to(torch::kFloat64);
  for (const double temperature : {1.0, 2.0, 5.0})
    for (const double weight : {0.25, 0.75}) {
      DistillationConfig config;
      config.temperature = temperature;
      config.weight = weight;
      student.mutable_grad().reset();
      const auto loss = distillation_loss(student, teacher.clone(), targets, config);
      loss.backward();

      const auto p = softmax(teacher / temperature);
      const auto q = softmax(student.detach() / temperature);
      const auto whole = softmax(student.detach());
      const auto divergence = (p * (p / q).log()).sum() / kRows;
      const auto from_text = -(one_hot * whole.log()).sum() / kRows;
      const auto expected_loss = (1 - weight) * from_text + weight * temperature * temperature * divergence;
      EXPECT_NEAR(loss.item<double>(), expected_loss.item<double>(), 1e-12);
      const auto expected = ((1 - weight) * (whole - one_hot) + weight * temperature * (q - p)) / kRows;
      EXPECT_LT((student.grad() - expected).abs().max().item<double>(), 1e-14);
      EXPECT_GT(expected.abs().max().item<double>(), 1e-3);
    }
}

TEST(Distillation, StudentThatAgreesHasNothingToLearnFromTheTeacher) {
  const auto logits = torch::randn({1, 4, 7}, torch::kFloat64).requires_grad_();
  DistillationConfig config;
  config.weight = 0.999;
  const auto targets = torch::zeros({1, 4}, torch::kInt64);
  const auto text = torch::nn::functional::cross_entropy(logits.view({4, 7}), targets.view({4}));
  EXPECT_NEAR(distillation_loss(logits, logits.detach().clone(), targets, config).item<double>(),
              0.001 * text.item<double>(), 1e-12);
}

}  // namespace
}  // namespace profile_train::workloads
