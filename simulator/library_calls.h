#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "simulator/host_reads.h"
#include "simulator/library_objects.h"

namespace profile_train::simulator {

// What entry points of cuBLAS, cuSOLVER, cuSPARSE, cuFFT and so on have in common.

/// A call that runs on the device, on the stream of the library's handle. False if there is no such handle.
bool launch_on_handle(Handle handle, ObjectKind kind);

/// The summary says that the workspace of `call` is not in the figures: its size depends on the card, on the library's
/// version and on the shapes, in a way that no documentation tells.
void workspace_not_included(std::string_view call);

/// Counts a result that a library call computed from device values and gave to the host, with its place in the program.
void record_answer(ReadKind kind, std::string_view call, std::string answer, std::size_t bytes);

template <class T>
void give_answer(ReadKind kind, std::string_view call, T answer, T* host) {
  *host = answer;
  record_answer(kind, call, fmt::format("{}", answer), sizeof answer);
}

/// A number that nobody can know here: what Settings::scalar_value says.
double unknown_number();

/// A function of NVIDIA's own library, if the program has loaded it: versions and texts of errors need no device, and
/// are the loaded library's. `library` is the beginning of its file name: "libcublas.so".
void* real_function(std::string_view library, const char* name);

template <class Function>
Function* real_function_as(std::string_view library, const char* name) {
  return reinterpret_cast<Function*>(real_function(library, name));
}

/// The text that the loaded library has for one of its status codes.
template <class StatusType>
const char* real_text(std::string_view library, const char* name, StatusType status) {
  auto* const function = real_function_as<const char*(StatusType)>(library, name);
  return function != nullptr ? function(status) : "status of a library that is not loaded";
}

/// One of the loaded library's MAJOR, MINOR and PATCH; `otherwise`, the header's, if none is loaded.
template <class StatusType, class Property>
StatusType real_property(std::string_view library, const char* name, Property property, int otherwise, int* value) {
  auto* const function = real_function_as<StatusType(Property, int*)>(library, name);
  if (function != nullptr) return function(property, value);
  *value = otherwise;
  return StatusType{};
}

}  // namespace profile_train::simulator
