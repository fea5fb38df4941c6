#include "reports/json_place.h"

namespace profile_train::reports {

void put_running(Json& object, const std::string& op, const std::string& module) {
  put_text(object, "operator", op, "no operator was running at that instant");
  put_text(object, "module", module, "no module was running at that instant");
}

void put_birthplace(Json& object, const std::string& module, const std::string& op) {
  put_text(object, "module", module, "allocated outside every module");
  put_text(object, "operator", op, "allocated outside every operator");
}

void put_tensor(Json& object, const std::string& dtype, const std::vector<std::int64_t>& sizes) {
  constexpr std::string_view kNoTensor = "no operator described a tensor in this storage";
  put_text(object, "dtype", dtype, kNoTensor);
  put(object, "sizes", dtype.empty() ? std::nullopt : std::optional(sizes), kNoTensor);
}

void put_tensor_name(Json& object, const std::string& name) {
  put_text(object, "name", name, "only parameters, gradients and optimizer state have names");
}

}  // namespace profile_train::reports
