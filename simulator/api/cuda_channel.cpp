// The CUDA runtime: descriptions of texture elements, which are plain data. Textures themselves are not simulated.
#include <cuda_runtime_api.h>

#include "simulator/entry_point.h"

SIMULATED cudaChannelFormatDesc cudaCreateChannelDesc(int x, int y, int z, int w, cudaChannelFormatKind kind) {
  return {x, y, z, w, kind};
}
