#include "profiler/memory_model/symbolic/operators.h"
#include "profiler/memory_model/symbolic/t5.h"

namespace profile_train::symbolic {
namespace {

/// Integer arithmetic on (S, S), operator by operator. Nothing here has a gradient.
class Distances {
 public:
  Distances(Program& program, std::int64_t sequence) : program_(program), sizes_{sequence, sequence} {}

  Tensor of(const char* op_name, std::int64_t element_bytes) {
    OpScope op(program_, op_name);
    return empty(program_, sizes_, element_bytes);
  }
  /// With a number, which the CPU makes a tensor of.
  Tensor with_number(const char* op_name, std::int64_t element_bytes) {
    OpScope op(program_, op_name);
    const NumberAsTensor number(program_, element_bytes);
    return empty(program_, sizes_, element_bytes);
  }

 private:
  Program& program_;
  Sizes sizes_;
};

Tensor far_buckets(Distances& d) {
  // Temporaries of one expression, which all end with it.
  const Tensor at_least_one = d.of("aten::clamp_min", kInt64Bytes);
  const Tensor as_float = d.of("aten::to", kFloatBytes);
  const Tensor quotient = d.with_number("aten::div", kFloatBytes);
  const Tensor logarithm = d.of("aten::log", kFloatBytes);
  const Tensor scaled = d.with_number("aten::mul", kFloatBytes);
  const Tensor rounded = d.of("aten::to", kInt64Bytes);
  return d.with_number("aten::add", kInt64Bytes);
}

}  // namespace

Tensor buckets_of_distances(Program& program, std::int64_t sequence, bool causal) {
  Distances d(program, sequence);
  Tensor positions;
  {
    OpScope op(program, "aten::arange");
    positions = empty(program, {sequence}, kInt64Bytes);
  }
  const Tensor ahead = d.of("aten::sub", kInt64Bytes);
  Tensor distance;
  if (causal) {
    const Tensor behind = d.of("aten::clamp_max", kInt64Bytes);
    distance = d.of("aten::neg", kInt64Bytes);
  } else {
    distance = d.of("aten::abs", kInt64Bytes);
  }
  const Tensor far = far_buckets(d);
  Tensor bucket;
  {
    const Tensor no_farther = d.of("aten::clamp_max", kInt64Bytes);
    const Tensor is_near = d.of("aten::lt", kBoolBytes);
    bucket = d.of("aten::where", kInt64Bytes);
  }
  if (causal) return bucket;
  const Tensor is_ahead = d.of("aten::gt", kBoolBytes);
  const Tensor as_number = d.of("aten::to", kInt64Bytes);
  const Tensor offset = d.with_number("aten::mul", kInt64Bytes);
  return d.of("aten::add", kInt64Bytes);
}

}  // namespace profile_train::symbolic
