#include "workloads/distillation.h"

#include <string>

#include "hooks/session.h"
#include "profiler/memory_model/teacher.h"

namespace profile_train::workloads {
namespace {

std::shared_ptr<Model> make_teacher(const TrainingConfig& config, const torch::TensorOptions& options) {
  const ModuleGuard module(kTeacherModule);
  auto model = make_model(teacher_of(config), options);
  // Also tells autocast not to keep the casts of its weights: it does that for weights that are trained.
  for (torch::Tensor& parameter : model->parameters()) parameter.set_requires_grad(false);
  model->eval();
  return model;
}

}  // namespace

Teacher::Teacher(const TrainingConfig& config, const torch::TensorOptions& options)
    : model_(make_teacher(config, options)) {}

void Teacher::show_to(Session& session) const {
  for (const auto& parameter : model_->named_parameters())
    session.watch(parameter.value(), Role::parameter, std::string(kTeacherPrefix) + parameter.key());
}

torch::Tensor Teacher::logits(const torch::Tensor& ids) const {
  const torch::NoGradGuard no_gradients;
  return model_->forward(ids);
}

ModelConfig teacher_of(const TrainingConfig& config) {
  const ModelConfig& student = config.model;
  const DistillationConfig& asked_for = config.distillation;
  ModelConfig teacher;
  teacher.family = student.family;
  teacher.path = kTeacherPrefix;
  teacher.blocks = asked_for.teacher_blocks;
  teacher.hidden = asked_for.teacher_hidden > 0 ? asked_for.teacher_hidden : student.hidden;
  teacher.heads = asked_for.teacher_heads > 0 ? asked_for.teacher_heads : student.heads;
  teacher.feed_forward = 4 * teacher.hidden;
  teacher.vocabulary = student.vocabulary;
  teacher.positions = student.positions;
  teacher.attention = student.attention;
  teacher.tied_head = student.tied_head;
  return teacher;
}

torch::Tensor distillation_loss(const torch::Tensor& logits, torch::Tensor teacher_logits, const torch::Tensor& targets,
                                const DistillationConfig& config) {
  const double temperature = config.temperature;
  const auto student = logits.view({-1, logits.size(-1)});  // (B·S,V)
  const auto shares = torch::softmax(teacher_logits.view(student.sizes()) / temperature, -1);
  teacher_logits.reset();
  const auto from_text = torch::nn::functional::cross_entropy(student, targets.view({-1}));
  const auto log_shares = torch::log_softmax(student / temperature, -1);
  const auto divergence = torch::kl_div(log_shares, shares, at::Reduction::Sum);
  const auto rows = static_cast<double>(student.size(0));
  // Statements, because compilers differ in which operand of a sum they evaluate first.
  const auto of_text = from_text * (1.0 - config.weight);
  const auto of_teacher = divergence * (config.weight * temperature * temperature / rows);
  return of_text + of_teacher;
}

}  // namespace profile_train::workloads
