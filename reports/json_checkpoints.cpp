#include "reports/json_checkpoints.h"

#include "reports/json_memory.h"

namespace profile_train::reports {

void put_checkpoints(Json& report, const Summary& summary) {
  if (!summary.attention_operators.empty()) report["attention_operators"] = summary.attention_operators;
  if (summary.recomputation) {
    const Recomputation& again = *summary.recomputation;
    Json modules = Json::array();
    for (const AttributionRow& row : again.modules)
      modules.push_back({{"name", row.name},
                         {"allocated_bytes", row.allocated_bytes},
                         {"at_peak_bytes", row.at_peak_bytes},
                         {"allocations", row.allocations}});
    report["recomputation"] = {{"step", again.step},
                               {"checkpoints", again.stretches},
                               {"operators", again.operators},
                               {"allocated_bytes", again.allocated_bytes},
                               {"most_alive_bytes", again.most_alive_bytes},
                               {"seconds", again.seconds},
                               {"forward_seconds", again.forward_seconds},
                               {"modules", std::move(modules)}};
  }
  if (summary.checkpointing_effect) {
    const CheckpointingEffect& effect = *summary.checkpointing_effect;
    report["checkpointing_effect"] = {{"peak_with", category_json(effect.with_bytes)},
                                      {"peak_without", category_json(effect.without_bytes)},
                                      {"kept_with", category_json(effect.kept_with_bytes)},
                                      {"kept_without", category_json(effect.kept_without_bytes)}};
  }
}

}  // namespace profile_train::reports
