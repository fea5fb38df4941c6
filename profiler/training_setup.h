#pragma once

#include <cstdint>
#include <string>

namespace profile_train {

/// How attention is computed: it decides what is kept for backward.
enum class AttentionKind : std::uint8_t {
  materialised,  ///< scores, mask and softmax as tensors of (B, a, S, S)
  sdpa,          ///< at::scaled_dot_product_attention; which kernel runs is the dispatcher's choice
  math,          ///< the same, one kernel allowed: from parts
  flash,         ///< flash attention
  efficient,     ///< memory-efficient attention
  cudnn,         ///< cuDNN's attention
};

/// In what the program multiplies and what it keeps.
enum class Precision : std::uint8_t {
  fp32,
  autocast_bf16,  ///< fp32 weights; autocast casts what matrix products take
  autocast_fp16,  ///< the same in fp16; the loss is scaled so that small gradients do not vanish
  bf16,           ///< weights, gradients and optimizer state have 2 bytes a number
  bf16_master,    ///< the same with an fp32 copy of the weights, which the optimizer works on
};

/// What forgets its activations in forward and computes them again in backward.
enum class Checkpointing : std::uint8_t {
  none,
  block,      ///< every block keeps its input only
  attention,  ///< the attention of every block: the feed-forward half keeps what it does
  every,      ///< of each `checkpoint_every` blocks the first
};

enum class Task : std::uint8_t {
  training,
  inference,  ///< forward passes for their logits, without gradients
};

/// How the matrices of the blocks are stored. Anything but `full` cannot be trained and is dequantised at use.
enum class WeightStorage : std::uint8_t {
  full,  ///< as the precision says
  int8,  ///< 1 byte a number, and a scale for each group of them
  int4,  ///< two numbers a byte, and a scale for each group of them
};

enum class Pruning : std::uint8_t {
  none,
  structured,    ///< whole heads and columns of the feed-forward part are gone: the matrices are smaller
  unstructured,  ///< a mask beside each matrix says which numbers count as 0: the matrix stays as large as it was
};

enum class OptimizerKind : std::uint8_t { adamw, sgd, adam, rmsprop, adafactor, lamb, adamw_8bit };

/// How an optimizer's step is written: it decides the temporaries, not the state.
enum class OptimizerImplementation : std::uint8_t {
  loop,     ///< one tensor after the other
  foreach,  ///< each operation on all tensors at once (at::_foreach_*): temporaries for all of them exist together
  fused,    ///< one kernel that makes no temporaries (at::_fused_adamw_)
};

/// Everything the memory model needs to know about a training run, in its own symbols (docs/memory_model.md).
///
/// Plain data without torch: it is written into the trace, so that a comparison can be made on another machine.
struct TrainingSetup {
  std::string model_family = "gpt2";
  std::int64_t blocks = 0;          ///< L; of the encoder, if there is a decoder too
  std::int64_t decoder_blocks = 0;  ///< of a model with encoder and decoder
  std::int64_t hidden = 0;          ///< H
  std::int64_t heads = 0;           ///< a
  std::int64_t kv_heads = 0;        ///< heads of keys and values; 0: as many as `heads`
  std::int64_t head_size = 0;       ///< d; 0: H/a
  std::int64_t feed_forward = 0;    ///< F
  std::int64_t vocabulary = 0;      ///< V
  std::int64_t positions = 0;       ///< T, rows of the position table; longest sequence where there is no table
  bool gated_feed_forward = false;  ///< three matrices instead of two
  bool tied_head = true;
  double dropout = 0.0;  ///< embedding, attention and residual dropout alike

  std::int64_t batch = 0;     ///< B, per micro-batch
  std::int64_t sequence = 0;  ///< S
  std::int64_t steps = 0;
  std::int64_t accumulation = 1;      ///< micro-batches per optimizer step
  double clip_norm = 0.0;             ///< 0: no clipping
  bool gradients_set_to_none = true;  ///< false: zero_grad fills with zeros and the gradients stay
  bool logits_held = false;           ///< the caller keeps `logits` alive during backward
  std::int64_t loss_chunk_rows = 0;   ///< rows of the head and the loss that are worked on at once; 0: all of them

  AttentionKind attention = AttentionKind::materialised;
  double padding = 0.0;  ///< largest share of a sequence that is padding; above 0 attention gets a mask of (B, 1, S, S)
  Checkpointing checkpointing = Checkpointing::none;
  std::int64_t checkpoint_every = 1;  ///< Checkpointing::every only
  Task task = Task::training;
  std::int64_t frozen_blocks = 0;  ///< the embeddings and so many blocks, from the first, are not trained
  std::int64_t lora_rank = 0;      ///< 0: no adapters; else they alone are trained, one beside each matrix of a block
  WeightStorage weight_storage = WeightStorage::full;
  std::int64_t quantisation_group = 64;  ///< numbers of a matrix that share a scale
  Pruning pruning = Pruning::none;
  double pruned_share = 0.0;
  std::int64_t teacher_blocks = 0;  ///< of a second model of the same family whose logits are learned; 0: no teacher
  std::int64_t teacher_hidden = 0;
  std::int64_t teacher_heads = 0;

  OptimizerKind optimizer = OptimizerKind::adamw;
  OptimizerImplementation optimizer_implementation = OptimizerImplementation::loop;
  double momentum = 0.0;      ///< SGD and RMSprop
  bool centered = false;      ///< RMSprop: keeps the mean of the gradients as well
  double weight_decay = 0.0;  ///< SGD makes a temporary for it, AdamW does not
  Precision precision = Precision::fp32;
  bool loss_scaled = false;  ///< against fp16's small range: three numbers of state
  std::string device = "cpu";
  std::int64_t compute_capability = 0;  ///< of the CUDA card, 90 for 9.0: it decides which kernels run. 0: not known
  std::int64_t multiprocessors =
      0;                     ///< of the CUDA card: where work is too little for them kernels split it. 0: not known
  std::int64_t threads = 1;  ///< at::get_num_threads(): some CPU kernels keep a buffer for each thread
  // What LibTorch gives cuBLAS for each handle, that is for each thread that multiplies, and cuBLASLt. 0: not known.
  std::int64_t cublas_workspace_bytes = 0;
  std::int64_t cublaslt_workspace_bytes = 0;

  bool on_cuda() const { return device.starts_with("cuda"); }

  friend bool operator==(const TrainingSetup&, const TrainingSetup&) = default;
};

}  // namespace profile_train
