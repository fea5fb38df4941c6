#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reports/json_writer.h"

namespace profile_train::reports {

/// Where something happened and what a storage is, in the keys and with the reasons that all JSON reports share.

/// "operator" and "module" that ran at an instant.
void put_running(Json& object, const std::string& op, const std::string& module);

/// "module" and "operator" that allocated something.
void put_birthplace(Json& object, const std::string& module, const std::string& op);

/// "dtype" and "sizes" of the tensor in a storage; null if no operator described one.
void put_tensor(Json& object, const std::string& dtype, const std::vector<std::int64_t>& sizes);

/// "name" of a tensor of the model.
void put_tensor_name(Json& object, const std::string& name);

}  // namespace profile_train::reports
