#pragma once

#include <filesystem>
#include <string>

#include "profiler/result.h"

namespace profile_train::reports {

/// Reads a trace that is still being written, and writes what the device held when its latest request failed. Of
/// DIR/trace.ptrace it makes DIR/trace.out_of_memory.txt for people and DIR/trace.out_of_memory.json, the report of the
/// trace so far; those of an earlier failure are replaced.
///
/// For SessionOptions::on_out_of_memory. Returns the path of the text. On an error neither file is half written.
Result<std::filesystem::path> write_out_of_memory_report(const std::string& trace_path);

}  // namespace profile_train::reports
