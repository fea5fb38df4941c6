#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "profiler/result.h"
#include "profiler/training_setup.h"

namespace profile_train::workloads {

/// Shape of the model. The letters are those of docs/memory_model.md.
struct ModelConfig {
  std::string family = "gpt2";
  std::string path;                 ///< what the paths of its modules begin with: "teacher." of a teacher
  std::int64_t blocks = 0;          ///< L; of the encoder, if there is a decoder too
  std::int64_t decoder_blocks = 0;  ///< T5 only; as many as `blocks` if the file does not say
  std::int64_t hidden = 0;          ///< H
  std::int64_t heads = 0;           ///< a
  std::int64_t kv_heads = 0;        ///< heads of keys and values, where several heads of queries share one; 0: a
  std::int64_t head_size = 0;       ///< d; 0: H/a
  std::int64_t feed_forward = 0;    ///< F; 4H if the file does not say
  bool gated_feed_forward = false;  ///< T5 only: gelu(wi_0 x) · wi_1 x, as version 1.1 and Flan-T5 have it
  std::int64_t vocabulary = 50257;  ///< V
  std::int64_t positions = 1024;    ///< T, rows of the position table
  double dropout = 0.0;             ///< of the embedding, the attention weights and both residual branches
  AttentionKind attention = AttentionKind::sdpa;
  bool tied_head = true;
  Checkpointing checkpointing = Checkpointing::none;  ///< `train.checkpointing` in the file
  std::int64_t checkpoint_every = 2;                  ///< with Checkpointing::every, of so many blocks the first
  double rotary_base = 10000.0;                       ///< of the angles of rotary positions

  // `finetune` in the file.
  std::int64_t frozen_blocks = 0;  ///< the embeddings and so many blocks, from the first, are not trained
  std::int64_t lora_rank = 0;      ///< 0: no adapters; else they alone are trained, one beside each matrix of a block
  double lora_alpha = 16.0;        ///< what an adapter gives is multiplied by lora_alpha / lora_rank

  // `compression` in the file.
  WeightStorage weights = WeightStorage::full;  ///< of the blocks' matrices
  std::int64_t quantisation_group = 64;         ///< numbers of a matrix that share a scale
  Pruning pruning = Pruning::none;
  double pruned_share = 0.5;
  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

struct TrainConfig {
  std::int64_t batch_size = 1;  ///< B, per micro-batch
  std::int64_t sequence = 256;  ///< S
  std::int64_t steps = 5;
  std::int64_t accumulation = 1;  ///< micro-batches per optimizer step
  double clip_norm = 0.0;         ///< 0: no clipping
  bool zero_grad_to_none = true;  ///< false: gradients are filled with zeros and stay allocated
  double padding = 0.0;  ///< largest share of a sequence that is padding, drawn for each; 0: none, and no mask for it
  std::int64_t seed = 1;
  std::int64_t threads = 0;  ///< 0: LibTorch's choice
  friend bool operator==(const TrainConfig&, const TrainConfig&) = default;
};

struct OptimizerConfig {
  OptimizerKind kind = OptimizerKind::adamw;
  OptimizerImplementation implementation = OptimizerImplementation::loop;
  double learning_rate = 3e-4;
  double weight_decay = 0.0;
  std::array<double, 2> betas = {0.9, 0.999};  ///< Adam, AdamW and LAMB
  double momentum = 0.0;                       ///< SGD and RMSprop
  bool centered = false;                       ///< RMSprop only
  friend bool operator==(const OptimizerConfig&, const OptimizerConfig&) = default;
};

struct LossConfig {
  bool hold_logits = false;     ///< keep `logits` alive during backward, as a loop does that returns them
  std::int64_t chunk_rows = 0;  ///< rows of the head and the loss that are worked on at once; 0: all of them
  friend bool operator==(const LossConfig&, const LossConfig&) = default;
};

/// How the loss is scaled where gradients are fp16: precision autocast-fp16 only.
struct ScalerConfig {
  bool enabled = true;
  double initial_scale = 65536.0;
  double growth_factor = 2.0;           ///< after `growth_interval` steps in a row whose gradients were finite
  double backoff_factor = 0.5;          ///< after a step whose gradients were not; that step changes no weight
  std::int64_t growth_interval = 2000;  ///< steps
  friend bool operator==(const ScalerConfig&, const ScalerConfig&) = default;
};

/// A second, larger model whose logits the trained one learns. It is of the same family, in the same precision, and
/// gets no gradients.
struct DistillationConfig {
  std::int64_t teacher_blocks = 0;  ///< 0: no teacher
  std::int64_t teacher_hidden = 0;  ///< 0: as the student's
  std::int64_t teacher_heads = 0;   ///< 0: as the student's
  double temperature = 2.0;         ///< of both softmaxes
  double weight = 0.5;              ///< of the teacher's part of the loss; the text's has the rest
  friend bool operator==(const DistillationConfig&, const DistillationConfig&) = default;
};

enum class TokenFormat : std::uint8_t {
  automatic,  ///< llm.c if the file begins with its magic number, else nanoGPT
  llm_c,      ///< 256 int32 of header, then uint16 tokens
  nanogpt,    ///< uint16 tokens, nothing else
};

/// Where the tokens come from: a text, read byte by byte, or a token file. Neither: the text that ships with the
/// project.
struct DataConfig {
  std::filesystem::path text;
  std::filesystem::path tokens;
  TokenFormat format = TokenFormat::automatic;
  friend bool operator==(const DataConfig&, const DataConfig&) = default;
};

/// One training run, as the YAML file describes it. Plain data; load_config() has checked every value.
struct TrainingConfig {
  std::string name;
  Task task = Task::training;
  ModelConfig model;
  TrainConfig train;
  OptimizerConfig optimizer;
  LossConfig loss;
  DataConfig data;
  Precision precision = Precision::fp32;
  ScalerConfig scaler;
  DistillationConfig distillation;
  std::string device = "cpu";
  std::filesystem::path shipped_text;  ///< what is read when `data` names no file; not part of the YAML
  friend bool operator==(const TrainingConfig&, const TrainingConfig&) = default;
};

/// Reads a configuration file and applies `key=value` overrides, with the same checks for both.
///
/// `name` is looked for as given, then in `resources`/configs, with and without ".yaml". `resources` is the folder that
/// holds configs/ and data/: workloads/ in the source tree, share/profile-train once installed. The error names file
/// and line (or the override), the key, what is wrong, and the nearest valid key. Paths inside the file are relative to
/// it; paths in overrides to the working directory.
Result<TrainingConfig> load_config(std::string_view name, std::span<const std::string> overrides,
                                   const std::filesystem::path& resources);

/// The configuration as a file that load_config() reads back to the same value.
std::string to_yaml(const TrainingConfig& config);

}  // namespace profile_train::workloads
