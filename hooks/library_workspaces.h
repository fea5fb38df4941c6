#pragma once

namespace profile_train::hooks {

/// Tells the trace which blocks LibTorch has given to cuBLAS and cuBLASLt to work in. It keeps one for each handle and
/// stream, to the end of the process, and no tensor shows it. Takes LibTorch's lock on that list: not from within a
/// hook.
void record_library_workspaces();

}  // namespace profile_train::hooks
