#pragma once

#include <functional>
#include <string_view>

namespace at {
class Tensor;
}

namespace profile_train {

/// Lets a session see the state of an optimizer that is not one of LibTorch's own: derive what the optimizer keeps for
/// a parameter from this and from torch::optim::OptimizerParamState, and keep it in Optimizer::state().
class VisibleState {
 public:
  using Visit = std::function<void(std::string_view name, const at::Tensor& tensor)>;
  virtual void for_each_tensor(const Visit& visit) const = 0;

 protected:
  VisibleState() = default;
  VisibleState(const VisibleState&) = default;
  VisibleState& operator=(const VisibleState&) = default;
  virtual ~VisibleState() = default;
};

}  // namespace profile_train
