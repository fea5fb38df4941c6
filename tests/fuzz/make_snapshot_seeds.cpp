// make_snapshot_seeds FOLDER: small snapshots for the fuzzer to start from.

#include <cstdio>
#include <fstream>
#include <string>

#include "tests/profiler/import/snapshot_builder.h"

namespace {

void write(const std::string& path, const profile_train::test::PickleBytes::Bytes& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

int main(int argc, char** argv) {
  using profile_train::test::SnapshotBuilder;
  if (argc != 2) {
    std::fputs("usage: make_snapshot_seeds FOLDER\n", stderr);
    return 2;
  }
  const std::string folder = argv[1];
  constexpr std::uint64_t kHeap = 0x2000'0000'0000;
  constexpr std::int64_t kMiB = 1 << 20;

  SnapshotBuilder training;
  training.stack({"torch/nn/modules/linear.py:1:forward", "torch/nn/modules/module.py:2:_call_impl", "t.py:3:main"});
  training.event("segment_alloc", kHeap, 2 * kMiB).alloc(kHeap, 100);
  training.stack({"??:0:at::_ops::mm::call(at::Tensor const&)", "??:0:torch::autograd::Engine::thread_main(int)"});
  training.alloc(kHeap + 512, 64).free(kHeap, 100);
  training.stack({"torch/optim/adamw.py:5:step"}).alloc(kHeap, 64).event("oom", kMiB, 3 * kMiB);
  training.segment(kHeap, 2 * kMiB, {{kHeap, 512, 64}, {kHeap + 512, 512, 64}, {kHeap + 1024, 512, 8}});
  write(folder + "/training", training.build());

  SnapshotBuilder expandable;
  expandable.event("segment_map", kHeap, 2 * kMiB, 7).event("segment_unmap", kHeap + kMiB, kMiB, 7);
  expandable.free(kHeap + 64, 64).segment(kHeap, kMiB, {}, true, 7);
  write(folder + "/expandable", expandable.build());
  return 0;
}
