// Functions of LibTorch that this library steps in front of. It needs none of LibTorch's headers for that, and works
// with all its versions in which these functions have kept their names: they are C++ symbols that one library of
// LibTorch calls in another, so the dynamic linker finds ours first. Each calls the original and looks at what went by.
//
// Two things are learned here: what the caching allocator holds after each of its events, and which operator made a
// truth value that the program will ask for.

#include <cstdint>
#include <optional>
#include <utility>

#include "simulator/entry_point.h"
#include "simulator/simulation.h"
#include "simulator/torch_symbols.h"
#include "simulator/transfers.h"

using namespace profile_train::simulator;

namespace {

constexpr std::int32_t kCuda = 1;   // c10::DeviceType
constexpr std::int32_t kBool = 11;  // c10::ScalarType

/// LibTorch's own C interface, which its versions keep: a tensor is the address of an at::Tensor. Null in a LibTorch
/// that lacks them.
struct TensorInterface {
  template <class Value>
  using Getter = int (*)(const void* tensor, Value* value);

  Getter<std::int32_t> device_type = nullptr;
  Getter<void*> data = nullptr;
  Getter<std::int64_t> count = nullptr;
  Getter<std::int32_t> dtype = nullptr;

  TensorInterface() {
    find(device_type, "aoti_torch_get_device_type");
    find(data, "aoti_torch_get_data_ptr");
    find(count, "aoti_torch_get_numel");
    find(dtype, "aoti_torch_get_dtype");
  }

 private:
  template <class Value>
  static void find(Getter<Value>& getter, const char* name) {
    getter = reinterpret_cast<Getter<Value>>(torch_symbol(name));
  }
};

template <class Value>
Value ask(TensorInterface::Getter<Value> getter, const void* tensor, Value if_unknown) {
  Value value{};
  return getter != nullptr && getter(tensor, &value) == 0 ? value : if_unknown;
}

const TensorInterface& torch_tensors() {
  static const TensorInterface tensors;
  return tensors;
}

struct TensorView {
  std::uintptr_t address = 0;  ///< 0: not on a simulated device
  std::size_t count = 0;
};

TensorView view(const void* tensor) {
  if (*static_cast<void* const*>(tensor) == nullptr) return {};
  const TensorInterface& torch = torch_tensors();
  if (ask(torch.device_type, tensor, std::int32_t{-1}) != kCuda) return {};
  if (ask(torch.dtype, tensor, std::int32_t{-1}) != kBool) return {};
  const auto address = reinterpret_cast<std::uintptr_t>(ask(torch.data, tensor, static_cast<void*>(nullptr)));
  if (!simulation().memory.in_device_address_space(address)) return {};
  return {address, static_cast<std::size_t>(ask(torch.count, tensor, std::int64_t{0}))};
}

std::optional<TruthValues::Answer> answer_in(const void* tensor) {
  const TensorView seen = view(tensor);
  return seen.address == 0 ? std::nullopt : simulation().truths.find(seen.address, seen.count);
}

void made(const void* result, const char* operation, bool value) {
  const TensorView seen = view(result);
  if (seen.address != 0) simulation().truths.set(seen.address, seen.count, {value, operation});
}

}  // namespace

// A tensor is returned through the address that comes first; the arguments after it are passed on as they are.
#define MAKES_TRUTH(operation, value, symbol, parameters, arguments)            \
  SIMULATED void* symbol parameters {                                           \
    using Original = decltype(&(symbol));                                       \
    static const auto call = reinterpret_cast<Original>(torch_symbol(#symbol)); \
    void* const made_there = call arguments;                                    \
    made(made_there, operation, value);                                         \
    return made_there;                                                          \
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
#define COMBINES_TRUTH(operation, combined, symbol)                             \
  SIMULATED void* symbol(void* result, const void* self, const void* other) {   \
    using Original = void* (*)(void*, const void*, const void*);                \
    static const auto call = reinterpret_cast<Original>(torch_symbol(#symbol)); \
    const auto a = answer_in(self);                                             \
    const auto b = a ? answer_in(other) : std::nullopt;                         \
    void* const made_there = call(result, self, other);                         \
    if (a && b) made(made_there, operation, combined);                          \
    return made_there;                                                          \
  }
#define NEGATES_TRUTH(operation, symbol)                                        \
  SIMULATED void* symbol(void* result, const void* self) {                      \
    using Original = void* (*)(void*, const void*);                             \
    static const auto call = reinterpret_cast<Original>(torch_symbol(#symbol)); \
    const auto answer = answer_in(self);                                        \
    void* const made_there = call(result, self);                                \
    if (answer) made(made_there, operation, !answer->value);                    \
    return made_there;                                                          \
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
  static const auto call =
      reinterpret_cast<Original>(torch_symbol("_ZN2at4_ops19_local_scalar_dense4callERKNS_6TensorE"));
  struct Reading {
    explicit Reading(std::int32_t dtype) : before(std::exchange(scalar_read().dtype, dtype)) {}
    ~Reading() { scalar_read().dtype = before; }
    std::int32_t before;
  };
  const Reading reading(ask(torch_tensors().dtype, self, std::int32_t{-1}));
  return call(result, self);
}

/// c10::reportMemoryUsageToProfiler(void*, int64_t, size_t, size_t, c10::Device): the caching allocator calls it after
/// each allocation and each release with the bytes it then has allocated and reserved.
SIMULATED void _ZN3c1027reportMemoryUsageToProfilerEPvlmmNS_6DeviceE(void* pointer, std::int64_t bytes,
                                                                     std::size_t allocated_bytes,
                                                                     std::size_t reserved_bytes, std::uint16_t device) {
  using Original = void (*)(void*, std::int64_t, std::size_t, std::size_t, std::uint16_t);
  static const auto call =
      reinterpret_cast<Original>(torch_symbol("_ZN3c1027reportMemoryUsageToProfilerEPvlmmNS_6DeviceE"));
  const auto type = static_cast<std::int8_t>(device & 0xFFU);  // c10::Device: type, then index, a byte each
  const auto index = static_cast<std::int8_t>(device >> 8U);
  if (type == kCuda) {
    Simulation& sim = simulation();
    sim.allocator.report(index, static_cast<std::int64_t>(allocated_bytes), static_cast<std::int64_t>(reserved_bytes));
    if (bytes < 0) sim.truths.forget(reinterpret_cast<std::uintptr_t>(pointer), static_cast<std::size_t>(-bytes));
  }
  if (call != nullptr) call(pointer, bytes, allocated_bytes, reserved_bytes, device);
}
