// cuBLASLt: handles, descriptors and matrix products. A handle of cuBLAS is one of cuBLASLt too.
#include <cublasLt.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "simulator/entry_point.h"
#include "simulator/library_calls.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace {

constexpr const char* kLibrary = "libcublasLt.so";
constexpr int kAlgorithm = 1;  // there is one

/// An attribute whose value is not all zeros before the program sets it, or is not of 4 bytes. Sizes of others are not
/// checked: a library newer than the header may have more.
struct Attribute {
  int number = 0;
  std::size_t bytes = 4;
  std::uint64_t unset = 0;
};
using Attributes = std::span<const Attribute>;

constexpr std::uint64_t kMinusOne = 0xFFFF'FFFF;
constexpr std::array<Attribute, 20> kMatmul = {{
    {CUBLASLT_MATMUL_DESC_FILL_MODE, 4, CUBLAS_FILL_MODE_FULL},
    {CUBLASLT_MATMUL_DESC_EPILOGUE, 4, CUBLASLT_EPILOGUE_DEFAULT},
    {CUBLASLT_MATMUL_DESC_BIAS_POINTER, 8},
    {CUBLASLT_MATMUL_DESC_BIAS_BATCH_STRIDE, 8},
    {CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, 8},
    {CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, 8},
    {CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_BATCH_STRIDE, 8},
    {CUBLASLT_MATMUL_DESC_ALPHA_VECTOR_BATCH_STRIDE, 8},
    {CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, 8},
    {CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, 8},
    {CUBLASLT_MATMUL_DESC_C_SCALE_POINTER, 8},
    {CUBLASLT_MATMUL_DESC_D_SCALE_POINTER, 8},
    {CUBLASLT_MATMUL_DESC_AMAX_D_POINTER, 8},
    {CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_DATA_TYPE, 4, kMinusOne},
    {CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_SCALE_POINTER, 8},
    {CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_AMAX_POINTER, 8},
    {CUBLASLT_MATMUL_DESC_FAST_ACCUM, 1},
    {CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, 4, kMinusOne},
    {CUBLASLT_MATMUL_DESC_D_OUT_SCALE_POINTER, 8},
    {CUBLASLT_MATMUL_DESC_EMULATION_DESCRIPTOR, 8},
}};
constexpr std::array<Attribute, 8> kLayout = {{
    {CUBLASLT_MATRIX_LAYOUT_TYPE, 4},
    {CUBLASLT_MATRIX_LAYOUT_ROWS, 8},
    {CUBLASLT_MATRIX_LAYOUT_COLS, 8},
    {CUBLASLT_MATRIX_LAYOUT_LD, 8},
    {CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, 4, 1},
    {CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, 8},
    {CUBLASLT_MATRIX_LAYOUT_PLANE_OFFSET, 8},
    {CUBLASLT_MATRIX_LAYOUT_BATCH_MODE, 4},
}};
constexpr std::array<Attribute, 7> kPreference = {{
    {CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, 8},
    {CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, 4, CUBLASLT_REDUCTION_SCHEME_MASK},
    {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, 4, 256},
    {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, 4, 256},
    {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, 4, 256},
    {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, 4, 256},
    {CUBLASLT_MATMUL_PREF_IMPL_MASK, 8, ~std::uint64_t{0}},
}};
constexpr std::array<Attribute, 2> kEmulation = {{
    {CUBLASLT_EMULATION_DESC_SPECIAL_VALUES_SUPPORT, 4, 0xFFFF},
    {CUBLASLT_EMULATION_DESC_FIXEDPOINT_MANTISSA_BIT_COUNT_POINTER, 8},
}};

