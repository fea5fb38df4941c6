// cuSPARSELt: products with 2:4 sparse matrices. All objects are in storage of the program, which may forget them
// without destroying them.
#include <cusparseLt.h>

#include <algorithm>

#include "simulator/entry_point.h"
#include "simulator/library_calls.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace {

constexpr const char* kLibrary = "libcusparseLt.so";

// What a matrix is, by numbers of our own; attributes of the program count from 0.
enum Field : int { kRows = 100, kColumns, kLd, kValueType };

cusparseStatus_t done_if(bool done) { return done ? CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_INVALID_VALUE; }
template <class Object>
bool is(const Object* object, ObjectKind kind) {
  return library_objects().contains(handle_of(object), kind);
}
bool is_handle(const cusparseLtHandle_t* handle) { return is(handle, ObjectKind::cusparselt); }

template <class Object>
cusparseStatus_t place(const cusparseLtHandle_t* handle, Object* object, LibraryObject&& value) {
  if (!is_handle(handle)) return CUSPARSE_STATUS_NOT_INITIALIZED;
  if (object == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  library_objects().place(handle_of(object), std::move(value));
  return CUSPARSE_STATUS_SUCCESS;
}

cusparseStatus_t place_matrix(const cusparseLtHandle_t* handle, cusparseLtMatDescriptor_t* matrix, int64_t rows,
                              int64_t columns, int64_t ld, cudaDataType type) {
  LibraryObject object{.kind = ObjectKind::cusparselt_matrix};
  object.set(kRows, rows);
  object.set(kColumns, columns);
  object.set(kLd, ld);
  object.set(kValueType, type);
  object.set(CUSPARSELT_MAT_NUM_BATCHES, 1);
  return place(handle, matrix, std::move(object));
}

template <class Object>
cusparseStatus_t set(const cusparseLtHandle_t* handle, Object* object, ObjectKind kind, int attribute, const void* data,
                     std::size_t bytes) {
  if (!is_handle(handle)) return CUSPARSE_STATUS_NOT_INITIALIZED;
  if (data == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  return done_if(library_objects().with(handle_of(object), kind, [&](LibraryObject& changed) {
    changed.attributes[attribute].assign(static_cast<const char*>(data), bytes);
  }));
}

template <class Object>
cusparseStatus_t get(const cusparseLtHandle_t* handle, const Object* object, ObjectKind kind, int attribute, void* data,
                     std::size_t bytes) {
  if (!is_handle(handle)) return CUSPARSE_STATUS_NOT_INITIALIZED;
  if (data == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  return done_if(library_objects().with(handle_of(object), kind, [&](const LibraryObject& read) {
    const auto found = read.attributes.find(attribute);
    std::memset(data, 0, bytes);
    if (found != read.attributes.end()) std::memcpy(data, found->second.data(), std::min(bytes, found->second.size()));
  }));
}

std::size_t bytes_of(cudaDataType type) {
  switch (type) {
    case CUDA_R_32F: return 4;
    case CUDA_R_16F:
    case CUDA_R_16BF: return 2;
    default: return 1;
  }
}

/// Half of the values, and which they are: 2 bits for each, or a byte for each 8 values. In sixteenths of the dense
/// matrix as torch's own compression has it (aten/src/ATen/native/sparse/cuda/cuSPARSELtOps.cpp).
std::size_t compressed_bytes(const LibraryObject& matrix) {
  const std::size_t element_bytes = bytes_of(matrix.get(kValueType, CUDA_R_8I));
  const auto elements = static_cast<std::size_t>(matrix.get(kRows, int64_t{0}) * matrix.get(kColumns, int64_t{0}));
  const std::size_t sixteenths = element_bytes == 1 ? 10 : 9;
  return elements * element_bytes * sixteenths / 16;
}

cusparseStatus_t launch(const cusparseLtHandle_t* handle, cudaStream_t stream) {
  if (!is_handle(handle)) return CUSPARSE_STATUS_NOT_INITIALIZED;
  simulation().launch_on(handle_of(stream));
  return CUSPARSE_STATUS_SUCCESS;
}

}  // namespace

// ---- the library

SIMULATED cusparseStatus_t cusparseLtInit(cusparseLtHandle_t* handle) {
  if (handle == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  library_objects().place(handle_of(handle), {.kind = ObjectKind::cusparselt});
  return CUSPARSE_STATUS_SUCCESS;
}
SIMULATED cusparseStatus_t cusparseLtDestroy(const cusparseLtHandle_t* handle) {
  const bool done = library_objects().destroy(handle_of(handle), ObjectKind::cusparselt);
  return done ? CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_NOT_INITIALIZED;
}
SIMULATED cusparseStatus_t cusparseLtGetProperty(libraryPropertyType type, int* value) {
  if (value == nullptr || type < MAJOR_VERSION || type > PATCH_LEVEL) return CUSPARSE_STATUS_INVALID_VALUE;
  const int of_header = type == MAJOR_VERSION   ? CUSPARSELT_VER_MAJOR
                        : type == MINOR_VERSION ? CUSPARSELT_VER_MINOR
                                                : CUSPARSELT_VER_PATCH;
  return real_property<cusparseStatus_t>(kLibrary, "cusparseLtGetProperty", type, of_header, value);
}
SIMULATED cusparseStatus_t cusparseLtGetVersion(const cusparseLtHandle_t* handle, int* version) {
  if (!is_handle(handle)) return CUSPARSE_STATUS_NOT_INITIALIZED;
  if (version == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  int major = 0, minor = 0, patch = 0;
  cusparseLtGetProperty(MAJOR_VERSION, &major);
  cusparseLtGetProperty(MINOR_VERSION, &minor);
  cusparseLtGetProperty(PATCH_LEVEL, &patch);
  *version = major * 1000 + minor * 100 + patch;
  return CUSPARSE_STATUS_SUCCESS;
}
SIMULATED const char* cusparseLtGetErrorName(cusparseStatus_t status) {
  return real_text(kLibrary, "cusparseLtGetErrorName", status);
}
SIMULATED const char* cusparseLtGetErrorString(cusparseStatus_t status) {
  return real_text(kLibrary, "cusparseLtGetErrorString", status);
}

// ---- matrices

SIMULATED cusparseStatus_t cusparseLtDenseDescriptorInit(const cusparseLtHandle_t* handle,
                                                         cusparseLtMatDescriptor_t* matrix, int64_t rows,
                                                         int64_t columns, int64_t ld, uint32_t /*alignment*/,
                                                         cudaDataType type, cusparseOrder_t) {
  return place_matrix(handle, matrix, rows, columns, ld, type);
}
SIMULATED cusparseStatus_t cusparseLtStructuredDescriptorInit(const cusparseLtHandle_t* handle,
                                                              cusparseLtMatDescriptor_t* matrix, int64_t rows,
                                                              int64_t columns, int64_t ld, uint32_t /*alignment*/,
                                                              cudaDataType type, cusparseOrder_t,
                                                              cusparseLtSparsity_t) {
  return place_matrix(handle, matrix, rows, columns, ld, type);
}
SIMULATED cusparseStatus_t cusparseLtMatDescriptorDestroy(const cusparseLtMatDescriptor_t* matrix) {
  return done_if(library_objects().destroy(handle_of(matrix), ObjectKind::cusparselt_matrix));
}
SIMULATED cusparseStatus_t cusparseLtMatDescSetAttribute(const cusparseLtHandle_t* handle,
                                                         cusparseLtMatDescriptor_t* matrix,
                                                         cusparseLtMatDescAttribute_t attribute, const void* data,
                                                         size_t bytes) {
  return set(handle, matrix, ObjectKind::cusparselt_matrix, attribute, data, bytes);
}
SIMULATED cusparseStatus_t cusparseLtMatDescGetAttribute(const cusparseLtHandle_t* handle,
                                                         const cusparseLtMatDescriptor_t* matrix,
                                                         cusparseLtMatDescAttribute_t attribute, void* data,
                                                         size_t bytes) {
  return get(handle, matrix, ObjectKind::cusparselt_matrix, attribute, data, bytes);
}

// ---- products

SIMULATED cusparseStatus_t cusparseLtMatmulDescriptorInit(const cusparseLtHandle_t* handle,
                                                          cusparseLtMatmulDescriptor_t* product, cusparseOperation_t,
                                                          cusparseOperation_t, const cusparseLtMatDescriptor_t* a,
                                                          const cusparseLtMatDescriptor_t* b,
                                                          const cusparseLtMatDescriptor_t* c,
                                                          const cusparseLtMatDescriptor_t* d, cusparseComputeType) {
  for (const auto* const matrix : {a, b, c, d}) {
    if (!is(matrix, ObjectKind::cusparselt_matrix)) return CUSPARSE_STATUS_INVALID_VALUE;
  }
  return place(handle, product, {.kind = ObjectKind::cusparselt_matmul});
}
SIMULATED cusparseStatus_t cusparseLtMatmulDescSetAttribute(const cusparseLtHandle_t* handle,
                                                            cusparseLtMatmulDescriptor_t* product,
                                                            cusparseLtMatmulDescAttribute_t attribute, const void* data,
                                                            size_t bytes) {
  return set(handle, product, ObjectKind::cusparselt_matmul, attribute, data, bytes);
}
SIMULATED cusparseStatus_t cusparseLtMatmulDescGetAttribute(const cusparseLtHandle_t* handle,
                                                            const cusparseLtMatmulDescriptor_t* product,
                                                            cusparseLtMatmulDescAttribute_t attribute, void* data,
                                                            size_t bytes) {
  return get(handle, product, ObjectKind::cusparselt_matmul, attribute, data, bytes);
}

SIMULATED cusparseStatus_t cusparseLtMatmulAlgSelectionInit(const cusparseLtHandle_t* handle,
                                                            cusparseLtMatmulAlgSelection_t* selection,
                                                            const cusparseLtMatmulDescriptor_t* product,
                                                            cusparseLtMatmulAlg_t) {
  if (!is(product, ObjectKind::cusparselt_matmul)) return CUSPARSE_STATUS_INVALID_VALUE;
  LibraryObject object{.kind = ObjectKind::cusparselt_algorithm};
  object.set(CUSPARSELT_MATMUL_ALG_CONFIG_MAX_ID, 1);  // algorithm 0 is all there is
  object.set(CUSPARSELT_MATMUL_SEARCH_ITERATIONS, 5);  // documented default
  object.set(CUSPARSELT_MATMUL_SPLIT_K, 1);
  return place(handle, selection, std::move(object));
}
SIMULATED cusparseStatus_t cusparseLtMatmulAlgSelectionDestroy(const cusparseLtMatmulAlgSelection_t* selection) {
  return done_if(library_objects().destroy(handle_of(selection), ObjectKind::cusparselt_algorithm));
}
SIMULATED cusparseStatus_t cusparseLtMatmulAlgSetAttribute(const cusparseLtHandle_t* handle,
                                                           cusparseLtMatmulAlgSelection_t* selection,
                                                           cusparseLtMatmulAlgAttribute_t attribute, const void* data,
                                                           size_t bytes) {
  return set(handle, selection, ObjectKind::cusparselt_algorithm, attribute, data, bytes);
}
SIMULATED cusparseStatus_t cusparseLtMatmulAlgGetAttribute(const cusparseLtHandle_t* handle,
                                                           const cusparseLtMatmulAlgSelection_t* selection,
                                                           cusparseLtMatmulAlgAttribute_t attribute, void* data,
                                                           size_t bytes) {
  return get(handle, selection, ObjectKind::cusparselt_algorithm, attribute, data, bytes);
}

SIMULATED cusparseStatus_t cusparseLtMatmulPlanInit(const cusparseLtHandle_t* handle, cusparseLtMatmulPlan_t* plan,
                                                    const cusparseLtMatmulDescriptor_t* product,
                                                    const cusparseLtMatmulAlgSelection_t* selection) {
  if (!is(product, ObjectKind::cusparselt_matmul) || !is(selection, ObjectKind::cusparselt_algorithm)) {
    return CUSPARSE_STATUS_INVALID_VALUE;
  }
  return place(handle, plan, {.kind = ObjectKind::cusparselt_plan});
}
SIMULATED cusparseStatus_t cusparseLtMatmulPlanDestroy(const cusparseLtMatmulPlan_t* plan) {
  return done_if(library_objects().destroy(handle_of(plan), ObjectKind::cusparselt_plan));
}
SIMULATED cusparseStatus_t cusparseLtMatmulGetWorkspace(const cusparseLtHandle_t* handle,
                                                        const cusparseLtMatmulPlan_t* plan, size_t* bytes) {
  if (!is_handle(handle)) return CUSPARSE_STATUS_NOT_INITIALIZED;
  if (!is(plan, ObjectKind::cusparselt_plan) || bytes == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  *bytes = 0;
  workspace_not_included("cusparseLtMatmul");
  return CUSPARSE_STATUS_SUCCESS;
}

SIMULATED cusparseStatus_t cusparseLtMatmul(const cusparseLtHandle_t* handle, const cusparseLtMatmulPlan_t* plan,
                                            const void*, const void*, const void*, const void*, const void*, void*,
                                            void*, cudaStream_t* streams, int32_t stream_count) {
  if (!is(plan, ObjectKind::cusparselt_plan)) return CUSPARSE_STATUS_INVALID_VALUE;
  return launch(handle, streams != nullptr && stream_count > 0 ? streams[0] : nullptr);
}
SIMULATED cusparseStatus_t cusparseLtMatmulSearch(const cusparseLtHandle_t* handle, cusparseLtMatmulPlan_t* plan,
                                                  const void*, const void*, const void*, const void*, const void*,
                                                  void*, void*, cudaStream_t* streams, int32_t stream_count) {
  if (!is(plan, ObjectKind::cusparselt_plan)) return CUSPARSE_STATUS_INVALID_VALUE;
  return launch(handle, streams != nullptr && stream_count > 0 ? streams[0] : nullptr);
}

// ---- compression. cusparseLtSpMMACompressedSize, which takes a plan, is not here: a plan does not tell its matrix.

SIMULATED cusparseStatus_t cusparseLtSpMMACompressedSize2(const cusparseLtHandle_t* handle,
                                                          const cusparseLtMatDescriptor_t* matrix, size_t* bytes,
                                                          size_t* buffer_bytes) {
  if (!is_handle(handle)) return CUSPARSE_STATUS_NOT_INITIALIZED;
  if (bytes == nullptr || buffer_bytes == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  *buffer_bytes = 0;
  workspace_not_included("cusparseLtSpMMACompress2");
  return done_if(library_objects().with(handle_of(matrix), ObjectKind::cusparselt_matrix,
                                        [&](const LibraryObject& object) { *bytes = compressed_bytes(object); }));
}
SIMULATED cusparseStatus_t cusparseLtSpMMACompress2(const cusparseLtHandle_t* handle,
                                                    const cusparseLtMatDescriptor_t* matrix, int, cusparseOperation_t,
                                                    const void*, void*, void*, cudaStream_t stream) {
  if (!is(matrix, ObjectKind::cusparselt_matrix)) return CUSPARSE_STATUS_INVALID_VALUE;
  return launch(handle, stream);
}
SIMULATED cusparseStatus_t cusparseLtSpMMACompress(const cusparseLtHandle_t* handle, const cusparseLtMatmulPlan_t* plan,
                                                   const void*, void*, void*, cudaStream_t stream) {
  if (!is(plan, ObjectKind::cusparselt_plan)) return CUSPARSE_STATUS_INVALID_VALUE;
  return launch(handle, stream);
}
SIMULATED cusparseStatus_t cusparseLtSpMMAPrune(const cusparseLtHandle_t* handle, const cusparseLtMatmulDescriptor_t*,
                                                const void*, void*, cusparseLtPruneAlg_t, cudaStream_t stream) {
  return launch(handle, stream);
}
SIMULATED cusparseStatus_t cusparseLtSpMMAPrune2(const cusparseLtHandle_t* handle, const cusparseLtMatDescriptor_t*,
                                                 int, cusparseOperation_t, const void*, void*, cusparseLtPruneAlg_t,
                                                 cudaStream_t stream) {
  return launch(handle, stream);
}
SIMULATED cusparseStatus_t cusparseLtSpMMAPruneCheck(const cusparseLtHandle_t* handle,
                                                     const cusparseLtMatmulDescriptor_t*, const void*, int* /*device*/,
                                                     cudaStream_t stream) {
  return launch(handle, stream);
}
SIMULATED cusparseStatus_t cusparseLtSpMMAPruneCheck2(const cusparseLtHandle_t* handle,
                                                      const cusparseLtMatDescriptor_t*, int, cusparseOperation_t,
                                                      const void*, int* /*device*/, cudaStream_t stream) {
  return launch(handle, stream);
}
