#include "workloads/inference.h"

#include <chrono>
#include <limits>
#include <utility>

#include "hooks/session.h"
#include "workloads/autocast.h"

namespace profile_train::workloads {

Result<std::unique_ptr<Inference>> Inference::create(const TrainingConfig& config, Session* session) {
  auto sampler = BatchSampler::create(config);
  if (!sampler) return tl::unexpected(sampler.error());
  return std::unique_ptr<Inference>(new Inference(config, session, std::move(*sampler)));
}

Inference::Inference(const TrainingConfig& config, Session* session, BatchSampler sampler)
    : config_(config), device_(config.device), session_(session), sampler_(std::move(sampler)) {
  if (config.train.threads > 0) torch::set_num_threads(static_cast<int>(config.train.threads));
  torch::manual_seed(static_cast<std::uint64_t>(config.train.seed));
  const PhaseGuard phase(Phase::init);
  model_ = make_model(config.model, torch::TensorOptions().dtype(weight_dtype(config.precision)).device(device_));
  // Also tells autocast not to keep the casts of the weights: it does that for weights that are trained.
  for (torch::Tensor& parameter : model_->parameters()) parameter.set_requires_grad(false);
  model_->eval();
  if (session_ != nullptr) session_->watch(*model_);
}

Inference::~Inference() {
  if (session_ != nullptr) session_->unwatch();
}

Result<std::optional<StepReport>> Inference::step(const std::function<bool()>& should_stop) {
  if (should_stop && should_stop()) return std::nullopt;
  const auto began = std::chrono::steady_clock::now();
  StepReport report;
  report.step = steps_done_ + 1;
  report.loss = std::numeric_limits<double>::quiet_NaN();
  {
    const StepGuard step(report.step);
    const torch::NoGradGuard no_gradients;
    Batch batch;
    {
      const PhaseGuard phase(Phase::data);
      auto drawn = sampler_.next();
      if (!drawn) return tl::unexpected(drawn.error());
      batch = model_->prepare({drawn->inputs.to(device_), drawn->targets.to(device_)});
    }
    std::optional<AutocastGuard> autocast;
    if (const auto dtype = autocast_dtype(config_.precision)) autocast.emplace(device_.type(), dtype);
    torch::Tensor logits;  // (B,S,V)
    {
      const PhaseGuard phase(Phase::forward);
      logits = model_->forward(batch.inputs);
      if (device_.is_cuda()) torch::cuda::synchronize(device_.index());  // nobody reads a value, so nothing else waits
    }
  }
  ++steps_done_;
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return report;
}

}  // namespace profile_train::workloads
