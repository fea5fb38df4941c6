#include "profiler/logits.h"

#include "profiler/tensor_type.h"

namespace profile_train {
namespace {

bool in_forward(const Allocation& a) { return a.born_phase == Phase::forward || a.born_phase == Phase::loss; }

/// The head's output: the largest storage that one forward pass of the head made, without its weight. Where operators
/// say what they returned, what none returned is a library's scratch, which may be larger.
const Allocation* largest_head_output(const Trace& trace, const ScopeEvidence& evidence,
                                      const std::vector<Allocation>& allocations) {
  const bool results_are_described = trace.tensor_types.size() > 1;
  const Allocation* largest = nullptr;
  for (const Allocation& a : allocations) {
    if (a.role != Role::none || !in_forward(a) || !evidence.has(a.scope, Evidence::head)) continue;
    if (evidence.has(a.scope, Evidence::cast)) continue;  // of the weight, under autocast
    if (results_are_described && a.tensor_type == 0) continue;
    if (largest == nullptr || a.bytes > largest->bytes) largest = &a;
  }
  return largest;
}

}  // namespace

LogitsRule::LogitsRule(const Trace& trace, const ScopeEvidence& evidence, const std::vector<Allocation>& allocations)
    : trace_(trace), evidence_(evidence) {
  if (trace.header.setup) vocabulary_ = trace.header.setup->vocabulary;

  const Allocation* output = largest_head_output(trace, evidence, allocations);
  if (output == nullptr) return;
  const TensorType& type = trace.tensor_types[output->tensor_type];
  if (vocabulary_ == 0 && type.sizes.size() >= 2) vocabulary_ = type.sizes.back();
  const Bytes element = element_bytes(type.dtype).value_or(4);  // fp32 is what training makes where nothing is said
  output_elements_ = output->bytes / element;
}

bool LogitsRule::has_shape(TensorTypeId type) const {
  const std::vector<std::int64_t>& sizes = trace_.tensor_types[type].sizes;
  return sizes.size() >= 2 && sizes.back() == vocabulary_;
}

bool LogitsRule::matches(const Allocation& a) const {
  const bool of_head_or_loss =
      a.born_phase == Phase::loss || evidence_.has(a.scope, Evidence::head) || evidence_.has(a.scope, Evidence::loss);
  if (!of_head_or_loss) return false;
  if (a.tensor_type != 0 && vocabulary_ != 0) return has_shape(a.tensor_type);
  const std::int64_t n = output_elements_;
  return n > 0 && (a.bytes == n || a.bytes == 2 * n || a.bytes == 4 * n || a.bytes == 8 * n);
}

}  // namespace profile_train
