// What a graph computes, in the words of the calibration file: recognised by its operations, since a graph has no name.

#include <algorithm>
#include <span>

#include "simulator/api/cudnn_graph_descriptor.h"
#include "simulator/api/cudnn_objects.h"

namespace profile_train::simulator::cudnn {
namespace {

using Operations = std::span<const std::shared_ptr<const GraphDescriptor>>;

bool is(const GraphDescriptor& operation, cudnnBackendDescriptorType_t type) { return operation.type == type; }

const char* name_of(const GraphDescriptor& operation) {
  switch (operation.type) {
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR: return "convolution forward";
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR: return "convolution backward data";
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR: return "convolution backward filter";
    case CUDNN_BACKEND_OPERATION_MATMUL_DESCRIPTOR: return "matmul";
    case CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR: return "pointwise";
    case CUDNN_BACKEND_OPERATION_REDUCTION_DESCRIPTOR: return "reduction";
    case CUDNN_BACKEND_OPERATION_NORM_FORWARD_DESCRIPTOR: return "norm forward";
    case CUDNN_BACKEND_OPERATION_NORM_BACKWARD_DESCRIPTOR: return "norm backward";
    case CUDNN_BACKEND_OPERATION_RESHAPE_DESCRIPTOR: return "reshape";
    case CUDNN_BACKEND_OPERATION_RNG_DESCRIPTOR: return "rng";
    case CUDNN_BACKEND_OPERATION_SDPA_FWD_DESCRIPTOR: return "attention forward";
    case CUDNN_BACKEND_OPERATION_SDPA_BWD_DESCRIPTOR: return "attention backward";
    default: return "other";
  }
}

std::vector<std::int64_t> dims(const GraphDescriptor* tensor) {
  return tensor == nullptr ? std::vector<std::int64_t>{} : tensor->numbers(CUDNN_ATTR_TENSOR_DIMENSIONS);
}
std::string joined(const std::vector<std::int64_t>& numbers) { return fmt::format("{}", fmt::join(numbers, "x")); }

std::string dtype_of(const GraphDescriptor* tensor) {
  if (tensor == nullptr) return "-";
  return cudnn::name_of(static_cast<cudnnDataType_t>(tensor->number(CUDNN_ATTR_TENSOR_DATA_TYPE).value_or(0)));
}

/// In memory, as the program gives it: neither computed on the way nor a number passed by value.
bool is_real(const GraphDescriptor* tensor) {
  return tensor != nullptr && tensor->number(CUDNN_ATTR_TENSOR_IS_VIRTUAL).value_or(0) == 0 &&
         tensor->number(CUDNN_ATTR_TENSOR_IS_BY_VALUE).value_or(0) == 0;
}

// ---- convolutions

struct ConvolutionNames {
  cudnnBackendAttributeName_t convolution, x, w;
};

std::optional<ConvolutionNames> convolution_names(const GraphDescriptor& operation) {
  switch (operation.type) {
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR:
      return ConvolutionNames{CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
                              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W};
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR:
      return ConvolutionNames{CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
                              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
                              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W};
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR:
      return ConvolutionNames{CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
                              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
                              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW};
    default: return std::nullopt;
  }
}

/// "8x64x56x56 nhwc": x and the gradients have the layout of each other, but a filter may have one of its own.
std::string image(const GraphDescriptor* tensor) {
  const auto sizes = dims(tensor);
  const auto strides = tensor == nullptr ? sizes : tensor->numbers(CUDNN_ATTR_TENSOR_STRIDES);
  const bool channels_last = sizes.size() > 2 && strides.size() == sizes.size() && sizes[1] > 1 && strides[1] == 1;
  return joined(sizes) + (channels_last ? " nhwc" : "");
}

GraphKey convolution_key(const GraphDescriptor& operation, const ConvolutionNames& names) {
  const GraphDescriptor* const x = operation.child(names.x);
  const GraphDescriptor* const w = operation.child(names.w);
  const GraphDescriptor* const how = operation.child(names.convolution);
  GraphKey key{name_of(operation), dtype_of(x), fmt::format("x {} w {}", image(x), joined(dims(w)))};
  if (how != nullptr) {
    key.shape += fmt::format(" pad {} stride {} dilation {}", joined(how->numbers(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS)),
                             joined(how->numbers(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES)),
                             joined(how->numbers(CUDNN_ATTR_CONVOLUTION_DILATIONS)));
  }
  return key;
}

// ---- attention

/// "12", or "12/2" where queries, and keys and values, differ.
std::string pair(std::int64_t first, std::int64_t second) {
  return first == second ? fmt::format("{}", first) : fmt::format("{}/{}", first, second);
}

std::string options_of(Operations operations) {
  bool causal = false;
  bool bias = false;
  bool dropout = false;
  for (const auto& operation : operations) {
    dropout = dropout || is(*operation, CUDNN_BACKEND_OPERATION_RNG_DESCRIPTOR);
    if (!is(*operation, CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR)) continue;
    const GraphDescriptor* const how = operation->child(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR);
    const std::int64_t mode = how == nullptr ? -1 : how->number(CUDNN_ATTR_POINTWISE_MODE).value_or(-1);
    causal = causal || mode == CUDNN_POINTWISE_GEN_INDEX;  // masks compare the indices of rows and columns
    bias = bias || (mode == CUDNN_POINTWISE_ADD && is_real(operation->child(CUDNN_ATTR_OPERATION_POINTWISE_BDESC)));
  }
  return fmt::format("{}{}{}", causal ? " masked" : "", bias ? " bias" : "", dropout ? " dropout" : "");
}

GraphKey attention_key(const char* operation, const GraphDescriptor* queries, std::int64_t key_heads,
                       std::int64_t key_length, Operations operations) {
  GraphKey key{operation, dtype_of(queries), joined(dims(queries))};
  if (const auto q = dims(queries); q.size() == 4) {
    key.shape = fmt::format("B {} a {} S {} D {}", q[0], pair(q[1], key_heads), pair(q[2], key_length), q[3]);
  }
  key.shape += options_of(operations);
  return key;
}

/// The graph that cuDNN's front end makes of attention: scores = queries · keysᵀ is its first matrix product. There are
/// two products in the forward pass and five in the backward pass.
std::optional<GraphKey> attention_key(Operations operations) {
  const auto is_product = [](const auto& o) { return is(*o, CUDNN_BACKEND_OPERATION_MATMUL_DESCRIPTOR); };
  const auto products = std::ranges::count_if(operations, is_product);
  if (products != 2 && products != 5) return std::nullopt;
  const GraphDescriptor& scores = **std::ranges::find_if(operations, is_product);
  const GraphDescriptor* const queries = scores.child(CUDNN_ATTR_OPERATION_MATMUL_ADESC);
  const auto keys = dims(scores.child(CUDNN_ATTR_OPERATION_MATMUL_BDESC));  // B, a, D, S
  if (!is_real(queries) || keys.size() != 4) return std::nullopt;
  return attention_key(products == 2 ? "attention forward" : "attention backward", queries, keys[1], keys[3],
                       operations);
}

std::optional<GraphKey> whole_attention_key(Operations operations) {
  const GraphDescriptor& only = *operations.front();
  const bool forward = is(only, CUDNN_BACKEND_OPERATION_SDPA_FWD_DESCRIPTOR);
  if (!forward && !is(only, CUDNN_BACKEND_OPERATION_SDPA_BWD_DESCRIPTOR)) return std::nullopt;
  const auto* const queries =
      only.child(forward ? CUDNN_ATTR_OPERATION_SDPA_FWD_QDESC : CUDNN_ATTR_OPERATION_SDPA_BWD_QDESC);
  const auto keys =
      dims(only.child(forward ? CUDNN_ATTR_OPERATION_SDPA_FWD_KDESC : CUDNN_ATTR_OPERATION_SDPA_BWD_KDESC));
  if (keys.size() != 4) return std::nullopt;
  return attention_key(name_of(only), queries, keys[1], keys[2], operations);
}

}  // namespace

GraphKey key_of(const GraphDescriptor& operation_graph) {
  const auto* const attribute = operation_graph.find(CUDNN_ATTR_OPERATIONGRAPH_OPS);
  if (attribute == nullptr || attribute->descriptors.empty()) return {"empty graph", "-", "-"};
  const Operations operations = attribute->descriptors;
  if (const auto key = whole_attention_key(operations)) return *key;
  if (const auto key = attention_key(operations)) return *key;

  GraphKey key{"", "-", "-"};
  for (const auto& operation : operations) {
    if (const auto names = convolution_names(*operation); names && key.dtype == "-") {
      GraphKey convolution = convolution_key(*operation, *names);
      key.dtype = std::move(convolution.dtype);
      key.shape = std::move(convolution.shape);
    }
    if (!key.operation.empty()) key.operation += '+';
    key.operation += name_of(*operation);
  }
  return key;
}

}  // namespace profile_train::simulator::cudnn
