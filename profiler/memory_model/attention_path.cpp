#include "profiler/memory_model/attention_path.h"

#include "profiler/memory_model/parameter_shapes.h"
#include "profiler/mode_names.h"

namespace profile_train {
namespace {

constexpr std::int64_t kTuring = 70, kAmpere = 80, kHopper = 90, kBlackwell = 100, kConsumerBlackwell = 120;
constexpr std::int64_t kHeadMultipleInHalf = 8;

bool in_half(const TrainingSetup& s) { return s.precision != Precision::fp32; }
bool in_bf16(const TrainingSetup& s) { return in_half(s) && s.precision != Precision::autocast_fp16; }

/// Of Hopper and the data-centre Blackwell cards it is the first choice, but not for a single position.
bool cudnn_is_chosen(const TrainingSetup& s) {
  const std::int64_t d = head_size(s), capability = s.compute_capability;
  if (capability < kHopper || capability >= kConsumerBlackwell) return false;
  if (d % kHeadMultipleInHalf != 0 || s.sequence == 1) return false;
  return d <= (capability < kBlackwell ? 256 : 128);
}

/// It takes no mask. Its backward does not fit cards with little shared memory for some wide heads.
bool flash_is_chosen(const TrainingSetup& s) {
  const std::int64_t d = head_size(s), capability = s.compute_capability;
  if (capability < kAmpere || s.padding > 0.0 || d > 256) return false;
  const bool little_shared_memory = capability == 86 || capability == 89 || capability >= kConsumerBlackwell;
  if (!little_shared_memory || s.task == Task::inference) return true;
  return d <= 192 || (d > 224 && s.dropout == 0.0);
}

/// It reads 16 bytes at once where tensor cores multiply.
bool efficient_is_chosen(const TrainingSetup& s) {
  const std::int64_t capability = s.compute_capability;
  if (in_bf16(s) && capability > 0 && capability < kAmpere) return false;
  const bool reads_single_numbers = capability > 0 && capability < (in_half(s) ? kTuring : kAmpere);
  const std::int64_t multiple = reads_single_numbers ? 1 : in_half(s) ? kHeadMultipleInHalf : kHeadMultipleInHalf / 2;
  return head_size(s) % multiple == 0;
}

AttentionPath chosen_on_cuda(const TrainingSetup& s) {
  if (in_half(s) && cudnn_is_chosen(s)) return AttentionPath::cudnn;
  if (in_half(s) && flash_is_chosen(s)) return AttentionPath::flash;
  return efficient_is_chosen(s) ? AttentionPath::efficient : AttentionPath::parts;
}

}  // namespace

AttentionPath path_of(const TrainingSetup& s) {
  switch (s.attention) {
    case AttentionKind::materialised: return AttentionPath::materialised;
    case AttentionKind::math: return AttentionPath::parts;
    case AttentionKind::flash: return s.on_cuda() ? AttentionPath::flash : AttentionPath::flash_cpu;
    case AttentionKind::efficient: return AttentionPath::efficient;
    case AttentionKind::cudnn: return AttentionPath::cudnn;
    case AttentionKind::sdpa: break;
  }
  if (s.on_cuda()) return chosen_on_cuda(s);
  return s.dropout > 0.0 ? AttentionPath::parts : AttentionPath::flash_cpu;
}

AttentionPath path_of_learned_bias(const TrainingSetup& s) {
  if (s.attention != AttentionKind::sdpa) return path_of(s);
  return s.on_cuda() && efficient_is_chosen(s) ? AttentionPath::efficient : AttentionPath::parts;
}

AttentionPath path_of_fixed_bias(const TrainingSetup& s) {
  TrainingSetup with_mask = s;
  with_mask.padding = 1.0;
  return path_of(with_mask);
}

bool lengthens_heads(const TrainingSetup& s) {
  return path_of(s) == AttentionPath::flash && head_size(s) % kHeadMultipleInHalf != 0;
}

}  // namespace profile_train
