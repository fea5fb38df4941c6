#include "profiler/scope_evidence.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace profile_train {
namespace {

using std::string_view;

// A new name is one more entry here.
constexpr std::array<string_view, 4> kHeads = {"lm_head", "output_projection", "embed_out", "cls_head"};
constexpr std::array<string_view, 2> kLosses = {"loss", "criterion"};
constexpr std::array<string_view, 4> kCasts = {"aten::to", "aten::_to_copy", "aten::_autocast_to_reduced_precision",
                                               "aten::_autocast_to_full_precision"};
constexpr std::array<string_view, 5> kLossNodes = {"NllLossBackward0", "NllLoss2DBackward0", "LogSoftmaxBackward0",
                                                   "CrossEntropyLossBackward0", "NllLossNdBackward0"};
/// Scratch of the CPU's flash attention: one block of scores a thread, freed before the operator returns.
/// cuDNN's attention asks for what it works in through LibTorch.
constexpr std::array<string_view, 4> kWorkspaceMakers = {
    "aten::_scaled_dot_product_flash_attention_for_cpu", "aten::_scaled_dot_product_flash_attention_for_cpu_backward",
    "aten::_scaled_dot_product_cudnn_attention", "aten::_scaled_dot_product_cudnn_attention_backward"};
/// Matrix products: cuBLAS and cuBLASLt work in memory that LibTorch gives each of their handles once.
constexpr std::array<string_view, 10> kLibraryCallers = {
    "aten::mm",         "aten::addmm", "aten::bmm", "aten::baddbmm",
    "aten::mv",         "aten::addmv", "aten::dot", "aten::_addmm_activation",
    "aten::_scaled_mm", "aten::addmm_"};

constexpr std::array<string_view, 2> kCopies = {"aten::clone", "aten::contiguous"};

template <std::size_t N>
bool contains(const std::array<string_view, N>& list, string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

string_view last_component(string_view path) {
  const auto dot = path.rfind('.');
  return dot == string_view::npos ? path : path.substr(dot + 1);
}

constexpr auto bit(Evidence evidence) { return static_cast<std::uint8_t>(evidence); }
constexpr std::uint8_t kOfModule = bit(Evidence::head) | bit(Evidence::loss);

std::uint8_t bits_of_frame(ScopeKind kind, string_view name) {
  unsigned bits = 0;
  switch (kind) {
    case ScopeKind::module:
      if (is_head(name)) bits |= bit(Evidence::head);
      if (contains(kLosses, last_component(name))) bits |= bit(Evidence::loss);
      break;
    case ScopeKind::backward:
      if (contains(kLossNodes, name)) bits |= bit(Evidence::loss);
      break;
    case ScopeKind::op:
      if (contains(kCasts, name)) bits |= bit(Evidence::cast);
      if (contains(kWorkspaceMakers, name)) bits |= bit(Evidence::workspace);
      if (contains(kLibraryCallers, name)) bits |= bit(Evidence::library);
      if (contains(kCopies, name)) bits |= bit(Evidence::copy);
      break;
    case ScopeKind::root: break;
  }
  return static_cast<std::uint8_t>(bits);
}

}  // namespace

bool is_head(string_view module_path) { return contains(kHeads, last_component(module_path)); }

ScopeEvidence::ScopeEvidence(const Trace& trace) : bits_(trace.scopes.size()) {
  for (std::size_t id = 1; id < trace.scopes.size(); ++id) {
    const Scope& scope = trace.scopes[id];
    unsigned inherited = scope.parent < id ? bits_[scope.parent] : 0U;
    if (scope.kind == ScopeKind::module) inherited &= ~unsigned{kOfModule};  // the innermost module decides
    const string_view name = scope.name < trace.names.size() ? string_view(trace.names[scope.name]) : string_view();
    bits_[id] = static_cast<std::uint8_t>(inherited | bits_of_frame(scope.kind, name));
  }
}

}  // namespace profile_train
