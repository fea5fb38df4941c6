#include "profiler/inventory.h"

#include <unordered_map>

#include "profiler/memory_model/teacher.h"
#include "profiler/tensor_type.h"

namespace profile_train {
namespace {

/// The storage decides, since a tensor may be a part of it; without a dtype, parameters are taken to be fp32. Of an
/// inferred parameter nothing is known but its bytes.
std::int64_t numbers_in(const Allocation& a, const Trace& trace) {
  const auto element = element_bytes(trace.tensor_types[a.tensor_type].dtype);
  if (!element && !trace.inferred.empty()) return 0;
  return a.bytes / element.value_or(4);
}

void add(ParameterInventory& inventory, const Allocation& a, const Trace& trace) {
  inventory.count += numbers_in(a, trace);
  inventory.bytes += a.bytes;
  ++inventory.tensors;
}

}  // namespace

ParameterInventory count_parameters(const Trace& trace, const std::vector<Allocation>& allocations) {
  ParameterInventory inventory;
  std::unordered_map<NameId, const Allocation*> last_by_name;
  for (const Allocation& a : allocations) {
    if (a.role != Role::parameter || is_of_teacher(trace.names[a.name])) continue;
    if (a.name == 0)
      add(inventory, a, trace);
    else
      last_by_name[a.name] = &a;
  }
  for (const auto& [name, allocation] : last_by_name) add(inventory, *allocation, trace);
  return inventory;
}

}  // namespace profile_train
