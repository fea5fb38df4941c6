#include "simulator/transfers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <string_view>

#include "simulator/call_site.h"
#include "simulator/simulation.h"

namespace profile_train::simulator {
namespace {

// c10::ScalarType; the numbers are part of every file that torch.save writes.
enum Dtype : std::int32_t { kHalf = 5, kFloat = 6, kDouble = 7, kBool = 11, kBfloat16 = 15 };

/// The upper half of a float, cut: exact for the values that people choose.
std::uint16_t to_bfloat16(float value) {
  return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16U);
}

/// Cut to 10 bits of mantissa; what is too large becomes infinite, what is too small becomes 0.
std::uint16_t to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16U) & 0x8000U);
  const auto exponent = static_cast<int>((bits >> 23U) & 0xFFU) - 127 + 15;
  if (exponent <= 0) return sign;
  if (exponent >= 31) return static_cast<std::uint16_t>(sign | 0x7C00U);
  return static_cast<std::uint16_t>(sign | (static_cast<unsigned>(exponent) << 10U) | ((bits >> 13U) & 0x3FFU));
}

template <class Number>
void store(void* host, Number number, std::size_t bytes) {
  std::memcpy(host, &number, std::min(bytes, sizeof number));
}

/// Writes the scalar that was set in the dtype that item() reads. False if it reads no floating point number.
bool answer_with_scalar(void* host, std::size_t bytes, double value) {
  const auto number = static_cast<float>(value);
  switch (scalar_read().dtype) {
    case kHalf: store(host, to_half(number), bytes); return true;
    case kBfloat16: store(host, to_bfloat16(number), bytes); return true;
    case kFloat: store(host, number, bytes); return true;
    case kDouble: store(host, value, bytes); return true;
    default: return false;
  }
}

// Operators whose result has a size that depends on values.
constexpr std::array<const char*, 17> kShapeOperators = {"nonzero",
                                                         "nonzero_numpy",
                                                         "masked_select",
                                                         "argwhere",
                                                         "unique_dim",
                                                         "_unique",
                                                         "_unique2",
                                                         "unique_consecutive",
                                                         "bincount",
                                                         "repeat_interleave",
                                                         "repeat_interleave_Tensor",
                                                         "_grouped_mm",
                                                         "combinations",
                                                         "tensor_split_tensor_indices_or_sections",
                                                         "histc",
                                                         "split_with_sizes_tensor",
                                                         "masked_scatter_backward"};

ReadKind kind_of(const CallSite& site) {
  for (const char* const name : kShapeOperators) {
    if (site.in_operator(name)) return ReadKind::shape;
  }
  if (scalar_read().dtype == kBool || site.in_operator("equal") || site.in_operator("is_nonzero") ||
      site.in_operator("allclose")) {
    return ReadKind::control_flow;
  }
  if (scalar_read().dtype >= 0) return ReadKind::scalar;
  for (const std::string& frame : site.python) {
    if (frame.starts_with("torch/serialization.py") || frame.starts_with("torch/storage.py")) return ReadKind::saved;
  }
  return ReadKind::copy;
}

/// The operator that people would name: the outermost, so `x[mask]` is an index and not its nonzero, but for what every
/// read ends in.
std::string operation_of(const CallSite& site) {
  if (site.operators.empty()) return "cudaMemcpy";
  const std::string_view outermost = site.operators.back();
  if (outermost == "_local_scalar_dense") return "aten::item";
  return fmt::format("aten::{}", outermost);
}

void read_unknown(void* host, std::uintptr_t device, std::size_t bytes) {
  Simulation& sim = simulation();
  std::string answer = "0";
  if (const auto truth = sim.truths.find(device, bytes)) {
    std::memset(host, truth->value ? 1 : 0, bytes);
    answer = fmt::format("{}, since aten::{} made it", truth->value, truth->operation);
  } else {
    std::memset(host, 0, bytes);
    if (answer_with_scalar(host, bytes, sim.settings.scalar_value))
      answer = fmt::format("{}", sim.settings.scalar_value);
  }
  const CallSite site = call_site();
  sim.reads.record(kind_of(site), operation_of(site), site.source(), std::move(answer), bytes);
}

/// All of it lies in one allocation. What is mapped into a reservation is not looked at.
bool is_allocated(const Simulation& sim, std::uintptr_t address, std::size_t bytes) {
  const auto range = sim.memory.find(address);
  return range && bytes <= range->address + range->bytes - address;
}

}  // namespace

ScalarRead& scalar_read() noexcept {
  static thread_local ScalarRead read;
  return read;
}

Status copy(void* to, const void* from, std::size_t bytes) {
  if (bytes == 0) return Status::ok;
  Simulation& sim = simulation();
  const auto target = reinterpret_cast<std::uintptr_t>(to);
  const auto source = reinterpret_cast<std::uintptr_t>(from);
  const bool to_device = sim.memory.in_device_address_space(target);
  const bool from_device = sim.memory.in_device_address_space(source);
  if (to_device && !is_allocated(sim, target, bytes)) return Status::invalid_value;
  if (from_device && !is_allocated(sim, source, bytes)) return Status::invalid_value;
  if (to_device) sim.truths.forget(target, bytes);
  if (to_device && from_device) {
    sim.contents.copy(target, source, bytes);
    if (const auto truth = sim.truths.find(source, bytes)) sim.truths.set(target, bytes, *truth);
  } else if (to_device) {
    sim.contents.write(target, from, bytes);
  } else if (!from_device) {
    std::memmove(to, from, bytes);
  } else if (!sim.contents.read(source, to, bytes)) {
    read_unknown(to, source, bytes);
  }
  return Status::ok;
}

Status fill(void* device, unsigned char value, std::size_t bytes) {
  Simulation& sim = simulation();
  const auto address = reinterpret_cast<std::uintptr_t>(device);
  if (!sim.memory.in_device_address_space(address)) {
    std::memset(device, value, bytes);
    return Status::ok;
  }
  if (bytes > 0 && !is_allocated(sim, address, bytes)) return Status::invalid_value;
  sim.truths.forget(address, bytes);
  sim.contents.fill(address, value, bytes);
  return Status::ok;
}

}  // namespace profile_train::simulator
