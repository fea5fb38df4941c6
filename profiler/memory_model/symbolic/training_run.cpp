#include "profiler/memory_model/symbolic/training_run.h"

#include <memory>
#include <optional>
#include <utility>

#include "profiler/memory_model/symbolic/autocast.h"
#include "profiler/memory_model/symbolic/chunked_loss.h"
#include "profiler/memory_model/symbolic/distillation.h"
#include "profiler/memory_model/symbolic/model.h"
#include "profiler/memory_model/symbolic/operators.h"
#include "profiler/memory_model/symbolic/optimizers.h"
#include "profiler/memory_model/symbolic/weight_update.h"
#include "profiler/mode_names.h"

namespace profile_train::symbolic {
namespace {

Batch draw_batch(Program& program, const TrainingSetup& setup) {
  OpScope op(program, "aten::empty");
  Batch batch;
  batch.inputs = empty(program, {setup.batch, setup.sequence}, kInt64Bytes);
  batch.targets = empty(program, {setup.batch, setup.sequence}, kInt64Bytes);
  program.set_role(batch.inputs.storage, Role::input);
  program.set_role(batch.targets.storage, Role::input);
  if (setup.padding == 0.0) return batch;
  batch.lengths = empty(program, {setup.batch}, kInt64Bytes);
  program.set_role(batch.lengths.storage, Role::input);
  return batch;
}

/// `output`: the logits, or with a loss in chunks what the head multiplies. `taught`: the teacher's logits, if any.
Tensor loss_of_logits(Program& program, const TrainingSetup& setup, const Model& model, const Tensor& output,
                      Tensor taught, const Tensor& targets) {
  const std::int64_t rows = setup.batch * setup.sequence;
  if (taught.defined()) return distillation_loss(program, output, std::move(taught), targets);
  if (setup.loss_chunk_rows > 0)
    return chunked_cross_entropy(program, output, model.head_weight(), targets,
                                 {.rows = setup.loss_chunk_rows, .padded = setup.padding > 0.0});
  return cross_entropy(program, view(program, output, {rows, setup.vocabulary}), view(program, targets, {rows}));
}

Tensor loss_of(Program& program, const TrainingSetup& setup, const Model& model, const WeightUpdate& update,
               Tensor& output, Tensor taught, const Tensor& targets) {
  ModuleScope module(program, "loss");
  Tensor loss = loss_of_logits(program, setup, model, output, std::move(taught), targets);
  if (!setup.logits_held) output = Tensor{};
  if (setup.accumulation > 1) loss = divide_by_number(program, loss);
  return update.scaled(loss);
}

/// The model that is trained, and the one it learns from, if there is one.
struct Models {
  std::unique_ptr<Model> student;
  std::unique_ptr<Teacher> teacher;
};

void micro_batch(Program& program, const TrainingSetup& setup, const Models& models, const WeightUpdate& update,
                 Batch& batch) {
  Model& model = *models.student;
  program.enter(Phase::data);
  batch = Batch{};
  batch = model.prepare(draw_batch(program, setup));
  std::optional<AutocastScope> autocast;
  if (is_autocast(setup.precision)) autocast.emplace(program);
  program.enter(Phase::forward);
  Tensor taught;
  if (models.teacher) taught = models.teacher->logits(batch.inputs);
  Tensor output =
      batch.lengths.defined() ? model.features_of_padded(batch.inputs, batch.lengths) : model.features(batch.inputs);
  if (setup.loss_chunk_rows == 0) output = model.head(output);
  program.enter(Phase::loss);
  const Tensor loss = loss_of(program, setup, model, update, output, std::move(taught), batch.targets);
  program.enter(Phase::other);
  autocast.reset();
  program.enter(Phase::backward);
  run_backward(program, loss);
}

void training_step(Program& program, const TrainingSetup& setup, const Models& models, WeightUpdate& update,
                   bool update_skipped) {
  Batch batch;
  for (std::int64_t i = 0; i < setup.accumulation; ++i) micro_batch(program, setup, models, update, batch);
  program.enter(Phase::optimizer_step);
  update.apply(update_skipped);
  program.enter(Phase::zero_grad);
  update.zero_gradients();
  program.enter(Phase::other);
}

void inference_step(Program& program, const TrainingSetup& setup, Model& model) {
  program.enter(Phase::data);
  const Batch batch = model.prepare(draw_batch(program, setup));
  std::optional<AutocastScope> autocast;
  if (is_autocast(setup.precision)) autocast.emplace(program);
  program.enter(Phase::forward);
  const Tensor logits = model.head(model.features(batch.inputs));
  program.enter(Phase::other);
}

Machine machine_of(const TrainingSetup& setup) {
  const bool half_update = setup.precision == Precision::bf16;
  return {.threads = setup.threads,
          .cuda = setup.on_cuda(),
          .compute_capability = setup.compute_capability,
          .multiprocessors = setup.multiprocessors,
          .weight_element_bytes = is_pure_half(setup.precision) ? kHalfBytes : kFloatBytes,
          .update_element_bytes = half_update ? kHalfBytes : kFloatBytes,
          .half = setup.precision == Precision::autocast_fp16 ? Half::fp16 : Half::bf16,
          .cublas_workspace_bytes = setup.cublas_workspace_bytes,
          .cublaslt_workspace_bytes = setup.cublaslt_workspace_bytes};
}

}  // namespace

PredictedRun predict_run(const TrainingSetup& setup, std::int32_t steps, const SkippedUpdates& skipped) {
  if (setup.task == Task::inference) return predict_inference(setup, steps);
  Program program(machine_of(setup));
  program.enter(Phase::init);
  Models models{make_model(program, setup), nullptr};
  if (setup.teacher_blocks > 0) models.teacher = std::make_unique<Teacher>(program, setup);
  WeightUpdate update(program, setup, models.student->parameters());
  for (std::int32_t step = 1; step <= steps; ++step) {
    program.begin_step(step);
    training_step(program, setup, models, update, step == 1 ? skipped.first : skipped.later);
  }
  return {program.allocations(), program.events()};
}

PredictedRun predict_inference(const TrainingSetup& setup, std::int32_t steps) {
  TrainingSetup without_dropout = setup;
  without_dropout.dropout = 0.0;
  Program program(machine_of(setup));
  program.enter(Phase::init);
  const std::unique_ptr<Model> model = make_model(program, without_dropout);
  for (const auto& parameter : model->parameters()) parameter->value.grad_fn = nullptr;
  const WithoutGraph no_graph(program);
  for (std::int32_t step = 1; step <= steps; ++step) {
    program.begin_step(step);
    inference_step(program, setup, *model);
  }
  return {program.allocations(), program.events()};
}

}  // namespace profile_train::symbolic
