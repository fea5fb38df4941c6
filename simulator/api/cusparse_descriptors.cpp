// cuSPARSE: the descriptors of the generic functions, and the product of two sparse matrices, whose size is in one.
#include <cusparse.h>

#include <algorithm>

#include "simulator/entry_point.h"
#include "simulator/library_calls.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace {

// What a descriptor holds, by numbers of our own; a program's attributes are numbered behind them.
enum Field : int {
  kFormat,
  kRows,
  kColumns,
  kNonzeros,
  kOffsets,
  kIndices,
  kValues,
  kOffsetsType,
  kIndicesType,
  kIndexBase,
  kValueType,
  kLd,
  kOrder,
  kBatchCount,
  kBatchStride,
  kBlockRows,
  kBlockColumns,
  kComputed,  // the number of nonzeros is a result of values
};
constexpr int kFirstAttribute = 100;

cusparseStatus_t done_if(bool done) { return done ? CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_INVALID_VALUE; }

void put(LibraryObject&) {}
template <class T, class... More>
void put(LibraryObject& object, Field field, const T& value, const More&... more) {
  object.set(field, value);
  put(object, more...);
}

template <class Descriptor, class... Fields>
cusparseStatus_t create(Descriptor** descriptor, ObjectKind kind, const Fields&... fields) {
  if (descriptor == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  LibraryObject object{.kind = kind};
  put(object, fields...);
  *descriptor = as_pointer<Descriptor*>(library_objects().create(std::move(object)));
  return CUSPARSE_STATUS_SUCCESS;
}

template <class Descriptor, class... Fields>
cusparseStatus_t change(Descriptor* descriptor, ObjectKind kind, const Fields&... fields) {
  return done_if(
      library_objects().with(handle_of(descriptor), kind, [&](LibraryObject& object) { put(object, fields...); }));
}

void take(const LibraryObject&) {}
template <class T, class... More>
void take(const LibraryObject& object, Field field, T* to, More... more) {
  if (to != nullptr) *to = object.get(field, T{});
  take(object, more...);
}

template <class Descriptor, class... Fields>
cusparseStatus_t tell(Descriptor* descriptor, ObjectKind kind, Fields... fields) {
  return done_if(library_objects().with(handle_of(descriptor), kind,
                                        [&](const LibraryObject& object) { take(object, fields...); }));
}

template <class Descriptor>
cusparseStatus_t destroy(Descriptor* descriptor, ObjectKind kind) {
  return done_if(library_objects().destroy(handle_of(descriptor), kind));
}

constexpr ObjectKind kSparse = ObjectKind::cusparse_sparse_matrix;
constexpr ObjectKind kDense = ObjectKind::cusparse_dense_matrix;
constexpr ObjectKind kSparseVector = ObjectKind::cusparse_sparse_vector;
constexpr ObjectKind kDenseVector = ObjectKind::cusparse_dense_vector;

}  // namespace

// ---- vectors. Each function has a form for contents that are not to be written.

// NOLINTBEGIN(bugprone-macro-parentheses): types and names are no expressions
#define VECTORS(CreateConst, Descriptor, Void)                                                                         \
  SIMULATED cusparseStatus_t cusparse##CreateConst##SpVec(Descriptor##SpVecDescr_t* vector, int64_t size, int64_t nnz, \
                                                          Void* indices, Void* values, cusparseIndexType_t type,       \
                                                          cusparseIndexBase_t base, cudaDataType value_type) {         \
    return create(vector, kSparseVector, kRows, size, kNonzeros, nnz, kIndices, indices, kValues, values,              \
                  kIndicesType, type, kIndexBase, base, kValueType, value_type);                                       \
  }                                                                                                                    \
  SIMULATED cusparseStatus_t cusparse##CreateConst##DnVec(Descriptor##DnVecDescr_t* vector, int64_t size,              \
                                                          Void* values, cudaDataType value_type) {                     \
    return create(vector, kDenseVector, kRows, size, kValues, values, kValueType, value_type);                         \
  }
VECTORS(Create, cusparse, void)
VECTORS(CreateConst, cusparseConst, const void)

