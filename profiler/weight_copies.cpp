#include "profiler/weight_copies.h"

#include <algorithm>
#include <set>

#include "profiler/tensor_type.h"

namespace profile_train {

WeightCopyRule::WeightCopyRule(const Trace& trace, const ScopeEvidence& evidence,
                               const std::vector<Allocation>& allocations)
    : evidence_(evidence), is_reduced_parameter_(trace.tensor_types.size(), false) {
  std::set<TensorTypeId> parameters;
  for (const Allocation& a : allocations)
    if (a.role == Role::parameter && a.tensor_type != 0) parameters.insert(a.tensor_type);

  for (std::size_t id = 1; id < trace.tensor_types.size(); ++id) {
    const TensorType& type = trace.tensor_types[id];
    const auto is_cast_to_type = [&](TensorTypeId parameter) {
      const TensorType& from = trace.tensor_types[parameter];
      return from.sizes == type.sizes && element_bytes(type.dtype).value_or(0) < element_bytes(from.dtype).value_or(0);
    };
    is_reduced_parameter_[id] =
        element_bytes(type.dtype) && std::any_of(parameters.begin(), parameters.end(), is_cast_to_type);
  }
}

}  // namespace profile_train
