#pragma once

#include <cstdint>

#include "profiler/mode_names.h"
#include "profiler/training_setup.h"

namespace profile_train {

/// The ways LibTorch 2.11 computes attention here.
enum class AttentionPath : std::uint8_t { materialised, parts, flash_cpu, flash, efficient, cudnn };

/// The one a setup takes: the kernel that was asked for, or with AttentionKind::sdpa the dispatcher's choice. That is
/// on the CPU flash, which knows no dropout; on CUDA memory-efficient in fp32, and in half precision cuDNN from compute
/// capability 9.0 on, flash from 8.0 unless sequences are padded, whose mask it does not take, else memory-efficient.
inline AttentionPath path_of(const TrainingSetup& s) {
  switch (s.attention) {
    case AttentionKind::materialised: return AttentionPath::materialised;
    case AttentionKind::math: return AttentionPath::parts;
    case AttentionKind::flash: return s.on_cuda() ? AttentionPath::flash : AttentionPath::flash_cpu;
    case AttentionKind::efficient: return AttentionPath::efficient;
    case AttentionKind::cudnn: return AttentionPath::cudnn;
    case AttentionKind::sdpa: break;
  }
  if (!s.on_cuda()) return s.dropout > 0.0 ? AttentionPath::parts : AttentionPath::flash_cpu;
  constexpr std::int64_t kHopper = 90, kAmpere = 80;
  if (s.precision == Precision::fp32 || s.compute_capability < kAmpere) return AttentionPath::efficient;
  if (s.compute_capability >= kHopper) return AttentionPath::cudnn;
  return s.padding > 0.0 ? AttentionPath::efficient : AttentionPath::flash;
}

}  // namespace profile_train
