#pragma once

#include <unordered_map>

#include "profiler/memory_model/symbolic/tensor.h"

/// Where LibTorch casts: what autocast does to an operator's arguments, and the casts themselves.
///
/// Source: ATen/autocast_mode.h of 2.11. Of the operators here, matrix products (addmm, matmul, linear) and
/// scaled_dot_product_attention are on the list of the lower precision on both devices. On CUDA softmax, layer_norm and
/// nll_loss are on the list of fp32; on the CPU the whole cross-entropy is, and neither softmax nor layer_norm.
/// Everything else takes what it gets.
namespace profile_train::symbolic {

/// x.to(another precision), and back on the way back.
Tensor cast(Program& program, const Tensor& x, std::int64_t element_bytes);

/// Autocast is on while it lives. Casts of parameters are made once and kept until it goes.
class [[nodiscard]] AutocastScope {
 public:
  explicit AutocastScope(Program& program);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  friend Tensor for_product(Program& program, const Tensor& x);
  Program& program_;
  AutocastScope* outer_;
  std::unordered_map<const Storage*, Tensor> cast_parameters_;
};

/// Autocast is off while it lives: inside an operator that autocast has dealt with.
class [[nodiscard]] WithoutAutocast {
 public:
  explicit WithoutAutocast(Program& program);
  ~WithoutAutocast();
  WithoutAutocast(const WithoutAutocast&) = delete;
  WithoutAutocast& operator=(const WithoutAutocast&) = delete;

 private:
  Program& program_;
  AutocastScope* outer_;
};

/// An argument of an operator of the lower-precision list. Arguments are cast from the last to the first, as g++
/// evaluates them.
Tensor for_product(Program& program, const Tensor& x);
/// An argument of an operator of the fp32 list.
Tensor in_full(Program& program, const Tensor& x);

}  // namespace profile_train::symbolic