template <class Number>
std::string bytes_of(Number number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

Attribute described(Attributes attributes, int number) {
  const auto found = std::ranges::find(attributes, number, &Attribute::number);
  return found != attributes.end() ? *found : Attribute{.number = number};
}

cublasStatus_t done_if(bool done, cublasStatus_t otherwise = CUBLAS_STATUS_INVALID_VALUE) {
  return done ? CUBLAS_STATUS_SUCCESS : otherwise;
}

template <class Descriptor>
cublasStatus_t create(Descriptor** descriptor, LibraryObject object) {
  if (descriptor == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  *descriptor = as_pointer<Descriptor*>(library_objects().create(std::move(object)));
  return CUBLAS_STATUS_SUCCESS;
}

/// In storage of the program, which the header's inline functions reserve.
template <class Descriptor>
cublasStatus_t place(Descriptor* descriptor, std::size_t bytes, LibraryObject&& object) {
  if (descriptor == nullptr || bytes < sizeof *descriptor) return CUBLAS_STATUS_INVALID_VALUE;
  library_objects().place(handle_of(descriptor), std::move(object));
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t set(Handle descriptor, ObjectKind kind, Attributes attributes, int number, const void* value,
                   std::size_t bytes) {
  const auto known = std::ranges::find(attributes, number, &Attribute::number);
  if (value == nullptr || (known != attributes.end() && bytes != known->bytes)) return CUBLAS_STATUS_INVALID_VALUE;
  return done_if(library_objects().with(descriptor, kind, [&](LibraryObject& object) {
    object.attributes[number].assign(static_cast<const char*>(value), bytes);
  }));
}

/// As documented: for a size of 0, only tells the size.
cublasStatus_t give(const void* value, std::size_t value_bytes, void* to, std::size_t bytes, std::size_t* written) {
  if ((bytes == 0 && written == nullptr) || (bytes > 0 && to == nullptr)) return CUBLAS_STATUS_INVALID_VALUE;
  if (bytes > 0 && bytes < value_bytes) return CUBLAS_STATUS_INVALID_VALUE;
  if (bytes > 0) std::memcpy(to, value, value_bytes);
  if (written != nullptr) *written = value_bytes;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t get(Handle descriptor, ObjectKind kind, Attributes attributes, int number, void* to, std::size_t bytes,
                   std::size_t* written) {
  std::optional<std::string> value;
  const bool found = library_objects().with(descriptor, kind, [&](const LibraryObject& object) {
    const auto set = object.attributes.find(number);
    if (set != object.attributes.end()) value = set->second;
  });
  if (!found) return CUBLAS_STATUS_INVALID_VALUE;
  const Attribute attribute = described(attributes, number);
  if (!value) value = bytes_of(attribute.unset).substr(0, attribute.bytes);
  return give(value->data(), value->size(), to, bytes, written);
}

LibraryObject layout(cudaDataType type, uint64_t rows, uint64_t columns, int64_t ld) {
  return {.kind = ObjectKind::cublaslt_layout,
          .attributes = {{CUBLASLT_MATRIX_LAYOUT_TYPE, bytes_of(type)},
                         {CUBLASLT_MATRIX_LAYOUT_ROWS, bytes_of(rows)},
                         {CUBLASLT_MATRIX_LAYOUT_COLS, bytes_of(columns)},
                         {CUBLASLT_MATRIX_LAYOUT_LD, bytes_of(ld)}}};
}
LibraryObject matmul(cublasComputeType_t compute_type, cudaDataType_t scale_type) {
  return {.kind = ObjectKind::cublaslt_matmul,
          .attributes = {{CUBLASLT_MATMUL_DESC_COMPUTE_TYPE, bytes_of(compute_type)},
                         {CUBLASLT_MATMUL_DESC_SCALE_TYPE, bytes_of(scale_type)}}};
}
LibraryObject transform(cudaDataType scale_type) {
  return {.kind = ObjectKind::cublaslt_transform,
          .attributes = {{CUBLASLT_MATRIX_TRANSFORM_DESC_SCALE_TYPE, bytes_of(scale_type)}}};
}

bool is(Handle handle, ObjectKind kind) { return library_objects().contains(handle, kind); }
bool is_handle(cublasLtHandle_t handle) {
  return is(handle_of(handle), ObjectKind::cublas) || is(handle_of(handle), ObjectKind::cublaslt);
}
template <class... Layouts>
bool are_layouts(Layouts*... layouts) {
  return (is(handle_of(layouts), ObjectKind::cublaslt_layout) && ...);
}

/// The algorithm that there is. Its second word says that it was offered where a workspace was allowed.
cublasLtMatmulAlgo_t algorithm(bool workspace_allowed) {
  cublasLtMatmulAlgo_t algorithm{};
  algorithm.data[0] = kAlgorithm;
  algorithm.data[1] = workspace_allowed ? 1 : 0;
  return algorithm;
}

cublasLtMatmulHeuristicResult_t usable(const cublasLtMatmulAlgo_t& algorithm) {
  return {.algo = algorithm, .workspaceSize = 0, .state = CUBLAS_STATUS_SUCCESS, .wavesCount = 1.0F, .reserved = {}};
}

// What a program sets on an algorithm is kept in words 2 to 7 of it: four bytes for each number.
bool keeps(int number) { return number > CUBLASLT_ALGO_CONFIG_ID && number <= CUBLASLT_ALGO_CONFIG_CLUSTER_SHAPE_ID; }
std::size_t config_bytes(int number) {
  return number == CUBLASLT_ALGO_CONFIG_INNER_SHAPE_ID || number == CUBLASLT_ALGO_CONFIG_CLUSTER_SHAPE_ID ? 2 : 4;
}
std::size_t config_offset(int number) { return 2 * sizeof(std::uint64_t) + static_cast<std::size_t>(number) * 4; }

}  // namespace

// ---- the library

SIMULATED cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  return create(handle, {.kind = ObjectKind::cublaslt});
}
SIMULATED cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) {
  return done_if(library_objects().destroy(handle_of(handle), ObjectKind::cublaslt), CUBLAS_STATUS_NOT_INITIALIZED);
}
SIMULATED size_t cublasLtGetVersion() {
  auto* const function = real_function_as<size_t()>(kLibrary, "cublasLtGetVersion");
  return function != nullptr ? function() : CUBLAS_VERSION;
}
SIMULATED size_t cublasLtGetCudartVersion() {
  auto* const function = real_function_as<size_t()>(kLibrary, "cublasLtGetCudartVersion");
  return function != nullptr ? function() : CUDART_VERSION;
}
SIMULATED cublasStatus_t cublasLtGetProperty(libraryPropertyType type, int* value) {
  if (value == nullptr || type < MAJOR_VERSION || type > PATCH_LEVEL) return CUBLAS_STATUS_INVALID_VALUE;
  const int of_header = type == MAJOR_VERSION   ? CUBLAS_VER_MAJOR
                        : type == MINOR_VERSION ? CUBLAS_VER_MINOR
                                                : CUBLAS_VER_PATCH;
  return real_property<cublasStatus_t>(kLibrary, "cublasLtGetProperty", type, of_header, value);
}
SIMULATED const char* cublasLtGetStatusName(cublasStatus_t status) {
  return real_text(kLibrary, "cublasLtGetStatusName", status);
}
SIMULATED const char* cublasLtGetStatusString(cublasStatus_t status) {
  return real_text(kLibrary, "cublasLtGetStatusString", status);
}

// ---- descriptors

SIMULATED cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* descriptor, cublasComputeType_t compute_type,
                                                  cudaDataType_t scale_type) {
  return create(descriptor, matmul(compute_type, scale_type));
}
SIMULATED cublasStatus_t cublasLtMatmulDescInit_internal(cublasLtMatmulDesc_t descriptor, size_t bytes,
                                                         cublasComputeType_t compute_type, cudaDataType_t scale_type) {
  return place(descriptor, bytes, matmul(compute_type, scale_type));
}
SIMULATED cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* descriptor, cudaDataType type,
                                                    uint64_t rows, uint64_t columns, int64_t ld) {
  return create(descriptor, layout(type, rows, columns, ld));
}
SIMULATED cublasStatus_t cublasLtMatrixLayoutInit_internal(cublasLtMatrixLayout_t descriptor, size_t bytes,
                                                           cudaDataType type, uint64_t rows, uint64_t columns,
                                                           int64_t ld) {
  return place(descriptor, bytes, layout(type, rows, columns, ld));
}
SIMULATED cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* descriptor) {
  return create(descriptor, {.kind = ObjectKind::cublaslt_preference});
}
SIMULATED cublasStatus_t cublasLtMatmulPreferenceInit_internal(cublasLtMatmulPreference_t descriptor, size_t bytes) {
  return place(descriptor, bytes, {.kind = ObjectKind::cublaslt_preference});
}
SIMULATED cublasStatus_t cublasLtMatrixTransformDescCreate(cublasLtMatrixTransformDesc_t* descriptor,
                                                           cudaDataType scale_type) {
  return create(descriptor, transform(scale_type));
}
SIMULATED cublasStatus_t cublasLtMatrixTransformDescInit_internal(cublasLtMatrixTransformDesc_t descriptor,
                                                                  size_t bytes, cudaDataType scale_type) {
  return place(descriptor, bytes, transform(scale_type));
}
SIMULATED cublasStatus_t cublasLtEmulationDescCreate(cublasLtEmulationDesc_t* descriptor) {
  return create(descriptor, {.kind = ObjectKind::cublaslt_emulation});
}
SIMULATED cublasStatus_t cublasLtEmulationDescInit_internal(cublasLtEmulationDesc_t descriptor, size_t bytes) {
  return place(descriptor, bytes, {.kind = ObjectKind::cublaslt_emulation});
}

