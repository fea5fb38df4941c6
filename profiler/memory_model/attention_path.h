#pragma once

#include <cstdint>

#include "profiler/training_setup.h"

namespace profile_train {

/// The ways LibTorch 2.11 computes attention here.
enum class AttentionPath : std::uint8_t { materialised, parts, flash_cpu, flash, efficient, cudnn };

/// The one a setup takes: the kernel that was asked for, or with AttentionKind::sdpa the dispatcher's choice. On the
/// CPU that is flash, which knows no dropout. On CUDA it depends on the precision, the card, the head size and whether
/// sequences are padded; docs/memory_model.md, section 4c, has the rules.
AttentionPath path_of(const TrainingSetup& setup);

/// The same where something is added to the scores that gets a gradient: of the kernels CUDA's memory-efficient one
/// gives it.
AttentionPath path_of_learned_bias(const TrainingSetup& setup);
/// Or that gets none, as in a forward pass without a graph.
AttentionPath path_of_fixed_bias(const TrainingSetup& setup);

/// Whether flash attention on CUDA takes copies of q, k and v whose heads are lengthened to a multiple of 8 numbers.
bool lengthens_heads(const TrainingSetup& setup);

}  // namespace profile_train