#define VECTOR_GETS(Prefix, Void)                                                                                     \
  SIMULATED cusparseStatus_t Prefix##SpVecGet(Prefix##SpVecDescr_t vector, int64_t* size, int64_t* nnz,               \
                                              Void** indices, Void** values, cusparseIndexType_t* type,               \
                                              cusparseIndexBase_t* base, cudaDataType* value_type) {                  \
    return tell(vector, kSparseVector, kRows, size, kNonzeros, nnz, kIndices, indices, kValues, values, kIndicesType, \
                type, kIndexBase, base, kValueType, value_type);                                                      \
  }                                                                                                                   \
  SIMULATED cusparseStatus_t Prefix##SpVecGetValues(Prefix##SpVecDescr_t vector, Void** values) {                     \
    return tell(vector, kSparseVector, kValues, values);                                                              \
  }                                                                                                                   \
  SIMULATED cusparseStatus_t Prefix##DnVecGet(Prefix##DnVecDescr_t vector, int64_t* size, Void** values,              \
                                              cudaDataType* value_type) {                                             \
    return tell(vector, kDenseVector, kRows, size, kValues, values, kValueType, value_type);                          \
  }                                                                                                                   \
  SIMULATED cusparseStatus_t Prefix##DnVecGetValues(Prefix##DnVecDescr_t vector, Void** values) {                     \
    return tell(vector, kDenseVector, kValues, values);                                                               \
  }
VECTOR_GETS(cusparse, void)
VECTOR_GETS(cusparseConst, const void)

SIMULATED cusparseStatus_t cusparseDestroySpVec(cusparseConstSpVecDescr_t vector) {
  return destroy(vector, kSparseVector);
}
SIMULATED cusparseStatus_t cusparseDestroyDnVec(cusparseConstDnVecDescr_t vector) {
  return destroy(vector, kDenseVector);
}
SIMULATED cusparseStatus_t cusparseSpVecGetIndexBase(cusparseConstSpVecDescr_t vector, cusparseIndexBase_t* base) {
  return tell(vector, kSparseVector, kIndexBase, base);
}
SIMULATED cusparseStatus_t cusparseSpVecSetValues(cusparseSpVecDescr_t vector, void* values) {
  return change(vector, kSparseVector, kValues, values);
}
SIMULATED cusparseStatus_t cusparseDnVecSetValues(cusparseDnVecDescr_t vector, void* values) {
  return change(vector, kDenseVector, kValues, values);
}

// ---- dense matrices

#define DENSE(CreateConst, Prefix, Void)                                                                               \
  SIMULATED cusparseStatus_t cusparse##CreateConst##DnMat(Prefix##DnMatDescr_t* matrix, int64_t rows, int64_t columns, \
                                                          int64_t ld, Void* values, cudaDataType type,                 \
                                                          cusparseOrder_t order) {                                     \
    return create(matrix, kDense, kRows, rows, kColumns, columns, kLd, ld, kValues, values, kValueType, type, kOrder,  \
                  order, kBatchCount, 1);                                                                              \
  }                                                                                                                    \
  SIMULATED cusparseStatus_t Prefix##DnMatGet(Prefix##DnMatDescr_t matrix, int64_t* rows, int64_t* columns,            \
                                              int64_t* ld, Void** values, cudaDataType* type,                          \
                                              cusparseOrder_t* order) {                                                \
    return tell(matrix, kDense, kRows, rows, kColumns, columns, kLd, ld, kValues, values, kValueType, type, kOrder,    \
                order);                                                                                                \
  }                                                                                                                    \
  SIMULATED cusparseStatus_t Prefix##DnMatGetValues(Prefix##DnMatDescr_t matrix, Void** values) {                      \
    return tell(matrix, kDense, kValues, values);                                                                      \
  }
DENSE(Create, cusparse, void)
DENSE(CreateConst, cusparseConst, const void)

