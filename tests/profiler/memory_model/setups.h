#pragma once

#include "profiler/memory_model/attention_path.h"
#include "profiler/training_setup.h"

namespace profile_train::test {

/// Two blocks of width 32 on a batch of 2 × 24 tokens: small enough to follow by hand. E = 1,536, A = 4,608.
inline TrainingSetup tiny_setup() {
  TrainingSetup s;
  s.blocks = 2;
  s.hidden = 32;
  s.heads = 4;
  s.feed_forward = 128;
  s.vocabulary = 300;
  s.positions = 64;
  s.batch = 2;
  s.sequence = 24;
  s.steps = 2;
  s.threads = 2;
  return s;
}

/// Whether LibTorch has that kernel for that precision on that device.
inline bool can_run(const TrainingSetup& s) {
  const AttentionPath path = path_of(s);
  if (path == AttentionPath::flash && s.padding > 0.0) return false;
  if (path == AttentionPath::flash || path == AttentionPath::cudnn)
    return s.on_cuda() && s.precision != Precision::fp32;
  if (path == AttentionPath::efficient) return s.on_cuda();
  return path != AttentionPath::flash_cpu || s.dropout == 0.0;
}

inline constexpr Precision kEveryPrecision[] = {Precision::fp32, Precision::autocast_bf16, Precision::autocast_fp16,
                                                Precision::bf16, Precision::bf16_master};
inline constexpr AttentionKind kEveryAttention[] = {AttentionKind::materialised, AttentionKind::sdpa,
                                                    AttentionKind::math,         AttentionKind::flash,
                                                    AttentionKind::efficient,    AttentionKind::cudnn};

/// GPT-2 small, B 1, S 256, AdamW.
inline TrainingSetup gpt2_small(std::int64_t positions = 1024) {
  TrainingSetup s;
  s.blocks = 12;
  s.hidden = 768;
  s.heads = 12;
  s.feed_forward = 3072;
  s.vocabulary = 50257;
  s.positions = positions;
  s.batch = 1;
  s.sequence = 256;
  s.steps = 5;
  s.threads = 2;
  return s;
}

}  // namespace profile_train::test
