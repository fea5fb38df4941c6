#include "profiler/memory_model/inference_in_codes.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "profiler/memory_model/parameter_count.h"
#include "profiler/memory_model/parameter_shapes.h"
#include "profiler/memory_model/rows/family_rows.h"
#include "profiler/memory_model/symbolic/tensor.h"
#include "profiler/memory_model/symbolic/training_run.h"

namespace profile_train {
namespace {

using symbolic::kHalfBytes;

constexpr Bytes kScaleBytes = symbolic::kFloatBytes;

/// How many numbers the matrix of each module in a block has, by the module's path.
std::map<std::string, std::int64_t, std::less<>> matrices_of_blocks(const TrainingSetup& s) {
  constexpr std::string_view kWeight = ".weight";
  std::map<std::string, std::int64_t, std::less<>> matrices;
  for (const ParameterShape& shape : parameter_shapes(s)) {
    const auto is_prefix = [&](std::string_view blocks) { return shape.name.starts_with(blocks); };
    const bool in_block = std::ranges::any_of(family_rows(s.model_family).blocks, is_prefix);
    const bool is_table = shape.name.ends_with("relative_attention_bias.weight");  // looked up, not multiplied
    if (!in_block || is_table || shape.sizes.size() != 2 || !shape.name.ends_with(kWeight)) continue;
    matrices.emplace(shape.name.substr(0, shape.name.size() - kWeight.size()), shape.numel());
  }
  return matrices;
}

Bytes code_bytes(std::int64_t numbers, WeightStorage storage) {
  return storage == WeightStorage::int4 ? numbers / 2 : numbers;
}

/// What making a matrix of bf16 from its codes takes beside that matrix: the scales in its precision; before that, for
/// two numbers a byte, one half of each.
Bytes scratch_of_dequantising(std::int64_t numbers, const TrainingSetup& s, WeightStorage storage) {
  const Bytes scales = kHalfBytes * (numbers / s.quantisation_group);
  return storage == WeightStorage::int4 ? std::max(scales, numbers / 2) : scales;
}

}  // namespace

InferenceInCodes inference_in_codes(const TrainingSetup& setup, WeightStorage storage) {
  TrainingSetup s = setup;
  s.task = Task::inference;
  s.precision = Precision::bf16;
  const auto matrices = matrices_of_blocks(s);
  Bytes saved = 0;
  for (const auto& [path, numbers] : matrices)
    saved += kHalfBytes * numbers - code_bytes(numbers, storage) - kScaleBytes * (numbers / s.quantisation_group);

  InferenceInCodes result;
  result.weight_bytes = weight_bytes(s) - saved;
  const symbolic::PredictedRun run = symbolic::predict_inference(s);
  std::string_view multiplying;  // the module whose product was last looked at
  for (const symbolic::PredictedAllocation& a : run.allocations) {
    if (a.phase != Phase::forward) continue;
    Bytes live = run.events[static_cast<std::size_t>(a.born)].live_bytes - saved;
    if (const auto matrix = matrices.find(a.module); matrix != matrices.end()) {
      const Bytes dequantised = kHalfBytes * matrix->second;
      if (multiplying != a.module)
        result.peak_bytes = std::max(
            result.peak_bytes, live - a.bytes + dequantised + scratch_of_dequantising(matrix->second, s, storage));
      live += dequantised;  // until the product is there, and what the libraries take for the first one
    }
    multiplying = a.module;
    result.peak_bytes = std::max(result.peak_bytes, live);
  }
  return result;
}

}  // namespace profile_train
