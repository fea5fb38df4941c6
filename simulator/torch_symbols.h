#pragma once

namespace profile_train::simulator {

/// A function of the LibTorch that this process has loaded; null without one. Looked for in its own libraries: Python
/// loads them so that a search of the whole process does not find them.
void* torch_symbol(const char* name);

}  // namespace profile_train::simulator
