#pragma once

#include <functional>
#include <string_view>

namespace at {
class Tensor;
}
namespace torch::optim {
class Optimizer;
}

namespace profile_train::hooks {

/// Calls `visit` with each tensor of the optimizer's state, the parameter it belongs to (as the optimizer's key, a
/// TensorImpl*) and its name in the published formats ("exp_avg", "momentum_buffer").
///
/// Knows LibTorch's Adam, AdamW, SGD, RMSprop and Adagrad, and what derives from VisibleState. State of another kind is
/// not visited.
void for_each_state_tensor(
    const torch::optim::Optimizer& optimizer,
    const std::function<void(const void* parameter, std::string_view name, const at::Tensor& tensor)>& visit);

}  // namespace profile_train::hooks