SIMULATED cusparseStatus_t cusparseDestroyDnMat(cusparseConstDnMatDescr_t matrix) { return destroy(matrix, kDense); }
SIMULATED cusparseStatus_t cusparseDnMatSetValues(cusparseDnMatDescr_t matrix, void* values) {
  return change(matrix, kDense, kValues, values);
}
SIMULATED cusparseStatus_t cusparseDnMatSetStridedBatch(cusparseDnMatDescr_t matrix, int count, int64_t stride) {
  return change(matrix, kDense, kBatchCount, count, kBatchStride, stride);
}
SIMULATED cusparseStatus_t cusparseDnMatGetStridedBatch(cusparseConstDnMatDescr_t matrix, int* count, int64_t* stride) {
  return tell(matrix, kDense, kBatchCount, count, kBatchStride, stride);
}

// ---- sparse matrices

#define COMPRESSED(CreateConst, Prefix, Void, Letters, format)                                                         \
  SIMULATED cusparseStatus_t cusparse##CreateConst##Letters(                                                           \
      Prefix##SpMatDescr_t* matrix, int64_t rows, int64_t columns, int64_t nnz, Void* offsets, Void* indices,          \
      Void* values, cusparseIndexType_t offsets_type, cusparseIndexType_t indices_type, cusparseIndexBase_t base,      \
      cudaDataType type) {                                                                                             \
    return create(matrix, kSparse, kFormat, format, kRows, rows, kColumns, columns, kNonzeros, nnz, kOffsets, offsets, \
                  kIndices, indices, kValues, values, kOffsetsType, offsets_type, kIndicesType, indices_type,          \
                  kIndexBase, base, kValueType, type, kBatchCount, 1);                                                 \
  }                                                                                                                    \
  SIMULATED cusparseStatus_t Prefix##Letters##Get(                                                                     \
      Prefix##SpMatDescr_t matrix, int64_t* rows, int64_t* columns, int64_t* nnz, Void** offsets, Void** indices,      \
      Void** values, cusparseIndexType_t* offsets_type, cusparseIndexType_t* indices_type, cusparseIndexBase_t* base,  \
      cudaDataType* type) {                                                                                            \
    return tell(matrix, kSparse, kRows, rows, kColumns, columns, kNonzeros, nnz, kOffsets, offsets, kIndices, indices, \
                kValues, values, kOffsetsType, offsets_type, kIndicesType, indices_type, kIndexBase, base, kValueType, \
                type);                                                                                                 \
  }
COMPRESSED(Create, cusparse, void, Csr, CUSPARSE_FORMAT_CSR)
COMPRESSED(Create, cusparse, void, Csc, CUSPARSE_FORMAT_CSC)
COMPRESSED(CreateConst, cusparseConst, const void, Csr, CUSPARSE_FORMAT_CSR)
COMPRESSED(CreateConst, cusparseConst, const void, Csc, CUSPARSE_FORMAT_CSC)

// Row indices are in the place of offsets.
#define COORDINATES(CreateConst, Prefix, Void)                                                                         \
  SIMULATED cusparseStatus_t cusparse##CreateConst##Coo(                                                               \
      Prefix##SpMatDescr_t* matrix, int64_t rows, int64_t columns, int64_t nnz, Void* row_indices, Void* indices,      \
      Void* values, cusparseIndexType_t indices_type, cusparseIndexBase_t base, cudaDataType type) {                   \
    return create(matrix, kSparse, kFormat, CUSPARSE_FORMAT_COO, kRows, rows, kColumns, columns, kNonzeros, nnz,       \
                  kOffsets, row_indices, kIndices, indices, kValues, values, kIndicesType, indices_type, kIndexBase,   \
                  base, kValueType, type, kBatchCount, 1);                                                             \
  }                                                                                                                    \
  SIMULATED cusparseStatus_t Prefix##CooGet(                                                                           \
      Prefix##SpMatDescr_t matrix, int64_t* rows, int64_t* columns, int64_t* nnz, Void** row_indices, Void** indices,  \
      Void** values, cusparseIndexType_t* indices_type, cusparseIndexBase_t* base, cudaDataType* type) {               \
    return tell(matrix, kSparse, kRows, rows, kColumns, columns, kNonzeros, nnz, kOffsets, row_indices, kIndices,      \
                indices, kValues, values, kIndicesType, indices_type, kIndexBase, base, kValueType, type);             \
  }                                                                                                                    \
  SIMULATED cusparseStatus_t cusparse##CreateConst##Bsr(                                                               \
      Prefix##SpMatDescr_t* matrix, int64_t rows, int64_t columns, int64_t nnz, int64_t block_rows,                    \
      int64_t block_columns, Void* offsets, Void* indices, Void* values, cusparseIndexType_t offsets_type,             \
      cusparseIndexType_t indices_type, cusparseIndexBase_t base, cudaDataType type, cusparseOrder_t order) {          \
    return create(matrix, kSparse, kFormat, CUSPARSE_FORMAT_BSR, kRows, rows, kColumns, columns, kNonzeros, nnz,       \
                  kBlockRows, block_rows, kBlockColumns, block_columns, kOffsets, offsets, kIndices, indices, kValues, \
                  values, kOffsetsType, offsets_type, kIndicesType, indices_type, kIndexBase, base, kValueType, type,  \
                  kOrder, order, kBatchCount, 1);                                                                      \
  }                                                                                                                    \
  SIMULATED cusparseStatus_t Prefix##SpMatGetValues(Prefix##SpMatDescr_t matrix, Void** values) {                      \
    return tell(matrix, kSparse, kValues, values);                                                                     \
  }