// Every descriptor is destroyed, set and read in the same way.
#define DESCRIPTOR(name, Descriptor, Number, kind, attributes)                                                         \
  SIMULATED cublasStatus_t name##Destroy(Descriptor descriptor) {                                                      \
    return done_if(library_objects().destroy(handle_of(descriptor), ObjectKind::kind));                                \
  }                                                                                                                    \
  SIMULATED cublasStatus_t name##SetAttribute(Descriptor descriptor, Number number, const void* value, size_t bytes) { \
    return set(handle_of(descriptor), ObjectKind::kind, attributes, number, value, bytes);                             \
  }                                                                                                                    \
  SIMULATED cublasStatus_t name##GetAttribute(Descriptor descriptor, Number number, void* to, size_t bytes,            \
                                              size_t* written) {                                                       \
    return get(handle_of(descriptor), ObjectKind::kind, attributes, number, to, bytes, written);                       \
  }

DESCRIPTOR(cublasLtMatmulDesc, cublasLtMatmulDesc_t, cublasLtMatmulDescAttributes_t, cublaslt_matmul, kMatmul)
DESCRIPTOR(cublasLtMatrixLayout, cublasLtMatrixLayout_t, cublasLtMatrixLayoutAttribute_t, cublaslt_layout, kLayout)
DESCRIPTOR(cublasLtMatmulPreference, cublasLtMatmulPreference_t, cublasLtMatmulPreferenceAttributes_t,
           cublaslt_preference, kPreference)
