#pragma once

#include <filesystem>
#include <string>

namespace profile_train::cli {

/// The folder that holds configs/ and data/: share/profile-train beside an installed program, workloads/ above one that
/// was built in the source tree. Empty if there is neither.
std::filesystem::path resource_folder();

/// `command`, as the user typed it, for the trace's header and for messages.
std::string command_line(int argc, const char* const* argv);

}  // namespace profile_train::cli
