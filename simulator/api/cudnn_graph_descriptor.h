#pragma once

#include <cudnn.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace profile_train::simulator::cudnn {

/// A descriptor of cuDNN's graph API: a store of typed attributes, unchangeable once it is finalized.
///
/// An attribute that names other descriptors holds those themselves, as they were: the program may destroy its own.
struct GraphDescriptor {
  struct Attribute {
    cudnnBackendAttributeType_t type = CUDNN_TYPE_HANDLE;
    std::int64_t count = 0;
    std::string bytes;                                                ///< of all elements; empty for descriptors
    std::vector<std::shared_ptr<const GraphDescriptor>> descriptors;  ///< if that is the type
  };

  cudnnBackendDescriptorType_t type = CUDNN_BACKEND_TENSOR_DESCRIPTOR;
  bool finalized = false;
  std::map<cudnnBackendAttributeName_t, Attribute> attributes;

  const Attribute* find(cudnnBackendAttributeName_t name) const;
  /// None if it was not set.
  std::optional<std::int64_t> number(cudnnBackendAttributeName_t name) const;
  std::vector<std::int64_t> numbers(cudnnBackendAttributeName_t name) const;
  const GraphDescriptor* child(cudnnBackendAttributeName_t name) const;
};

/// Bytes of one element of an attribute; 0 if there is no such type.
std::size_t element_bytes(cudnnBackendAttributeType_t type);

/// What is missing for `descriptor` to be finalized; null if nothing is.
const char* missing_attribute(const GraphDescriptor& descriptor);

/// What a plan's workspace depends on, as the calibration file writes it.
struct GraphKey {
  std::string operation;  ///< "attention forward", "convolution backward data", "matmul+pointwise"
  std::string dtype;
  std::string shape;
};
GraphKey key_of(const GraphDescriptor& operation_graph);

}  // namespace profile_train::simulator::cudnn
