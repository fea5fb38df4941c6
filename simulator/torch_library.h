#pragma once

namespace profile_train::simulator {

/// Called when the program takes device memory: the first time that LibTorch is there, has its allocator's requests
/// counted. Requests, unlike what the allocator makes of them, are told only to code that was built with LibTorch's own
/// headers, so this loads a library of ours that was; without it requested bytes are "not reported".
void watch_torch_allocator();

}  // namespace profile_train::simulator
