#include "workloads/chunked_loss.h"

#include <ATen/autocast_mode.h>

#include <algorithm>

#include "hooks/session.h"

namespace profile_train::workloads {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

/// Rows first to first + count of one pass over the batch.
struct Chunk {
  std::int64_t first;
  std::int64_t count;
  Tensor of(const Tensor& rows) const { return rows.narrow(0, first, count); }
};

template <typename Work>
void for_each_chunk(std::int64_t rows, std::int64_t chunk_rows, const Work& work) {
  for (std::int64_t first = 0; first < rows; first += chunk_rows)
    work(Chunk{first, std::min(chunk_rows, rows - first)});
}

/// The type in which the caller's products are done. Backward runs outside of autocast, so the casts are spelt out.
at::ScalarType product_type(const Tensor& features) {
  const auto device = features.device().type();
  return at::autocast::is_autocast_enabled(device) ? at::autocast::get_autocast_dtype(device) : features.scalar_type();
}

struct NoAutocast {
  explicit NoAutocast(at::DeviceType device) : device_(device), was_on_(at::autocast::is_autocast_enabled(device)) {
    at::autocast::set_autocast_enabled(device_, false);
  }
  ~NoAutocast() { at::autocast::set_autocast_enabled(device_, was_on_); }
  NoAutocast(const NoAutocast&) = delete;
  NoAutocast& operator=(const NoAutocast&) = delete;

 private:
  at::DeviceType device_;
  bool was_on_;
};

struct ChunkedCrossEntropy : torch::autograd::Function<ChunkedCrossEntropy> {
  static Tensor forward(AutogradContext* context, const Tensor& features, const Tensor& weight, const Tensor& targets,
                        std::int64_t chunk_rows, std::int64_t counted) {
    const auto type = product_type(features);
    const NoAutocast off(features.device().type());
    context->save_for_backward({features, weight, targets});
    context->saved_data["chunk_rows"] = chunk_rows;
    context->saved_data["counted"] = counted;
    context->saved_data["type"] = static_cast<std::int64_t>(type);

    const Tensor head = weight.to(type);
    Tensor loss = torch::zeros({}, features.options().dtype(torch::kFloat32));
    for_each_chunk(features.size(0), chunk_rows, [&](const Chunk& chunk) {
      const Tensor logits = torch::mm(chunk.of(features).to(type), head.t()).to(torch::kFloat32);  // (count, V)
      loss += torch::cross_entropy_loss(logits, chunk.of(targets), {}, at::Reduction::Sum);
    });
    return loss.div_(counted > 0 ? counted : features.size(0));
  }

  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const ModuleGuard module("loss");
    const auto saved = context->get_saved_variables();
    const Tensor& features = saved[0];
    const Tensor& weight = saved[1];
    const Tensor& targets = saved[2];
    const auto type = static_cast<at::ScalarType>(context->saved_data["type"].toInt());

    const Tensor head = weight.to(type);
    const auto counted = context->saved_data["counted"].toInt();
    const Tensor scale = gradients[0] / (counted > 0 ? counted : features.size(0));  // of each row's share of the mean
    Tensor of_features = context->needs_input_grad(0) ? torch::empty_like(features) : Tensor();
    Tensor of_weight = context->needs_input_grad(1) ? torch::zeros_like(weight) : Tensor();
    for_each_chunk(features.size(0), context->saved_data["chunk_rows"].toInt(), [&](const Chunk& chunk) {
      const Tensor rows = chunk.of(features).to(type);
      // Softmax less one at the target, which is the gradient of the logits.
      Tensor gradient = torch::softmax(torch::mm(rows, head.t()), 1, torch::kFloat32);  // (count, V)
      const Tensor ids = counted > 0 ? chunk.of(targets).clamp_min(0) : chunk.of(targets);
      gradient.scatter_add_(1, ids.unsqueeze(1), torch::full({chunk.count, 1}, -1.0, gradient.options()));
      if (counted > 0) gradient.masked_fill_(chunk.of(targets).lt(0).unsqueeze(1), 0.0);  // padding
      gradient = gradient.mul_(scale).to(type);
      if (of_features.defined()) chunk.of(of_features).copy_(torch::mm(gradient, head));
      if (!of_weight.defined()) return;
      if (type == of_weight.scalar_type())
        of_weight.addmm_(gradient.t(), rows);
      else
        of_weight += torch::mm(gradient.t(), rows);
    });
    return {of_features, of_weight, Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor chunked_cross_entropy(const Tensor& features, const Tensor& head_weight, const Tensor& targets,
                             std::int64_t chunk_rows, std::int64_t counted) {
  return ChunkedCrossEntropy::apply(features.view({-1, features.size(-1)}), head_weight, targets.view({-1}), chunk_rows,
                                    counted);
}

}  // namespace profile_train::workloads
