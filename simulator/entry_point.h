#pragma once

/// Marks a function that programs find in place of NVIDIA's. Everything else in the library is hidden.
#define SIMULATED extern "C" __attribute__((visibility("default")))
