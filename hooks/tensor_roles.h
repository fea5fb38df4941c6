#pragma once

#include <memory>
#include <string_view>

#include "profiler/event.h"

namespace at {
class Tensor;
}
namespace torch::nn {
class Module;
}
namespace torch::optim {
class Optimizer;
}

namespace profile_train::hooks {

/// Tells the trace which storages are parameters, buffers, gradients and optimizer state.
///
/// Lives as long as a session; used on the training thread, outside the allocation path. Holds weak references only, so
/// no tensor lives longer because it is watched. A storage born before the session is reported as carried in.
class TensorRoles {
 public:
  TensorRoles();
  ~TensorRoles();

  void watch(const torch::nn::Module& model);
  void watch(const torch::optim::Optimizer& optimizer);  ///< must outlive this object, or forget()
  void watch(const at::Tensor& tensor, Role role, std::string_view name);
  void watch_master_weight(const at::Tensor& master, std::string_view name);
  void forget();

  /// Looks at gradients and optimizer state again: both are born, replaced and released as training goes. `ended` is
  /// the phase that just ended; a gradient found after backward may be a new storage at a familiar address.
  void refresh(Phase ended);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace profile_train::hooks
