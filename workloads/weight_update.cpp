#include "workloads/weight_update.h"

#include "hooks/session.h"
#include "workloads/finetuning.h"
#include "workloads/optimizer.h"

namespace profile_train::workloads {

WeightUpdate::WeightUpdate(const TrainingConfig& config, const torch::nn::Module& model)
    : gradients_to_none_(config.train.zero_grad_to_none),
      clip_norm_(config.train.clip_norm),
      parameters_(trained_parameters(model)) {
  if (config.precision == Precision::autocast_fp16 && config.scaler.enabled)
    scaler_.emplace(config.scaler, torch::Device(config.device));
  if (config.precision == Precision::bf16_master) masters_.emplace(model);
  optimizer_ = make_optimizer(config.optimizer, masters_ ? masters_->tensors() : parameters_);
}

void WeightUpdate::show_to(Session& session, const torch::nn::Module& model) const {
  session.watch(model, *optimizer_);
  if (scaler_)
    for (const torch::Tensor& number : scaler_->state()) session.watch(number, Role::optimizer_state, "loss scaler");
  if (!masters_) return;
  for (std::size_t i = 0; i < masters_->tensors().size(); ++i)
    session.watch_master_weight(masters_->tensors()[i], masters_->names()[i] + ".master");
}

UpdateReport WeightUpdate::apply() {
  UpdateReport report;
  if (scaler_) {
    report.loss_scale = scaler_->current();
    report.skipped = !scaler_->unscale(parameters_);
  }
  if (masters_) masters_->take_gradients(gradients_to_none_);
  if (clip_norm_ > 0.0)
    report.gradient_norm = torch::nn::utils::clip_grad_norm_(masters_ ? masters_->tensors() : parameters_, clip_norm_);
  if (!report.skipped) optimizer_->step();
  if (masters_) masters_->write_back();
  if (scaler_) scaler_->update();
  return report;
}

void WeightUpdate::zero_grad() {
  if (masters_) masters_->release_gradients();
  for (torch::Tensor& parameter : parameters_) {
    torch::Tensor& gradient = parameter.mutable_grad();
    if (!gradient.defined()) continue;
    if (gradients_to_none_)
      gradient.reset();
    else
      gradient.detach_().zero_();
  }
}

}  // namespace profile_train::workloads
