#include "profiler/memory_model/symbolic/autocast.h"

#include <utility>

#include "profiler/memory_model/symbolic/autograd.h"

namespace profile_train::symbolic {
namespace {

/// A leaf of the graph, and no view of one: what autocast's cache accepts.
bool is_parameter(const Tensor& x) { return x.grad_fn && x.grad_fn->next.empty() && !x.has_base; }

}  // namespace

Tensor cast(Program& program, const Tensor& x, std::int64_t element_bytes) {
  if (x.element_bytes == element_bytes) return x;
  OpScope op(program, "aten::to");
  Tensor result = empty_like(program, x, element_bytes);
  program.note_cast(result.storage);
  connect(program, "ToCopyBackward0", {&x}, result, [&program, from = x.element_bytes](std::vector<Tensor>& g) {
    return std::vector<Tensor>{cast(program, detach(g[0]), from)};
  });
  return result;
}

AutocastScope::AutocastScope(Program& program) : program_(program), outer_(std::exchange(program.autocast_, this)) {}

AutocastScope::~AutocastScope() { program_.autocast_ = outer_; }

WithoutAutocast::WithoutAutocast(Program& program)
    : program_(program), outer_(std::exchange(program.autocast_, nullptr)) {}

WithoutAutocast::~WithoutAutocast() { program_.autocast_ = outer_; }

Tensor for_product(Program& program, const Tensor& x) {
  AutocastScope* const autocast = program.autocast();
  if (autocast == nullptr || x.element_bytes != kFloatBytes) return x;
  if (!is_parameter(x) || !program.makes_graph()) return cast(program, x, kHalfBytes);
  const auto [place, is_new] = autocast->cast_parameters_.try_emplace(x.storage.get());
  if (is_new) place->second = cast(program, x, kHalfBytes);
  return place->second;
}

Tensor in_full(Program& program, const Tensor& x) {
  if (program.autocast() == nullptr || x.element_bytes != kHalfBytes) return x;
  return cast(program, x, kFloatBytes);
}

}  // namespace profile_train::symbolic
