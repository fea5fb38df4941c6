#include "hooks/tensor_roles.h"

#include <ATen/core/Tensor.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include <unordered_map>
#include <vector>

#include "hooks/cpu_allocator.h"
#include "hooks/event_sink.h"
#include "hooks/optimizer_state.h"
#include "hooks/tensor_type.h"

namespace profile_train::hooks {

namespace {

using WeakTensor = c10::weak_intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>;

struct Storage {
  std::uint64_t address = 0;  ///< 0: none
  Bytes bytes = 0;
  DeviceType device = DeviceType::cpu;
  std::uint8_t device_index = 0;
  bool is_known = false;  ///< an event has told of its memory: its birth, or the snapshot of a caching allocator
};

Storage storage_of(const at::Tensor& tensor) {
  const bool on_card = tensor.defined() && tensor.is_cuda();
  if (!tensor.defined() || !tensor.has_storage() || !(on_card || tensor.is_cpu())) return {};
  const at::DataPtr& memory = tensor.storage().data_ptr();
  return {.address = reinterpret_cast<std::uint64_t>(memory.get()),
          .bytes = static_cast<Bytes>(tensor.storage().nbytes()),
          .device = on_card ? DeviceType::cuda : DeviceType::cpu,
          .device_index = on_card ? static_cast<std::uint8_t>(tensor.get_device()) : std::uint8_t{0},
          .is_known = on_card || born_in_this_session(memory.get_deleter())};
}

// A watched storage and where it was last seen. One born on the CPU before the session releases its memory unseen: that
// it moved is how its release is noticed.
class Watched {
 public:
  Watched(Role role, std::string_view name, const at::Tensor& type_of)
      : role_(role),
        name_(process_sink().names.intern(name)),
        type_(process_sink().tensor_types.intern(
            TensorTypeKey(static_cast<std::int8_t>(type_of.scalar_type()), type_of.sizes()).bytes())) {}

  /// Says where the tensor is now, if that is news or `always`.
  void announce(const at::Tensor& tensor, bool always) {
    const Storage now = storage_of(tensor);
    if (carried_in_ != 0 && now.address != carried_in_) {
      process_sink().record({.address = carried_in_, .kind = EventKind::free});
      carried_in_ = 0;
    }
    if (now.address == 0 || (now.address == last_ && !always)) {
      last_ = now.address;
      return;
    }
    if (!now.is_known && carried_in_ != now.address) {
      process_sink().record({.address = now.address, .bytes = now.bytes, .kind = EventKind::carried_in});
      carried_in_ = now.address;
    }
    process_sink().record({.address = now.address,
                           .name = name_,
                           .tensor_type = type_,
                           .kind = EventKind::role,
                           .detail = static_cast<std::uint8_t>(role_),
                           .device = now.device,
                           .device_index = now.device_index});
    last_ = now.address;
  }

 private:
  Role role_;
  NameId name_;
  TensorTypeId type_;
  std::uint64_t last_ = 0;
  std::uint64_t carried_in_ = 0;
};

struct WatchedParameter {
  WeakTensor tensor;
  Watched self;
  Watched gradient;
};

at::Tensor lock(const WeakTensor& weak) {
  auto strong = weak.lock();
  return strong ? at::Tensor::wrap_tensor_impl(std::move(strong)) : at::Tensor();
}

}  // namespace

struct TensorRoles::State {
  std::vector<WatchedParameter> parameters;
  std::vector<std::pair<WeakTensor, Watched>> others;  ///< buffers, inputs
  std::unordered_map<const void*, std::string> parameter_names;
  const torch::optim::Optimizer* optimizer = nullptr;
  std::unordered_map<std::string, Watched> optimizer_state;

  void refresh_optimizer() {
    if (optimizer == nullptr) return;
    for_each_state_tensor(*optimizer, [this](const void* parameter, std::string_view kind, const at::Tensor& tensor) {
      if (!tensor.defined()) return;
      const auto known = parameter_names.find(parameter);
      const std::string name = known != parameter_names.end() ? fmt::format("{}.{}", known->second, kind)
                                                              : fmt::format("{}.{}", parameter, kind);
      auto [entry, is_new] = optimizer_state.try_emplace(name, Role::optimizer_state, name, tensor);
      entry->second.announce(tensor, is_new);
    });
  }
};

TensorRoles::TensorRoles() : state_(std::make_unique<State>()) {}
TensorRoles::~TensorRoles() = default;

void TensorRoles::watch(const torch::nn::Module& model) {
  for (const auto& item : model.named_parameters()) {
    const at::Tensor& tensor = item.value();
    if (!tensor.defined()) continue;
    state_->parameter_names.emplace(tensor.unsafeGetTensorImpl(), item.key());
    auto& added = state_->parameters.emplace_back(
        WatchedParameter{WeakTensor(tensor.getIntrusivePtr()), Watched(Role::parameter, item.key(), tensor),
                         Watched(Role::gradient, item.key() + ".grad", tensor)});
    added.self.announce(tensor, true);
    added.gradient.announce(tensor.grad(), true);
  }
  for (const auto& item : model.named_buffers()) {
    if (item.value().defined()) watch(item.value(), Role::buffer, item.key());
  }
}

void TensorRoles::watch(const torch::optim::Optimizer& optimizer) {
  state_->optimizer = &optimizer;
  state_->refresh_optimizer();
}

void TensorRoles::watch(const at::Tensor& tensor, Role role, std::string_view name) {
  if (!tensor.defined()) return;
  auto& added = state_->others.emplace_back(WeakTensor(tensor.getIntrusivePtr()), Watched(role, name, tensor));
  added.second.announce(tensor, true);
}

void TensorRoles::watch_master_weight(const at::Tensor& master, std::string_view name) {
  state_->parameter_names.emplace(master.unsafeGetTensorImpl(), name);
  auto& added = state_->parameters.emplace_back(
      WatchedParameter{WeakTensor(master.getIntrusivePtr()), Watched(Role::optimizer_state, name, master),
                       Watched(Role::gradient, fmt::format("{}.grad", name), master)});
  added.self.announce(master, true);
}

void TensorRoles::forget() { state_ = std::make_unique<State>(); }

void TensorRoles::refresh(Phase ended) {
  for (WatchedParameter& parameter : state_->parameters) {
    const at::Tensor tensor = lock(parameter.tensor);
    parameter.self.announce(tensor, false);
    // Released and made anew within a step, a gradient often gets its old address back: only saying it again tells.
    parameter.gradient.announce(tensor.defined() ? tensor.grad() : tensor, ended == Phase::backward);
  }
  for (auto& [weak, watched] : state_->others) watched.announce(lock(weak), false);
  if (ended == Phase::optimizer_step) state_->refresh_optimizer();
}

}  // namespace profile_train::hooks
