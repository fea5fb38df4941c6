#pragma once

namespace profile_train::simulator {

/// In a Python program, has Python count optimizer steps, and report at its end what its allocator knows of requested
/// bytes. Does nothing in other programs.
void watch_python_program();

}  // namespace profile_train::simulator
