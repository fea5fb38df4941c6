// Functions of LibTorch that this library steps in front of. It needs none of LibTorch's headers for that, and works
// with all its versions in which these functions have kept their names: they are C++ symbols that one library of
// LibTorch calls in another, so the dynamic linker finds ours first. Each calls the original and looks at what went by.
//
// Two things are learned here: what the caching allocator holds after each of its events, and which operator made a
// truth value that the program will ask for.

#include <dlfcn.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "simulator/entry_point.h"
#include "simulator/simulation.h"
#include "simulator/transfers.h"

using namespace profile_train::simulator;

namespace {

using Function = void (*)();
Function original(const char* symbol) { return reinterpret_cast<Function>(dlsym(RTLD_NEXT, symbol)); }

/// LibTorch's own C interface, which its versions keep: a tensor is the address of an at::Tensor.
struct TensorView {
  void* data = nullptr;
  std::int64_t count = 0;
  std::int32_t dtype = -1;
};

template <class Value>
Value ask(const char* symbol, const void* tensor, Value otherwise) {
  using Getter = int (*)(const void*, Value*);
  const auto getter = reinterpret_cast<Getter>(dlsym(RTLD_DEFAULT, symbol));
  if (getter == nullptr || getter(tensor, &otherwise) != 0) return Value{};
  return otherwise;
}

constexpr std::int32_t kCuda = 1;  // c10::DeviceType

/// Empty data if the tensor is not on a simulated device.
TensorView view(const void* tensor) {
  if (tensor == nullptr || *static_cast<void* const*>(tensor) == nullptr) return {};
  if (ask<std::int32_t>("aoti_torch_get_device_type", tensor, -1) != kCuda) return {};
  TensorView view;
  view.data = ask<void*>("aoti_torch_get_data_ptr", tensor, nullptr);
  if (!simulation().memory.in_device_address_space(reinterpret_cast<std::uintptr_t>(view.data))) return {};
  view.count = ask<std::int64_t>("aoti_torch_get_numel", tensor, 0);
  view.dtype = ask<std::int32_t>("aoti_torch_get_dtype", tensor, -1);
  return view;
}

std::optional<TruthValues::Answer> answer_in(const void* tensor) {
  const TensorView seen = view(tensor);
  if (seen.data == nullptr) return std::nullopt;
  return simulation().truths.find(reinterpret_cast<std::uintptr_t>(seen.data), static_cast<std::size_t>(seen.count));
}

constexpr std::int32_t kBool = 11;  // c10::ScalarType

void made(const void* result, const char* operation, bool value) {
  const TensorView seen = view(result);
  if (seen.data == nullptr || seen.dtype != kBool) return;
  simulation().truths.set(reinterpret_cast<std::uintptr_t>(seen.data), static_cast<std::size_t>(seen.count),
                          {value, operation});
}

}  // namespace

