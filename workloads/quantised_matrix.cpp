#include "workloads/quantised_matrix.h"

#include <ATen/autocast_mode.h>

#include <limits>
#include <utility>

namespace profile_train::workloads {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

constexpr std::int64_t kLevelsOfInt8 = 127;  // each way from zero
constexpr std::int64_t kLevelsOfInt4 = 7;
constexpr std::int64_t kZeroOfInt4 = 8;  // what a code of four bits has in place of zero
constexpr std::int64_t kLowBits = 15;
constexpr std::int64_t kBits = 4;

std::int64_t levels(WeightStorage storage) { return storage == WeightStorage::int4 ? kLevelsOfInt4 : kLevelsOfInt8; }

/// The size of a step for each group, a row of `groups`; leaves whole numbers of steps there.
Tensor divided_into_steps(const Tensor& groups, std::int64_t levels) {
  constexpr double kLargest = std::numeric_limits<double>::infinity();
  constexpr double kLeastScale = 1e-30;  // of a group of zeros, so that nothing is divided by zero
  Tensor scales = torch::linalg_vector_norm(groups, kLargest, 1).div_(levels).clamp_min_(kLeastScale);
  groups.div_(scales.unsqueeze(1)).round_();
  return scales;
}

/// Of each two neighbours the first in the low bits, the second in the high ones. Works on `codes` in place.
Tensor packed(Tensor codes) {
  const Tensor pairs = codes.add_(kZeroOfInt4).view(torch::kUInt8).view({-1, 2});
  return pairs.select(1, 1).bitwise_left_shift(kBits).bitwise_or_(pairs.select(1, 0));
}

/// Codes of two numbers a byte as numbers of `type`.
Tensor unpacked(const Tensor& bytes, torch::ScalarType type) {
  Tensor numbers = torch::empty({bytes.size(0), 2}, bytes.options().dtype(type));
  numbers.select(1, 0).copy_(bytes.bitwise_and(kLowBits));
  numbers.select(1, 1).copy_(bytes.bitwise_right_shift(kBits));
  return numbers.sub_(kZeroOfInt4);
}

/// The type in which the caller's products are done.
torch::ScalarType product_type(const Tensor& x) {
  const auto device = x.device().type();
  return at::autocast::is_autocast_enabled(device) ? at::autocast::get_autocast_dtype(device) : x.scalar_type();
}

/// A matrix that autograd carries from forward to backward. Its tensors are the module's own.
struct Carried : torch::CustomClassHolder {
  explicit Carried(QuantisedMatrix its_matrix) : matrix(std::move(its_matrix)) {}
  QuantisedMatrix matrix;
};

struct QuantisedAddmm : torch::autograd::Function<QuantisedAddmm> {
  static Tensor forward(AutogradContext* context, const Tensor& bias, const Tensor& x,
                        const c10::intrusive_ptr<Carried>& weight) {
    const auto type = product_type(x);
    context->saved_data["weight"] = torch::IValue::make_capsule(weight);
    context->saved_data["type"] = static_cast<std::int64_t>(type);
    return torch::addmm(bias, x, weight->matrix.dequantised(type));
  }

  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const auto capsule = context->saved_data["weight"].toCapsule();
    const auto type = static_cast<torch::ScalarType>(context->saved_data["type"].toInt());
    const Tensor weight = static_cast<const Carried*>(capsule.get())->matrix.dequantised(type);
    return {Tensor(), gradients[0].mm(weight.t()), Tensor()};
  }
};

}  // namespace

QuantisedMatrix::QuantisedMatrix(Tensor codes, Tensor scales, WeightStorage storage, std::int64_t rows,
                                 std::int64_t columns)
    : codes_(std::move(codes)), scales_(std::move(scales)), storage_(storage), rows_(rows), columns_(columns) {}

QuantisedMatrix QuantisedMatrix::of(Tensor values, WeightStorage storage, std::int64_t group) {
  const torch::NoGradGuard no_grad;
  const auto rows = values.size(0);
  const auto columns = values.size(1);
  const Tensor scales = divided_into_steps(values.view({-1, group}), levels(storage));
  Tensor codes = values.to(torch::kInt8);
  values.reset();
  if (storage == WeightStorage::int4) codes = packed(std::move(codes));
  return {std::move(codes), scales, storage, rows, columns};
}

Tensor QuantisedMatrix::dequantised(torch::ScalarType type) const {
  const torch::NoGradGuard no_grad;
  Tensor numbers = storage_ == WeightStorage::int4 ? unpacked(codes_, type) : codes_.to(type);
  numbers.view({scales_.size(0), -1}).mul_(scales_.to(type).unsqueeze(1));
  return numbers.view({rows_, columns_});
}

Tensor quantised_addmm(const Tensor& bias, const Tensor& x, const QuantisedMatrix& weight) {
  return QuantisedAddmm::apply(bias, x, c10::make_intrusive<Carried>(weight));
}

}  // namespace profile_train::workloads
