#include "simulator/api/cudnn_objects.h"

#include "simulator/simulation.h"

namespace profile_train::simulator::cudnn {
namespace {

template <class Object>
HandleTable<Object>& only_table() {
  return simulation().descriptors.of<Object>();
}

}  // namespace

HandleTable<Library>& table(cudnnHandle_t) { return only_table<Library>(); }
HandleTable<Tensor>& table(cudnnTensorDescriptor_t) { return only_table<Tensor>(); }
HandleTable<Filter>& table(cudnnFilterDescriptor_t) { return only_table<Filter>(); }
HandleTable<Convolution>& table(cudnnConvolutionDescriptor_t) { return only_table<Convolution>(); }
HandleTable<Activation>& table(cudnnActivationDescriptor_t) { return only_table<Activation>(); }
HandleTable<Pooling>& table(cudnnPoolingDescriptor_t) { return only_table<Pooling>(); }
HandleTable<Dropout>& table(cudnnDropoutDescriptor_t) { return only_table<Dropout>(); }
HandleTable<SpatialTransformer>& table(cudnnSpatialTransformerDescriptor_t) { return only_table<SpatialTransformer>(); }
HandleTable<CtcLoss>& table(cudnnCTCLossDescriptor_t) { return only_table<CtcLoss>(); }
HandleTable<Rnn>& table(cudnnRNNDescriptor_t) { return only_table<Rnn>(); }
HandleTable<RnnData>& table(cudnnRNNDataDescriptor_t) { return only_table<RnnData>(); }

void launch_on_stream_of(const Library& library) { simulation().launch_on(library.stream); }

std::string name_of(cudnnDataType_t dtype) {
  switch (dtype) {
    case CUDNN_DATA_FLOAT: return "fp32";
    case CUDNN_DATA_DOUBLE: return "fp64";
    case CUDNN_DATA_HALF: return "fp16";
    case CUDNN_DATA_BFLOAT16: return "bf16";
    case CUDNN_DATA_INT8: return "int8";
    case CUDNN_DATA_UINT8: return "uint8";
    case CUDNN_DATA_INT32: return "int32";
    case CUDNN_DATA_INT64: return "int64";
    case CUDNN_DATA_FP8_E4M3: return "fp8_e4m3";
    case CUDNN_DATA_FP8_E5M2: return "fp8_e5m2";
    default: return fmt::format("cudnn_dtype_{}", static_cast<int>(dtype));
  }
}

std::size_t size_of(cudnnDataType_t dtype) {
  switch (dtype) {
    case CUDNN_DATA_DOUBLE:
    case CUDNN_DATA_INT64: return 8;
    case CUDNN_DATA_FLOAT:
    case CUDNN_DATA_INT32: return 4;
    case CUDNN_DATA_HALF:
    case CUDNN_DATA_BFLOAT16: return 2;
    default: return 1;
  }
}

std::string shape_of(const std::vector<int>& dims) { return fmt::format("{}", fmt::join(dims, "x")); }

std::string shape_of(const Tensor& tensor) {
  const bool channels_last = tensor.dims.size() > 2 && tensor.dims[1] > 1 && tensor.strides[1] == 1;
  return shape_of(tensor.dims) + (channels_last ? " nhwc" : "");
}

std::string version() { return fmt::format("{}.{}.{}", CUDNN_MAJOR, CUDNN_MINOR, CUDNN_PATCHLEVEL); }

std::optional<std::uint64_t> known_bytes(const std::string& operation, const std::string& dtype,
                                         const std::string& shape) {
  const std::string at_version = version();
  return simulation().measured.find({{}, "cudnn", at_version, operation, dtype, shape});
}

std::uint64_t measured_bytes(const std::string& operation, const std::string& dtype, const std::string& shape,
                             TakenBy taken_by) {
  const std::string at_version = version();
  const CalibrationKey key{{}, "cudnn", at_version, operation, dtype, shape};
  return simulation().measured.bytes(key, fmt::format("cuDNN's {}", operation), taken_by);
}

}  // namespace profile_train::simulator::cudnn
