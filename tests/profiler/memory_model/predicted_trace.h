#pragma once

#include "profiler/memory_model/symbolic/training_run.h"
#include "profiler/trace.h"

namespace profile_train::test {

/// The trace that a recorder would write if a program did exactly what the prediction says.
Trace trace_of(const TrainingSetup& setup, const symbolic::PredictedRun& run);

}  // namespace profile_train::test
