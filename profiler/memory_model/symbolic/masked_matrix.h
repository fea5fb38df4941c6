#pragma once

#include <memory>

#include "profiler/memory_model/symbolic/projection.h"

namespace profile_train::symbolic {

/// A matrix with a mask of bytes beside it, for unstructured pruning: the counterpart of workloads/pruning.cpp.
std::unique_ptr<StoredMatrix> make_masked_matrix(Program& program, std::shared_ptr<Parameter> weight);

}  // namespace profile_train::symbolic
