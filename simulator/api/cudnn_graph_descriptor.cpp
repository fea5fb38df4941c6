#include "simulator/api/cudnn_graph_descriptor.h"

#include <cstring>

namespace profile_train::simulator::cudnn {
namespace {

struct Requirement {
  cudnnBackendDescriptorType_t type;
  cudnnBackendAttributeName_t name;
  const char* words;
};

// Without these, no descriptor of the type makes sense. What a graph's operations need beyond them is cuDNN's to say.
constexpr Requirement kRequirements[] = {
    {CUDNN_BACKEND_TENSOR_DESCRIPTOR, CUDNN_ATTR_TENSOR_DATA_TYPE, "CUDNN_ATTR_TENSOR_DATA_TYPE"},
    {CUDNN_BACKEND_TENSOR_DESCRIPTOR, CUDNN_ATTR_TENSOR_DIMENSIONS, "CUDNN_ATTR_TENSOR_DIMENSIONS"},
    {CUDNN_BACKEND_TENSOR_DESCRIPTOR, CUDNN_ATTR_TENSOR_STRIDES, "CUDNN_ATTR_TENSOR_STRIDES"},
    {CUDNN_BACKEND_TENSOR_DESCRIPTOR, CUDNN_ATTR_TENSOR_UNIQUE_ID, "CUDNN_ATTR_TENSOR_UNIQUE_ID"},
    {CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, "CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS"},
    {CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, CUDNN_ATTR_OPERATIONGRAPH_OPS, "CUDNN_ATTR_OPERATIONGRAPH_OPS"},
    {CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH,
     "CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH"},
    {CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, CUDNN_ATTR_ENGINEHEUR_MODE, "CUDNN_ATTR_ENGINEHEUR_MODE"},
    {CUDNN_BACKEND_ENGINE_DESCRIPTOR, CUDNN_ATTR_ENGINE_OPERATION_GRAPH, "CUDNN_ATTR_ENGINE_OPERATION_GRAPH"},
    {CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, CUDNN_ATTR_ENGINECFG_ENGINE, "CUDNN_ATTR_ENGINECFG_ENGINE"},
    {CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG,
     "CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG"},
    {CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, "CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS"},
    {CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS,
     "CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS"},
};

}  // namespace

const GraphDescriptor::Attribute* GraphDescriptor::find(cudnnBackendAttributeName_t name) const {
  const auto found = attributes.find(name);
  return found == attributes.end() ? nullptr : &found->second;
}

std::vector<std::int64_t> GraphDescriptor::numbers(cudnnBackendAttributeName_t name) const {
  const Attribute* const attribute = find(name);
  if (attribute == nullptr || attribute->count == 0) return {};
  const std::size_t size = element_bytes(attribute->type);
  if (size > sizeof(std::int64_t)) return {};
  std::vector<std::int64_t> values(attribute->bytes.size() / size);
  for (std::size_t i = 0; i < values.size(); ++i) std::memcpy(&values[i], attribute->bytes.data() + i * size, size);
  return values;
}

std::optional<std::int64_t> GraphDescriptor::number(cudnnBackendAttributeName_t name) const {
  const auto values = numbers(name);
  return values.empty() ? std::nullopt : std::optional(values.front());
}

const GraphDescriptor* GraphDescriptor::child(cudnnBackendAttributeName_t name) const {
  const Attribute* const attribute = find(name);
  return attribute == nullptr || attribute->descriptors.empty() ? nullptr : attribute->descriptors.front().get();
}

std::size_t element_bytes(cudnnBackendAttributeType_t type) {
  switch (type) {
    case CUDNN_TYPE_BOOLEAN:
    case CUDNN_TYPE_CHAR: return 1;
    case CUDNN_TYPE_HANDLE:
    case CUDNN_TYPE_VOID_PTR:
    case CUDNN_TYPE_BACKEND_DESCRIPTOR:
    case CUDNN_TYPE_INT64:
    case CUDNN_TYPE_DOUBLE: return 8;
    case CUDNN_TYPE_FRACTION: return sizeof(cudnnFraction_t);
    default:  // int, float and the enumerations
      return type > CUDNN_TYPE_HANDLE && type <= CUDNN_TYPE_MOE_GROUPED_MATMUL_MODE ? 4 : 0;
  }
}

const char* missing_attribute(const GraphDescriptor& descriptor) {
  for (const auto& [type, name, words] : kRequirements) {
    if (type == descriptor.type && descriptor.find(name) == nullptr) return words;
  }
  return nullptr;
}

}  // namespace profile_train::simulator::cudnn