// A tensor is returned through the address that comes first; the arguments after it are passed on as they are.
#define MAKES_TRUTH(operation, value, symbol, parameters, arguments)        \
  SIMULATED void* symbol parameters {                                       \
    using Original = void*(*)parameters;                                    \
    static const auto call = reinterpret_cast<Original>(original(#symbol)); \
    void* const made_there = call arguments;                                \
    made(made_there, operation, value);                                     \
    return made_there;                                                      \
  }

MAKES_TRUTH("isfinite", true, _ZN2at4_ops8isfinite4callERKNS_6TensorE, (void* result, const void* self), (result, self))
MAKES_TRUTH("isnan", false, _ZN2at4_ops5isnan4callERKNS_6TensorE, (void* result, const void* self), (result, self))
MAKES_TRUTH("isinf", false, _ZN2at4_ops5isinf4callERKNS_6TensorE, (void* result, const void* self), (result, self))
MAKES_TRUTH("all", true, _ZN2at4_ops3all4callERKNS_6TensorE, (void* result, const void* self), (result, self))
MAKES_TRUTH("all", true, _ZN2at4_ops7all_dim4callERKNS_6TensorElb,
            (void* result, const void* self, std::int64_t dim, bool keep), (result, self, dim, keep))
MAKES_TRUTH("any", false, _ZN2at4_ops3any4callERKNS_6TensorE, (void* result, const void* self), (result, self))
MAKES_TRUTH("any", false, _ZN2at4_ops7any_dim4callERKNS_6TensorElb,
            (void* result, const void* self, std::int64_t dim, bool keep), (result, self, dim, keep))
MAKES_TRUTH("isclose", true, _ZN2at4_ops7isclose4callERKNS_6TensorES4_ddb,
            (void* result, const void* self, const void* other, double relative, double absolute, bool nan),
            (result, self, other, relative, absolute, nan))

// Truth values made of truth values: known if both are.
#define COMBINES_TRUTH(operation, combined, symbol)                           \
  SIMULATED void* symbol(void* result, const void* self, const void* other) { \
    using Original = void* (*)(void*, const void*, const void*);              \
    static const auto call = reinterpret_cast<Original>(original(#symbol));   \
    const auto a = answer_in(self);                                           \
    const auto b = a ? answer_in(other) : std::nullopt;                       \
    void* const made_there = call(result, self, other);                       \
    if (a && b) made(made_there, operation, combined);                        \
    return made_there;                                                        \
  }
#define NEGATES_TRUTH(operation, symbol)                                    \
  SIMULATED void* symbol(void* result, const void* self) {                  \
    using Original = void* (*)(void*, const void*);                         \
    static const auto call = reinterpret_cast<Original>(original(#symbol)); \
    const auto answer = answer_in(self);                                    \
    void* const made_there = call(result, self);                            \
    if (answer) made(made_there, operation, !answer->value);                \
    return made_there;                                                      \
  }

COMBINES_TRUTH("logical_and", a->value && b->value, _ZN2at4_ops11logical_and4callERKNS_6TensorES4_)
COMBINES_TRUTH("logical_or", a->value || b->value, _ZN2at4_ops10logical_or4callERKNS_6TensorES4_)
COMBINES_TRUTH("bitwise_and", a->value && b->value, _ZN2at4_ops18bitwise_and_Tensor4callERKNS_6TensorES4_)
COMBINES_TRUTH("bitwise_or", a->value || b->value, _ZN2at4_ops17bitwise_or_Tensor4callERKNS_6TensorES4_)
NEGATES_TRUTH("logical_not", _ZN2at4_ops11logical_not4callERKNS_6TensorE)
NEGATES_TRUTH("bitwise_not", _ZN2at4_ops11bitwise_not4callERKNS_6TensorE)

/// item(): tells the copy that follows which dtype it reads.
SIMULATED void* _ZN2at4_ops19_local_scalar_dense4callERKNS_6TensorE(void* result, const void* self) {
  using Original = void* (*)(void*, const void*);
  static const auto call = reinterpret_cast<Original>(original("_ZN2at4_ops19_local_scalar_dense4callERKNS_6TensorE"));
  struct Reading {
    explicit Reading(std::int32_t dtype) : before(std::exchange(scalar_read().dtype, dtype)) {}
    ~Reading() { scalar_read().dtype = before; }
    std::int32_t before;
  };
  const Reading reading(ask<std::int32_t>("aoti_torch_get_dtype", self, -1));
  return call(result, self);
}

/// c10::reportMemoryUsageToProfiler(void*, int64_t, size_t, size_t, c10::Device): the caching allocator calls it after
/// each allocation and each release with the bytes it then has allocated and reserved.
SIMULATED void _ZN3c1027reportMemoryUsageToProfilerEPvlmmNS_6DeviceE(void* pointer, std::int64_t bytes,
                                                                     std::size_t allocated_bytes,
                                                                     std::size_t reserved_bytes, std::uint16_t device) {
  using Original = void (*)(void*, std::int64_t, std::size_t, std::size_t, std::uint16_t);
  static const auto call =
      reinterpret_cast<Original>(original("_ZN3c1027reportMemoryUsageToProfilerEPvlmmNS_6DeviceE"));
  const auto type = static_cast<std::int8_t>(device & 0xFFU);  // c10::Device: type, then index, a byte each
  const auto index = static_cast<std::int8_t>(device >> 8U);
  if (type == kCuda) {
    Simulation& sim = simulation();
    sim.allocator.report(index, static_cast<std::int64_t>(allocated_bytes), static_cast<std::int64_t>(reserved_bytes));
    if (bytes < 0) sim.truths.forget(reinterpret_cast<std::uintptr_t>(pointer), static_cast<std::size_t>(-bytes));
  }
  if (call != nullptr) call(pointer, bytes, allocated_bytes, reserved_bytes, device);
}
