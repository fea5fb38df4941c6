#include "workloads/optimizer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "profiler/optimizer_names.h"
#include "workloads/optimizers/optimizers.h"

namespace profile_train::workloads {
namespace {

struct Maker {
  OptimizerKind kind;
  OptimizerImplementation implementation;
  OptimizerPtr (*make)(const OptimizerConfig& config, Tensors parameters);
};
using enum OptimizerImplementation;
constexpr std::array kMakers = {
    Maker{OptimizerKind::sgd, loop, make_sgd},
    Maker{OptimizerKind::adam, loop, make_adam},
    Maker{OptimizerKind::adam, foreach, make_adam_foreach},
    Maker{OptimizerKind::adam, fused, make_adam_fused},
    Maker{OptimizerKind::adamw, loop, make_adam},
    Maker{OptimizerKind::adamw, foreach, make_adam_foreach},
    Maker{OptimizerKind::adamw, fused, make_adam_fused},
    Maker{OptimizerKind::rmsprop, loop, make_rmsprop},
    Maker{OptimizerKind::adafactor, loop, make_adafactor},
    Maker{OptimizerKind::lamb, loop, make_lamb},
    Maker{OptimizerKind::adamw_8bit, loop, make_adamw_8bit},
};

}  // namespace

std::unique_ptr<torch::optim::Optimizer> make_optimizer(const OptimizerConfig& config,
                                                        std::vector<torch::Tensor> parameters) {
  const auto maker = std::ranges::find_if(kMakers, [&](const Maker& candidate) {
    return candidate.kind == config.kind && candidate.implementation == config.implementation;
  });
  TORCH_CHECK(maker != kMakers.end(), names_of(config.kind).title, " has no ", key_of(config.implementation),
              " implementation");
  return maker->make(config, std::move(parameters));
}

}  // namespace profile_train::workloads
