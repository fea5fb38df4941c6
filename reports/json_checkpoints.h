#pragma once

#include "profiler/summary.h"
#include "reports/json_writer.h"

namespace profile_train::reports {

/// `recomputation`, `checkpointing_effect` and `attention_operators`, each where there is something to say.
void put_checkpoints(Json& report, const Summary& summary);

}  // namespace profile_train::reports
