#pragma once

/// Called by the entry points that nobody wrote (see unimplemented_entry_points.py): names the call once, and returns
/// the "not supported" of the library that its prefix tells.
extern "C" int profile_train_simcuda_unimplemented(const char* call);