COORDINATES(Create, cusparse, void)
COORDINATES(CreateConst, cusparseConst, const void)

SIMULATED cusparseStatus_t cusparseDestroySpMat(cusparseConstSpMatDescr_t matrix) { return destroy(matrix, kSparse); }

SIMULATED cusparseStatus_t cusparseCsrSetPointers(cusparseSpMatDescr_t matrix, void* offsets, void* indices,
                                                  void* values) {
  return change(matrix, kSparse, kOffsets, offsets, kIndices, indices, kValues, values);
}
SIMULATED cusparseStatus_t cusparseCscSetPointers(cusparseSpMatDescr_t matrix, void* offsets, void* indices,
                                                  void* values) {
  return change(matrix, kSparse, kOffsets, offsets, kIndices, indices, kValues, values);
}
SIMULATED cusparseStatus_t cusparseCooSetPointers(cusparseSpMatDescr_t matrix, void* rows, void* columns,
                                                  void* values) {
  return change(matrix, kSparse, kOffsets, rows, kIndices, columns, kValues, values);
}
SIMULATED cusparseStatus_t cusparseSpMatSetValues(cusparseSpMatDescr_t matrix, void* values) {
  return change(matrix, kSparse, kValues, values);
}
SIMULATED cusparseStatus_t cusparseSpMatGetFormat(cusparseConstSpMatDescr_t matrix, cusparseFormat_t* format) {
  return tell(matrix, kSparse, kFormat, format);
}
SIMULATED cusparseStatus_t cusparseSpMatGetIndexBase(cusparseConstSpMatDescr_t matrix, cusparseIndexBase_t* base) {
  return tell(matrix, kSparse, kIndexBase, base);
}
SIMULATED cusparseStatus_t cusparseCsrSetStridedBatch(cusparseSpMatDescr_t matrix, int count, int64_t /*offsets*/,
                                                      int64_t stride) {
  return change(matrix, kSparse, kBatchCount, count, kBatchStride, stride);
}
SIMULATED cusparseStatus_t cusparseCooSetStridedBatch(cusparseSpMatDescr_t matrix, int count, int64_t stride) {
  return change(matrix, kSparse, kBatchCount, count, kBatchStride, stride);
}
SIMULATED cusparseStatus_t cusparseBsrSetStridedBatch(cusparseSpMatDescr_t matrix, int count, int64_t /*offsets*/,
                                                      int64_t /*columns*/, int64_t stride) {
  return change(matrix, kSparse, kBatchCount, count, kBatchStride, stride);
}
SIMULATED cusparseStatus_t cusparseSpMatGetStridedBatch(cusparseConstSpMatDescr_t matrix, int* count) {
  return tell(matrix, kSparse, kBatchCount, count);
}

