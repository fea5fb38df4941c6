#pragma once

#include <nlohmann/json_fwd.hpp>

#include "profiler/result.h"
#include "profiler/trace.h"
#include "profiler/training_setup.h"

namespace profile_train {

/// What a trace says about its run, as JSON objects whose keys are the names of the fields.
///
/// Reading: a key that is missing keeps its default and an unknown key is ignored, so that fields can be added without
/// a new version of the format; a value of the wrong type is an error that names the key.
nlohmann::ordered_json to_json(const TrainingSetup& setup);
nlohmann::ordered_json to_json(const TraceHeader& header);
nlohmann::ordered_json to_json(const TraceFooter& footer);

Result<TrainingSetup> setup_from_json(const nlohmann::ordered_json& json);
Result<TraceHeader> header_from_json(const nlohmann::ordered_json& json);
Result<TraceFooter> footer_from_json(const nlohmann::ordered_json& json);

}  // namespace profile_train
