#pragma once

#include <cstdint>
#include <string>

namespace profile_train {

/// How attention is computed: it decides what is kept for backward.
enum class AttentionKind : std::uint8_t {
  materialised,  ///< scores, mask and softmax as tensors of (B, a, S, S)
  sdpa,          ///< at::scaled_dot_product_attention; which kernel runs is the dispatcher's choice
};

enum class OptimizerKind : std::uint8_t { adamw, sgd };

/// Everything the memory model needs to know about a training run, in its own symbols (docs/memory_model.md).
///
/// Plain data without torch: it is written into the trace, so that a comparison can be made on another machine.
struct TrainingSetup {
  std::string model_family = "gpt2";
  std::int64_t blocks = 0;        ///< L
  std::int64_t hidden = 0;        ///< H
  std::int64_t heads = 0;         ///< a
  std::int64_t feed_forward = 0;  ///< F
  std::int64_t vocabulary = 0;    ///< V
  std::int64_t positions = 0;     ///< T, rows of the position table
  bool tied_head = true;
  double dropout = 0.0;  ///< embedding, attention and residual dropout alike

  std::int64_t batch = 0;     ///< B, per micro-batch
  std::int64_t sequence = 0;  ///< S
  std::int64_t steps = 0;
  std::int64_t accumulation = 1;      ///< micro-batches per optimizer step
  double clip_norm = 0.0;             ///< 0: no clipping
  bool gradients_set_to_none = true;  ///< false: zero_grad fills with zeros and the gradients stay
  bool logits_held = false;           ///< the caller keeps `logits` alive during backward

  AttentionKind attention = AttentionKind::materialised;
  OptimizerKind optimizer = OptimizerKind::adamw;
  double momentum = 0.0;      ///< SGD only
  double weight_decay = 0.0;  ///< SGD makes a temporary for it, AdamW does not
  std::string precision = "fp32";
  std::string device = "cpu";
  std::int64_t threads = 1;  ///< at::get_num_threads(): some CPU kernels keep a buffer for each thread
  // What LibTorch gives cuBLAS for each handle, that is for each thread that multiplies, and cuBLASLt. 0: not known.
  std::int64_t cublas_workspace_bytes = 0;
  std::int64_t cublaslt_workspace_bytes = 0;

  bool on_cuda() const { return device.starts_with("cuda"); }

  friend bool operator==(const TrainingSetup&, const TrainingSetup&) = default;
};

}  // namespace profile_train