SIMULATED cusparseStatus_t cusparseSpMatSetAttribute(cusparseSpMatDescr_t matrix, cusparseSpMatAttribute_t attribute,
                                                     void* data, size_t bytes) {
  if (data == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  return done_if(library_objects().with(handle_of(matrix), kSparse, [&](LibraryObject& object) {
    object.attributes[kFirstAttribute + static_cast<int>(attribute)].assign(static_cast<const char*>(data), bytes);
  }));
}
SIMULATED cusparseStatus_t cusparseSpMatGetAttribute(cusparseConstSpMatDescr_t matrix,
                                                     cusparseSpMatAttribute_t attribute, void* data, size_t bytes) {
  if (data == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  return done_if(library_objects().with(handle_of(matrix), kSparse, [&](const LibraryObject& object) {
    const auto found = object.attributes.find(kFirstAttribute + static_cast<int>(attribute));
    std::memset(data, 0, bytes);
    if (found != object.attributes.end())
      std::memcpy(data, found->second.data(), std::min(bytes, found->second.size()));
  }));
}

SIMULATED cusparseStatus_t cusparseSpMatGetSize(cusparseConstSpMatDescr_t matrix, int64_t* rows, int64_t* columns,
                                                int64_t* nnz) {
  bool computed = false;
  const cusparseStatus_t status =
      tell(matrix, kSparse, kRows, rows, kColumns, columns, kNonzeros, nnz, kComputed, &computed);
  if (computed) record_answer(ReadKind::shape, "cusparseSpGEMM", "0", sizeof *nnz);
  return status;
}

// ---- the product of two sparse matrices: how many nonzeros it has, only their places tell

SIMULATED cusparseStatus_t cusparseSpGEMM_workEstimation(cusparseHandle_t handle, cusparseOperation_t,
                                                         cusparseOperation_t, const void*, cusparseConstSpMatDescr_t,
                                                         cusparseConstSpMatDescr_t, const void*, cusparseSpMatDescr_t,
                                                         cudaDataType, cusparseSpGEMMAlg_t, cusparseSpGEMMDescr_t,
                                                         size_t* bytes, void*) {
  if (bytes == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  if (!launch_on_handle(handle_of(handle), ObjectKind::cusparse)) return CUSPARSE_STATUS_NOT_INITIALIZED;
  *bytes = 0;
  workspace_not_included("cusparseSpGEMM");
  return CUSPARSE_STATUS_SUCCESS;
}
SIMULATED cusparseStatus_t cusparseSpGEMM_compute(cusparseHandle_t handle, cusparseOperation_t, cusparseOperation_t,
                                                  const void*, cusparseConstSpMatDescr_t, cusparseConstSpMatDescr_t,
                                                  const void*, cusparseSpMatDescr_t product, cudaDataType,
                                                  cusparseSpGEMMAlg_t, cusparseSpGEMMDescr_t, size_t* bytes, void*) {
  if (bytes == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  if (!launch_on_handle(handle_of(handle), ObjectKind::cusparse)) return CUSPARSE_STATUS_NOT_INITIALIZED;
  *bytes = 0;
  return change(product, kSparse, kNonzeros, int64_t{0}, kComputed, true);
}
SIMULATED cusparseStatus_t cusparseSpGEMM_copy(cusparseHandle_t handle, cusparseOperation_t, cusparseOperation_t,
                                               const void*, cusparseConstSpMatDescr_t, cusparseConstSpMatDescr_t,
                                               const void*, cusparseSpMatDescr_t, cudaDataType, cusparseSpGEMMAlg_t,
                                               cusparseSpGEMMDescr_t) {
  const bool launched = launch_on_handle(handle_of(handle), ObjectKind::cusparse);
  return launched ? CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_NOT_INITIALIZED;
}

// ---- what an operation keeps between its calls

#define KEEPS(operation)                                                                             \
  SIMULATED cusparseStatus_t cusparse##operation##_createDescr(cusparse##operation##Descr_t* kept) { \
    return create(kept, ObjectKind::cusparse_algorithm);                                             \
  }                                                                                                  \
  SIMULATED cusparseStatus_t cusparse##operation##_destroyDescr(cusparse##operation##Descr_t kept) { \
    return destroy(kept, ObjectKind::cusparse_algorithm);                                            \
  }
KEEPS(SpSV)
KEEPS(SpSM)
KEEPS(SpGEMM)
// NOLINTEND(bugprone-macro-parentheses)
