#include "profiler/import/frame_evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace profile_train::import {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool is_python(const SnapshotFrame& frame) { return frame.file.ends_with(".py") || frame.file.starts_with('<'); }

/// The path below the folder "torch" of an installed PyTorch: "nn/modules/linear.py". Empty for other files.
std::string_view path_in_torch(std::string_view file) {
  const std::size_t at = file.rfind("/torch/");
  if (at == std::string_view::npos) return file.starts_with("torch/") ? file.substr(6) : std::string_view();
  return file.substr(at + 7);
}

/// A file as people know it: below site-packages its whole path, else its name.
std::string_view short_path(std::string_view file) {
  for (const std::string_view folder : {"/site-packages/", "/dist-packages/"})
    if (const std::size_t at = file.rfind(folder); at != std::string_view::npos) return file.substr(at + folder.size());
  const std::size_t slash = file.rfind('/');
  return slash == std::string_view::npos ? file : file.substr(slash + 1);
}

bool is_of_the_interpreter(std::string_view file) {
  return contains(file, "/lib/python3") && !contains(file, "-packages/");
}

/// "mm" of "at::_ops::mm::call(at::Tensor const&, …)"; overloads stay in the name, as in "add_Tensor".
std::string_view operator_of(std::string_view function) {
  constexpr std::string_view kBefore = "at::_ops::";
  const std::size_t begin = function.find(kBefore);
  if (begin == std::string_view::npos) return {};
  function.remove_prefix(begin + kBefore.size());
  const std::size_t end = function.find("::");
  return end == std::string_view::npos ? std::string_view() : function.substr(0, end);
}

/// "AddmmBackward0" of "torch::autograd::generated::AddmmBackward0::apply(…)"; "AccumulateGrad" likewise.
std::string_view node_of(std::string_view function) {
  constexpr std::string_view kNamespace = "torch::autograd::";
  constexpr std::string_view kGenerated = "generated::";
  constexpr std::string_view kApply = "::apply(";
  if (!function.starts_with(kNamespace)) return {};
  function.remove_prefix(kNamespace.size());
  if (function.starts_with(kGenerated)) function.remove_prefix(kGenerated.size());
  const std::size_t end = function.find(kApply);
  if (end == std::string_view::npos || contains(function.substr(0, end), "::")) return {};
  return function.substr(0, end);
}

bool is_loss(std::string_view name) { return contains(name, "loss") || contains(name, "cross_entropy"); }

/// What one frame says about the phase, with its weight: of a stack, the heaviest frame decides.
struct Vote {
  int weight = 0;
  Phase phase = Phase::other;
};

// Update: an optimizer may call a closure that trains, but nothing that trains calls an optimizer.
constexpr int kForward = 1, kInit = 2, kData = 3, kLoss = 4, kBackward = 5, kRecompute = 6, kUpdate = 7;

Vote vote_of_python(const SnapshotFrame& frame) {
  const std::string_view torch = path_in_torch(frame.file);
  const std::string_view name = frame.name;
  if (name == "zero_grad") return {kUpdate, Phase::zero_grad};
  if (name == "step" && contains(frame.file, "optim")) return {kUpdate, Phase::optimizer_step};
  if (torch == "utils/checkpoint.py" && (name == "unpack_hook" || name == "recompute_fn" || name == "backward"))
    return {kRecompute, Phase::recompute};
  if (torch == "autograd/graph.py" || torch == "autograd/__init__.py" || torch == "_tensor.py") {
    if (name == "backward" || name == "_engine_run_backward" || name == "grad") return {kBackward, Phase::backward};
  }
  if (torch == "nn/modules/loss.py" || (torch == "nn/functional.py" && is_loss(name))) return {kLoss, Phase::loss};
  if (torch.starts_with("utils/data/")) return {kData, Phase::data};
  if (torch == "nn/init.py" || name == "reset_parameters" ||
      (torch.starts_with("nn/modules/") && (name == "__init__" || name == "_apply")))
    return {kInit, Phase::init};
  if (torch == "nn/modules/module.py" && name == "_call_impl") return {kForward, Phase::forward};
  return {};
}

Vote vote_of_cpp(const SnapshotFrame& frame) {
  if (contains(frame.name, "torch::autograd::Engine::") || !node_of(frame.name).empty())
    return {kBackward, Phase::backward};
  if (is_loss(operator_of(frame.name))) return {kLoss, Phase::loss};
  return {};
}

constexpr std::array<std::string_view, 5> kWorkspaces = {"getCurrentCUDABlasHandle", "getCUDABlasLtWorkspace",
                                                         "setWorkspaceForHandle", "getNewWorkspace",
                                                         "getWorkspaceForStream"};

}  // namespace

StackEvidence evidence_of(const Snapshot& snapshot, StackId stack) {
  StackEvidence evidence;
  Vote heaviest;
  for (const std::uint32_t position : snapshot.stacks[stack]) {
    const SnapshotFrame& frame = snapshot.frames[position];
    const bool python = is_python(frame);
    evidence.python = evidence.python || python;
    const Vote vote = python ? vote_of_python(frame) : vote_of_cpp(frame);
    if (vote.weight > heaviest.weight) heaviest = vote;
    evidence.workspace = evidence.workspace || std::any_of(kWorkspaces.begin(), kWorkspaces.end(),
                                                           [&](auto name) { return contains(frame.name, name); });
    const std::string_view op = operator_of(frame.name);
    evidence.copies = evidence.copies || op == "_to_copy" || op.starts_with("to_") || op.starts_with("copy_");
  }
  if (heaviest.weight > 0) evidence.phase = heaviest.phase;
  return evidence;
}

std::optional<ScopeFrame> python_operator_of(const SnapshotFrame& frame) {
  if (!is_python(frame) || path_in_torch(frame.file).empty()) return std::nullopt;
  return ScopeFrame{ScopeKind::op, fmt::format("{}:{} {}", short_path(frame.file), frame.line, frame.name)};
}

std::optional<ScopeFrame> scope_frame_of(const SnapshotFrame& frame) {
  if (is_python(frame)) {
    const std::string_view torch = path_in_torch(frame.file);
    // PyTorch's own Python lies between the program and the operators, and says little that these do not.
    if (!torch.empty() || is_of_the_interpreter(frame.file)) return std::nullopt;
    return ScopeFrame{ScopeKind::module, fmt::format("{}:{} {}", short_path(frame.file), frame.line, frame.name)};
  }
  if (const std::string_view node = node_of(frame.name); !node.empty())
    return ScopeFrame{ScopeKind::backward, std::string(node)};
  if (const std::string_view op = operator_of(frame.name); !op.empty())
    return ScopeFrame{ScopeKind::op, fmt::format("aten::{}", op.starts_with("to_") ? "to" : op)};
  return std::nullopt;
}

}  // namespace profile_train::import
