#include "workloads/trainer.h"

#include <chrono>
#include <optional>
#include <utility>

#include "profiler/metric_names.h"
#include "workloads/autocast.h"
#include "workloads/chunked_loss.h"

namespace profile_train::workloads {

Result<std::unique_ptr<Trainer>> Trainer::create(const TrainingConfig& config, Session* session) {
  auto sampler = BatchSampler::create(config);
  if (!sampler) return tl::unexpected(sampler.error());
  return std::unique_ptr<Trainer>(new Trainer(config, session, std::move(*sampler)));
}

Trainer::Trainer(const TrainingConfig& config, Session* session, BatchSampler sampler)
    : config_(config), device_(config.device), session_(session), sampler_(std::move(sampler)) {
  if (config.train.threads > 0) torch::set_num_threads(static_cast<int>(config.train.threads));
  torch::manual_seed(static_cast<std::uint64_t>(config.train.seed));
  const PhaseGuard phase(Phase::init);
  const auto options = torch::TensorOptions().dtype(weight_dtype(config.precision)).device(device_);
  model_ = make_model(config.model, options);
  if (config.distillation.teacher_blocks > 0) teacher_.emplace(config, options);
  update_ = std::make_unique<WeightUpdate>(config, *model_);
  if (session_ == nullptr) return;
  update_->show_to(*session_, *model_);
  if (teacher_) teacher_->show_to(*session_);
}

Trainer::~Trainer() {
  if (session_ != nullptr) session_->unwatch();
}

Batch Trainer::on_device(const Batch& batch) const {
  Batch there = batch;  // where it is already, on the CPU, to() is no copy
  there.inputs = batch.inputs.to(device_);
  there.targets = batch.targets.to(device_);
  if (batch.padded()) there.lengths = batch.lengths.to(device_);
  return there;
}

torch::Tensor Trainer::output_of(const Batch& batch) {
  auto output =
      batch.padded() ? model_->features_of_padded(batch.inputs, batch.lengths) : model_->features(batch.inputs);
  if (config_.loss.chunk_rows == 0) output = model_->head(output);
  return output;
}

torch::Tensor Trainer::loss_of(const torch::Tensor& output, torch::Tensor taught, const Batch& batch) const {
  if (teacher_) return distillation_loss(output, std::move(taught), batch.targets, config_.distillation);
  if (config_.loss.chunk_rows > 0)
    return chunked_cross_entropy(output, model_->head_weight(), batch.targets, config_.loss.chunk_rows, batch.tokens);
  return torch::nn::functional::cross_entropy(output.view({-1, config_.model.vocabulary}), batch.targets.view({-1}));
}

Result<double> Trainer::micro_batch(Batch& batch) {
  {
    const PhaseGuard phase(Phase::data);
    batch = {};  // the batch before ends here, so that there is never more than one
    auto drawn = sampler_.next();
    if (!drawn) return tl::unexpected(drawn.error());
    batch = model_->prepare(on_device(*drawn));
  }
  std::optional<AutocastGuard> autocast;  // forward and loss; what backward casts, it casts by itself
  if (const auto dtype = autocast_dtype(config_.precision)) autocast.emplace(device_.type(), dtype);
  torch::Tensor taught;  // logits of the teacher (B,S,V), if there is one
  torch::Tensor output;  // logits (B,S,V); with a loss in chunks what the head multiplies, (B,S,H)
  {
    const PhaseGuard phase(Phase::forward);
    if (teacher_) taught = teacher_->logits(batch.inputs);
    output = output_of(batch);
  }
  torch::Tensor loss;
  double value = 0.0;
  {
    const PhaseGuard phase(Phase::loss);
    const ModuleGuard module("loss");
    loss = loss_of(output, std::move(taught), batch);
    if (!config_.loss.hold_logits) output.reset();
    value = loss.item<double>();
    if (config_.train.accumulation > 1) loss = loss / static_cast<double>(config_.train.accumulation);
    loss = update_->scaled(loss);
  }
  autocast.reset();
  const PhaseGuard phase(Phase::backward);
  loss.backward();
  loss.reset();
  output.reset();
  return value;
}

Result<std::optional<StepReport>> Trainer::step(const std::function<bool()>& should_stop) {
  const auto began = std::chrono::steady_clock::now();
  StepReport report;
  report.step = steps_done_ + 1;
  {
    const StepGuard step(report.step);
    Batch batch;  // the last one lives until the step ends
    for (std::int64_t i = 0; i < config_.train.accumulation; ++i) {
      if (should_stop && should_stop()) return std::nullopt;
      const auto loss = micro_batch(batch);
      if (!loss) return tl::unexpected(loss.error());
      report.loss += *loss / static_cast<double>(config_.train.accumulation);
    }
    {
      const PhaseGuard phase(Phase::optimizer_step);
      const UpdateReport update = update_->apply();
      report.gradient_norm = update.gradient_norm;
      report.loss_scale = update.loss_scale;
      report.update_skipped = update.skipped;
    }
    {
      const PhaseGuard phase(Phase::zero_grad);
      update_->zero_grad();
    }
    if (session_ != nullptr) {
      session_->metric(kLossMetric, report.loss);
      if (report.gradient_norm) session_->metric("gradient norm", *report.gradient_norm);
      if (report.loss_scale) session_->metric("loss scale", *report.loss_scale);
      if (report.update_skipped) session_->metric(kUpdateSkippedMetric, 1.0);
    }
  }
  ++steps_done_;
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return report;
}

}  // namespace profile_train::workloads
