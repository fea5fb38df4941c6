// make_trace_seeds FOLDER: small traces for the fuzzer to start from.

#include <cstdio>
#include <random>
#include <string>

#include "tests/profiler/trace_support.h"

int main(int argc, char** argv) {
  using namespace profile_train;
  if (argc != 2) {
    std::fputs("usage: make_trace_seeds FOLDER\n", stderr);
    return 2;
  }
  const std::string folder = argv[1];
  Trace trace = test::small_trace();
  test::write_bytes(folder + "/small", test::file_of(trace, 100));
  test::write_bytes(folder + "/flushed_often", test::file_of(trace, 3));
  test::write_bytes(folder + "/cut", test::file_of(trace, 3, false));
  test::write_bytes(folder + "/without_events", test::file_of(Trace{}, 1));
  std::mt19937_64 random(1);
  trace.events.clear();
  for (int i = 0; i < 200; ++i) trace.events.push_back(test::random_event(random, trace));
  test::write_bytes(folder + "/random", test::file_of(trace, 50));
  return 0;
}
