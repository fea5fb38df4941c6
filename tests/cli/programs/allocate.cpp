// Takes as many MiB of the device as it is told, by CUDA's runtime alone, and says what came of it.

#include <cstddef>
#include <cstdio>
#include <cstdlib>

extern "C" int cudaMalloc(void** address, std::size_t bytes);

int main(int argc, char** argv) {
  const std::size_t mebibytes = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  void* address = nullptr;
  const int status = cudaMalloc(&address, mebibytes << 20U);
  std::printf("cudaMalloc returned %d\n", status);
  return status == 0 ? 0 : 1;
}
