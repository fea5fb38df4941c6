#include "profiler/memory_model/symbolic/program.h"

#include <utility>

namespace profile_train::symbolic {

Storage::~Storage() { program_.release(id_); }

StoragePtr Program::allocate(Bytes bytes, std::vector<std::int64_t> sizes, std::int64_t element_bytes) {
  PredictedAllocation allocation;
  allocation.bytes = bytes;
  allocation.born = static_cast<std::int64_t>(events_.size());
  allocation.step = step_;
  allocation.phase = phase_;
  allocation.module = module_;
  allocation.op = op_;
  allocation.sizes = std::move(sizes);
  allocation.element_bytes = element_bytes;
  allocations_.push_back(std::move(allocation));
  record(bytes);
  return std::make_shared<const Storage>(*this, allocations_.size() - 1);
}

void Program::release(std::size_t id) {
  allocations_[id].died = static_cast<std::int64_t>(events_.size());
  record(-allocations_[id].bytes);
}

void Program::record(Bytes change_bytes) {
  live_bytes_ += change_bytes;
  events_.push_back({change_bytes, live_bytes_, step_, phase_});
}

void Program::set_role(const StoragePtr& storage, Role role) { allocations_[storage->id()].role = role; }

void Program::note_cast(const StoragePtr& storage) { allocations_[storage->id()].is_cast = true; }

void Program::make_workspace(std::size_t library, Bytes bytes) {
  const bool in_backward = phase_ == Phase::backward || phase_ == Phase::recompute;
  StoragePtr& workspace = workspaces_[library][in_backward ? 1 : 0];
  if (!machine_.cuda || bytes == 0 || workspace != nullptr) return;
  workspace = allocate(bytes);
  set_role(workspace, Role::workspace);
}

void Program::call_cublaslt() {
  call_cublas();  // whose handle it uses
  make_workspace(1, machine_.cublaslt_workspace_bytes);
}

ModuleScope::ModuleScope(Program& program, const std::string& path)
    : program_(program), previous_(std::exchange(program.module_, program.module_prefix_ + path)) {}

WorkerThreadScope::WorkerThreadScope(Program& program, std::string_view op)
    : program_(program),
      module_(std::exchange(program.module_, {})),
      op_(std::exchange(program.op_, std::string(op))) {}

WorkerThreadScope::~WorkerThreadScope() {
  program_.module_ = std::move(module_);
  program_.op_ = std::move(op_);
}

OpScope::OpScope(Program& program, std::string_view op) : program_(program), outermost_(program.op_.empty()) {
  if (outermost_) program_.op_ = op;
}

OpScope::~OpScope() {
  if (outermost_) program_.op_.clear();
}

}  // namespace profile_train::symbolic
