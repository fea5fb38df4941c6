#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "simulator/streams.h"

namespace profile_train::simulator {

/// What a handle of one of NVIDIA's libraries stands for.
enum class ObjectKind : std::uint8_t {
  cublas,
  cublaslt,
  cublaslt_matmul,
  cublaslt_layout,
  cublaslt_preference,
  cublaslt_transform,
  cublaslt_emulation,
  cusolver,
  cusolver_parameters,
  cusolver_gesvdj,
  cusolver_syevj,
  cusparse,
  cusparse_legacy_matrix,
  cusparse_sparse_matrix,
  cusparse_dense_matrix,
  cusparse_sparse_vector,
  cusparse_dense_vector,
  cusparse_algorithm,
  cusparselt,
  cusparselt_matrix,
  cusparselt_matmul,
  cusparselt_algorithm,
  cusparselt_plan,
  cufft,
  curand,
  cufile,
};

/// An object that a program made in one of NVIDIA's libraries, with everything that the program set on it.
struct LibraryObject {
  ObjectKind kind = ObjectKind::cublas;
  Handle stream = 0;
  std::map<int, std::string> attributes;  ///< by the number that the library gives them; values as bytes

  template <class T>
  void set(int attribute, const T& value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    attributes[attribute] = std::move(bytes);
  }
  template <class T>
  T get(int attribute, T unset = {}) const {
    const auto found = attributes.find(attribute);
    if (found != attributes.end() && found->second.size() == sizeof unset) {
      std::memcpy(&unset, found->second.data(), sizeof unset);
    }
    return unset;
  }
};

/// All objects of all libraries, in one table: a handle that was never made, or is destroyed, is not in it.
///
/// Handles are numbers, no addresses, except where a library leaves the storage to the program. Thread-safe; lives as
/// long as the process.
class LibraryObjects {
 public:
  Handle create(LibraryObject object);
  /// An object in the program's own storage: its address is its handle. Replaces one that was there.
  void place(Handle address, LibraryObject object);
  /// False if `handle` is not an object of this kind.
  bool destroy(Handle handle, ObjectKind kind);

  /// Calls act(LibraryObject&) under the table's lock; `act` must not come back here. False if `handle` is not an
  /// object of this kind.
  template <class Act>
  bool with(Handle handle, ObjectKind kind, Act act) {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(handle);
    if (found == objects_.end() || found->second.kind != kind) return false;
    act(found->second);
    return true;
  }
  bool contains(Handle handle, ObjectKind kind) {
    return with(handle, kind, [](const LibraryObject&) {});
  }

 private:
  std::mutex mutex_;
  std::unordered_map<Handle, LibraryObject> objects_;
  Handle last_handle_ = 0x4000'0000;  // cuFFT's handles are ints
};

LibraryObjects& library_objects();

/// The handle behind one of the libraries' pointer types.
template <class Pointer>
Handle handle_of(Pointer* pointer) {
  return reinterpret_cast<Handle>(pointer);
}

/// The other way: a handle as the library's pointer type, which nobody looks behind.
template <class Pointer>
Pointer as_pointer(Handle handle) {
  return reinterpret_cast<Pointer>(handle);  // NOLINT(performance-no-int-to-ptr)
}

}  // namespace profile_train::simulator