DESCRIPTOR(cublasLtMatrixTransformDesc, cublasLtMatrixTransformDesc_t, cublasLtMatrixTransformDescAttributes_t,
           cublaslt_transform, Attributes{})
DESCRIPTOR(cublasLtEmulationDesc, cublasLtEmulationDesc_t, cublasLtEmulationDescAttributes_t, cublaslt_emulation,
           kEmulation)

// ---- algorithms

SIMULATED cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t handle, cublasLtMatmulDesc_t operation,
                                                        cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                                        cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                                        cublasLtMatmulPreference_t preference, int requested,
                                                        cublasLtMatmulHeuristicResult_t results[], int* returned) {
  if (!is_handle(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (requested <= 0 || results == nullptr || returned == nullptr || !are_layouts(a, b, c, d) ||
      !is(handle_of(operation), ObjectKind::cublaslt_matmul)) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  std::uint64_t allowed_bytes = 0;
  library_objects().with(handle_of(preference), ObjectKind::cublaslt_preference, [&](const LibraryObject& object) {
    allowed_bytes = object.get(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, std::uint64_t{0});
  });
  results[0] = usable(algorithm(allowed_bytes > 0));
  *returned = 1;
  return CUBLAS_STATUS_SUCCESS;
}

SIMULATED cublasStatus_t cublasLtMatmulAlgoGetIds(cublasLtHandle_t handle, cublasComputeType_t, cudaDataType_t,
                                                  cudaDataType_t, cudaDataType_t, cudaDataType_t, cudaDataType_t,
                                                  int requested, int ids[], int* returned) {
  if (!is_handle(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (requested <= 0 || ids == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  ids[0] = kAlgorithm;
  if (returned != nullptr) *returned = 1;
  return CUBLAS_STATUS_SUCCESS;
}

SIMULATED cublasStatus_t cublasLtMatmulAlgoInit(cublasLtHandle_t handle, cublasComputeType_t, cudaDataType_t,
                                                cudaDataType_t, cudaDataType_t, cudaDataType_t, cudaDataType_t, int id,
                                                cublasLtMatmulAlgo_t* to) {
  if (!is_handle(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (to == nullptr || id != kAlgorithm) return CUBLAS_STATUS_INVALID_VALUE;
  *to = algorithm(false);
  return CUBLAS_STATUS_SUCCESS;
}

SIMULATED cublasStatus_t cublasLtMatmulAlgoCheck(cublasLtHandle_t handle, cublasLtMatmulDesc_t operation,
                                                 cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                                 cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                                 const cublasLtMatmulAlgo_t* checked,
                                                 cublasLtMatmulHeuristicResult_t* result) {
  if (!is_handle(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (checked == nullptr || result == nullptr || !are_layouts(a, b, c, d) ||
      !is(handle_of(operation), ObjectKind::cublaslt_matmul)) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  *result = usable(*checked);
  return CUBLAS_STATUS_SUCCESS;
}

SIMULATED cublasStatus_t cublasLtMatmulAlgoConfigSetAttribute(cublasLtMatmulAlgo_t* to,
                                                              cublasLtMatmulAlgoConfigAttributes_t number,
                                                              const void* value, size_t bytes) {
  if (to == nullptr || value == nullptr || !keeps(number)) return CUBLAS_STATUS_INVALID_VALUE;
  if (bytes != config_bytes(number)) return CUBLAS_STATUS_INVALID_VALUE;
  std::memcpy(reinterpret_cast<char*>(to) + config_offset(number), value, bytes);
  return CUBLAS_STATUS_SUCCESS;
}

SIMULATED cublasStatus_t cublasLtMatmulAlgoConfigGetAttribute(const cublasLtMatmulAlgo_t* of,
                                                              cublasLtMatmulAlgoConfigAttributes_t number, void* to,
                                                              size_t bytes, size_t* written) {
  if (of == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  if (number == CUBLASLT_ALGO_CONFIG_ID) return give(of->data, sizeof(int), to, bytes, written);
  if (!keeps(number)) return CUBLAS_STATUS_INVALID_VALUE;
  return give(reinterpret_cast<const char*>(of) + config_offset(number), config_bytes(number), to, bytes, written);
}

// ---- products

SIMULATED cublasStatus_t cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t operation, const void*,
                                        const void*, cublasLtMatrixLayout_t a, const void*, cublasLtMatrixLayout_t b,
                                        const void*, const void*, cublasLtMatrixLayout_t c, void*,
                                        cublasLtMatrixLayout_t d, const cublasLtMatmulAlgo_t* with, void*,
                                        size_t workspace_bytes, cudaStream_t stream) {
  if (!is_handle(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (!is(handle_of(operation), ObjectKind::cublaslt_matmul) || !are_layouts(a, b, c, d)) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  // Who allowed a workspace and brings none allocates what the heuristic asked for, and that is not known here.
  if (with != nullptr && with->data[1] != 0 && workspace_bytes == 0) workspace_not_included("cublasLtMatmul");
  simulation().launch_on(handle_of(stream));
  return CUBLAS_STATUS_SUCCESS;
}

SIMULATED cublasStatus_t cublasLtMatrixTransform(cublasLtHandle_t handle, cublasLtMatrixTransformDesc_t operation,
                                                 const void*, const void*, cublasLtMatrixLayout_t, const void*,
                                                 const void*, cublasLtMatrixLayout_t, void*, cublasLtMatrixLayout_t c,
                                                 cudaStream_t stream) {
  if (!is_handle(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (!is(handle_of(operation), ObjectKind::cublaslt_transform) || !are_layouts(c)) return CUBLAS_STATUS_INVALID_VALUE;
  simulation().launch_on(handle_of(stream));
  return CUBLAS_STATUS_SUCCESS;
}
