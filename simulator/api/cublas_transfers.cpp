// cuBLAS: copies of vectors and matrices between host and device. Work is done when it is asked for, so the
// asynchronous ones are the same.
#include <cublas_v2.h>

#include <vector>

#include "simulator/entry_point.h"
#include "simulator/library_calls.h"
#include "simulator/simulation.h"
#include "simulator/transfers.h"

using namespace profile_train::simulator;

namespace {

/// `count` pieces of `bytes` each, the next one `stride` bytes after the beginning of the last.
struct Pieces {
  std::size_t count = 0;
  std::size_t bytes = 0;
  std::size_t from_stride = 0;
  std::size_t to_stride = 0;
};

cublasStatus_t status_of(Status status) {
  return status == Status::ok ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_MAPPING_ERROR;
}

/// To the device: piece by piece, since what is between them stays.
cublasStatus_t to_device(const char* from, char* to, const Pieces& pieces) {
  if (pieces.from_stride == pieces.bytes && pieces.to_stride == pieces.bytes) {
    return status_of(copy(to, from, pieces.count * pieces.bytes));
  }
  for (std::size_t i = 0; i < pieces.count; ++i) {
    const Status status = copy(to + i * pieces.to_stride, from + i * pieces.from_stride, pieces.bytes);
    if (status != Status::ok) return status_of(status);
  }
  return CUBLAS_STATUS_SUCCESS;
}

/// To the host: one read of the device, however many pieces, so that it is counted once.
cublasStatus_t to_host(const char* from, char* to, const Pieces& pieces) {
  if (pieces.from_stride == pieces.bytes && pieces.to_stride == pieces.bytes) {
    return status_of(copy(to, from, pieces.count * pieces.bytes));
  }
  std::vector<char> all((pieces.count - 1) * pieces.from_stride + pieces.bytes);
  const Status status = copy(all.data(), from, all.size());
  for (std::size_t i = 0; status == Status::ok && i < pieces.count; ++i) {
    std::memcpy(to + i * pieces.to_stride, all.data() + i * pieces.from_stride, pieces.bytes);
  }
  return status_of(status);
}

using Transfer = cublasStatus_t (*)(const char*, char*, const Pieces&);

cublasStatus_t vector(Transfer transfer, int64_t n, int64_t element_bytes, const void* x, int64_t incx, void* y,
                      int64_t incy) {
  if (incx <= 0 || incy <= 0 || element_bytes <= 0 || n < 0) return CUBLAS_STATUS_INVALID_VALUE;
  if (n == 0) return CUBLAS_STATUS_SUCCESS;
  const auto bytes = static_cast<std::size_t>(element_bytes);
  return transfer(static_cast<const char*>(x), static_cast<char*>(y),
                  {.count = static_cast<std::size_t>(n),
                   .bytes = bytes,
                   .from_stride = static_cast<std::size_t>(incx) * bytes,
                   .to_stride = static_cast<std::size_t>(incy) * bytes});
}

cublasStatus_t matrix(Transfer transfer, int64_t rows, int64_t columns, int64_t element_bytes, const void* a,
                      int64_t lda, void* b, int64_t ldb) {
  if (rows < 0 || columns < 0 || element_bytes <= 0 || lda < rows || ldb < rows) return CUBLAS_STATUS_INVALID_VALUE;
  if (rows == 0 || columns == 0) return CUBLAS_STATUS_SUCCESS;
  const auto bytes = static_cast<std::size_t>(element_bytes);
  return transfer(static_cast<const char*>(a), static_cast<char*>(b),
                  {.count = static_cast<std::size_t>(columns),
                   .bytes = static_cast<std::size_t>(rows) * bytes,
                   .from_stride = static_cast<std::size_t>(lda) * bytes,
                   .to_stride = static_cast<std::size_t>(ldb) * bytes});
}

}  // namespace

// NOLINTBEGIN(bugprone-macro-parentheses): types and names are no expressions
#define VECTOR(name, transfer, Int)                                                             \
  SIMULATED cublasStatus_t name(Int n, Int bytes, const void* x, Int incx, void* y, Int incy) { \
    return vector(transfer, n, bytes, x, incx, y, incy);                                        \
  }
#define VECTOR_ASYNC(name, transfer, Int)                                                                     \
  SIMULATED cublasStatus_t name(Int n, Int bytes, const void* x, Int incx, void* y, Int incy, cudaStream_t) { \
    return vector(transfer, n, bytes, x, incx, y, incy);                                                      \
  }
#define MATRIX(name, transfer, Int)                                                                           \
  SIMULATED cublasStatus_t name(Int rows, Int columns, Int bytes, const void* a, Int lda, void* b, Int ldb) { \
    return matrix(transfer, rows, columns, bytes, a, lda, b, ldb);                                            \
  }
#define MATRIX_ASYNC(name, transfer, Int)                                                                   \
  SIMULATED cublasStatus_t name(Int rows, Int columns, Int bytes, const void* a, Int lda, void* b, Int ldb, \
                                cudaStream_t) {                                                             \
    return matrix(transfer, rows, columns, bytes, a, lda, b, ldb);                                          \
  }

VECTOR(cublasSetVector, to_device, int)
VECTOR(cublasSetVector_64, to_device, int64_t)
VECTOR(cublasGetVector, to_host, int)
VECTOR(cublasGetVector_64, to_host, int64_t)
VECTOR_ASYNC(cublasSetVectorAsync, to_device, int)
VECTOR_ASYNC(cublasSetVectorAsync_64, to_device, int64_t)
VECTOR_ASYNC(cublasGetVectorAsync, to_host, int)
VECTOR_ASYNC(cublasGetVectorAsync_64, to_host, int64_t)
MATRIX(cublasSetMatrix, to_device, int)
MATRIX(cublasSetMatrix_64, to_device, int64_t)
MATRIX(cublasGetMatrix, to_host, int)
MATRIX(cublasGetMatrix_64, to_host, int64_t)
MATRIX_ASYNC(cublasSetMatrixAsync, to_device, int)
MATRIX_ASYNC(cublasSetMatrixAsync_64, to_device, int64_t)
MATRIX_ASYNC(cublasGetMatrixAsync, to_host, int)
MATRIX_ASYNC(cublasGetMatrixAsync_64, to_host, int64_t)
// NOLINTEND(bugprone-macro-parentheses)
