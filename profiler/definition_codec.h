#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "profiler/result.h"
#include "profiler/trace.h"

namespace profile_train::definition_codec {

// A definitions chunk is a row of names, scopes and tensor types in any order; each takes the next id of its kind.

void put_name(std::vector<std::uint8_t>& out, std::string_view text);
void put_scope(std::vector<std::uint8_t>& out, const Scope& scope);
void put_tensor_type(std::vector<std::uint8_t>& out, const TensorType& type);

/// Appends `count` definitions to the tables of `trace`. A scope's parent and name must be defined before it.
Result<void> read_definitions(std::span<const std::uint8_t> payload, std::uint32_t count, Trace& trace);

}  // namespace profile_train::definition_codec
