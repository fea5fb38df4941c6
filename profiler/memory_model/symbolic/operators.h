#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profiler/memory_model/attention_path.h"
#include "profiler/memory_model/symbolic/autograd.h"

/// LibTorch's operators on the CPU and on CUDA, without their numbers: what each allocates in forward, what it
/// keeps, and what its backward allocates, in that order. docs/memory_model.md, section 4, has the table these follow.
namespace profile_train::symbolic {

// Views: no memory, but their backward may have to copy a gradient that lies the wrong way round.
Tensor view(Program& program, const Tensor& x, Sizes sizes);
Tensor transpose(Program& program, const Tensor& x, std::int64_t dim0, std::int64_t dim1);
std::vector<Tensor> split(Program& program, const Tensor& x, std::int64_t size, std::int64_t dim);
Tensor unsqueeze(Program& program, const Tensor& x, std::int64_t dim);
Tensor expand(Program& program, const Tensor& x, const Sizes& sizes);  ///< repeats dimensions of size 1
Tensor reshape(Program& program, const Tensor& x, const Sizes& sizes);
Tensor contiguous(Program& program, const Tensor& x);
Tensor cat(Program& program, const std::vector<Tensor>& parts, std::int64_t dim);

// Elementwise.
Tensor add(Program& program, const Tensor& x, const Tensor& y);       ///< y may lack leading dimensions of x
Tensor multiply(Program& program, const Tensor& x, const Tensor& y);  ///< sizes are broadcast
Tensor negate(Program& program, const Tensor& x);
Tensor multiply_by_number(Program& program, const Tensor& x);
Tensor multiply_by_number_in_place(Program& program, const Tensor& x);
Tensor divide_by_number(Program& program, const Tensor& x);
Tensor gelu(Program& program, const Tensor& x);
Tensor relu(Program& program, const Tensor& x);
Tensor silu(Program& program, const Tensor& x);
Tensor dropout(Program& program, const Tensor& x);
Tensor masked_fill(Program& program, const Tensor& x, const Tensor& mask);
Tensor softmax(Program& program, const Tensor& x);
Tensor layer_norm(Program& program, const Tensor& x, const Tensor& weight, const Tensor& bias);
Tensor rms_norm(Program& program, const Tensor& x, const Tensor& weight);

// Matrices.
Tensor addmm(Program& program, const Tensor& bias, const Tensor& x, const Tensor& weight);  ///< weight (in, out)
Tensor mm(Program& program, const Tensor& x, const Tensor& weight);
Tensor matmul_batched(Program& program, const Tensor& x, const Tensor& y);            ///< (B, a, n, k) × (B, a, k, m)
Tensor linear_without_bias(Program& program, const Tensor& x, const Tensor& weight);  ///< weight (out, in)
Tensor linear(Program& program, const Tensor& x, const Tensor& weight, const Tensor& bias);
Tensor embedding(Program& program, const Tensor& weight, const Tensor& indices);

// Attention and loss.
Tensor causal_mask(Program& program, std::int64_t sequence);  ///< ones → triu, boolean: true hides
/// The boolean (B, 1, S, S) of sequences that end in padding. True hides where scores are materialised, else it shows.
Tensor causal_mask_of_padded(Program& program, AttentionKind kind, const Tensor& positions, const Tensor& lengths);
/// The (B, 1, 1, S) of those that may see all but padding.
Tensor padding_mask(Program& program, AttentionKind kind, const Tensor& positions, const Tensor& lengths);
/// What attention hides, or adds to the scores.
struct AttentionMask {
  bool causal = true;
  Tensor added;  ///< goes with (B, a, S, T), not with `causal`; boolean: true shows; undefined: none
};
/// By the given path.
Tensor scaled_dot_product_attention(Program& program, AttentionPath path, const Tensor& q, const Tensor& k,
                                    const Tensor& v, double dropout, const AttentionMask& mask = {});
// Kernels of CUDA. `mask`: numbers to add to the scores, or undefined.
Tensor efficient_attention(Program& program, const Tensor& q, const Tensor& k, const Tensor& v, bool draws,
                           Tensor mask);
Tensor flash_attention_of_cuda(Program& program, const Tensor& q, const Tensor& k, const Tensor& v, bool draws);
Tensor cudnn_attention(Program& program, const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask);
Tensor cross_entropy(Program& program, const Tensor& logits, const Tensor& targets);

/// Temporaries of an operator given a number: LibTorch wraps it in a double tensor of 8 bytes and casts that. CUDA
/// kernels take the number as an argument, and what it was wrapped in is on the CPU.
struct NumberAsTensor {
  /// Beside what an optimizer works on.
  explicit NumberAsTensor(Program& program) : NumberAsTensor(program, program.machine().update_element_bytes) {}
  /// Beside a tensor of numbers of that size.
  NumberAsTensor(Program& program, std::int64_t element_bytes) {
    if (program.on_cuda()) return;
    wrapped = program.allocate(8);
    cast = program.allocate(element_bytes);
  }
  StoragePtr wrapped;
  StoragePtr cast;
};

}  // namespace profile_train::symbolic
