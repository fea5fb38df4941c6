// cuRAND: generators on the device. Those on the host give real numbers to the program and are not simulated.
#include <curand.h>

#include "simulator/entry_point.h"
#include "simulator/library_calls.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;

namespace {

constexpr const char* kLibrary = "libcurand.so";

// Numbers of our own: cuRAND has a function for each setting.
enum Setting : int { kType, kSeed, kOffset, kOrdering, kDimensions };

curandStatus_t done_if(bool done) { return done ? CURAND_STATUS_SUCCESS : CURAND_STATUS_NOT_INITIALIZED; }

template <class T>
curandStatus_t put(curandGenerator_t generator, Setting setting, T value) {
  return done_if(library_objects().with(handle_of(generator), ObjectKind::curand,
                                        [&](LibraryObject& object) { object.set(setting, value); }));
}

curandStatus_t generate(curandGenerator_t generator) {
  return done_if(launch_on_handle(handle_of(generator), ObjectKind::curand));
}

}  // namespace

SIMULATED curandStatus_t curandGetProperty(libraryPropertyType type, int* value) {
  if (value == nullptr || type < MAJOR_VERSION || type > PATCH_LEVEL) return CURAND_STATUS_OUT_OF_RANGE;
  const int of_header = type == MAJOR_VERSION   ? CURAND_VER_MAJOR
                        : type == MINOR_VERSION ? CURAND_VER_MINOR
                                                : CURAND_VER_PATCH;
  return real_property<curandStatus_t>(kLibrary, "curandGetProperty", type, of_header, value);
}
SIMULATED curandStatus_t curandGetVersion(int* version) {
  if (version == nullptr) return CURAND_STATUS_OUT_OF_RANGE;
  int major = 0, minor = 0, patch = 0;
  curandGetProperty(MAJOR_VERSION, &major);
  curandGetProperty(MINOR_VERSION, &minor);
  curandGetProperty(PATCH_LEVEL, &patch);
  *version = major * 1000 + minor * 100 + patch;
  return CURAND_STATUS_SUCCESS;
}

SIMULATED curandStatus_t curandCreateGenerator(curandGenerator_t* generator, curandRngType_t type) {
  if (generator == nullptr) return CURAND_STATUS_NOT_INITIALIZED;
  LibraryObject object{.kind = ObjectKind::curand};
  object.set(kType, type);
  *generator = as_pointer<curandGenerator_t>(library_objects().create(std::move(object)));
  simulation().coverage.not_included("states of cuRAND's generators", TakenBy::library);
  return CURAND_STATUS_SUCCESS;
}
SIMULATED curandStatus_t curandDestroyGenerator(curandGenerator_t generator) {
  return done_if(library_objects().destroy(handle_of(generator), ObjectKind::curand));
}

SIMULATED curandStatus_t curandSetStream(curandGenerator_t generator, cudaStream_t stream) {
  return done_if(library_objects().with(handle_of(generator), ObjectKind::curand,
                                        [&](LibraryObject& object) { object.stream = handle_of(stream); }));
}
SIMULATED curandStatus_t curandSetPseudoRandomGeneratorSeed(curandGenerator_t generator, unsigned long long seed) {
  return put(generator, kSeed, seed);
}
SIMULATED curandStatus_t curandSetGeneratorOffset(curandGenerator_t generator, unsigned long long offset) {
  return put(generator, kOffset, offset);
}
SIMULATED curandStatus_t curandSetGeneratorOrdering(curandGenerator_t generator, curandOrdering_t order) {
  return put(generator, kOrdering, order);
}
SIMULATED curandStatus_t curandSetQuasiRandomGeneratorDimensions(curandGenerator_t generator, unsigned dimensions) {
  return put(generator, kDimensions, dimensions);
}

SIMULATED curandStatus_t curandGenerateSeeds(curandGenerator_t generator) { return generate(generator); }
SIMULATED curandStatus_t curandGenerate(curandGenerator_t generator, unsigned*, size_t) { return generate(generator); }
SIMULATED curandStatus_t curandGenerateLongLong(curandGenerator_t generator, unsigned long long*, size_t) {
  return generate(generator);
}
SIMULATED curandStatus_t curandGenerateUniform(curandGenerator_t generator, float*, size_t) {
  return generate(generator);
}
SIMULATED curandStatus_t curandGenerateUniformDouble(curandGenerator_t generator, double*, size_t) {
  return generate(generator);
}
SIMULATED curandStatus_t curandGenerateNormal(curandGenerator_t generator, float*, size_t, float, float) {
  return generate(generator);
}
SIMULATED curandStatus_t curandGenerateNormalDouble(curandGenerator_t generator, double*, size_t, double, double) {
  return generate(generator);
}
SIMULATED curandStatus_t curandGenerateLogNormal(curandGenerator_t generator, float*, size_t, float, float) {
  return generate(generator);
}
SIMULATED curandStatus_t curandGenerateLogNormalDouble(curandGenerator_t generator, double*, size_t, double, double) {
  return generate(generator);
}
SIMULATED curandStatus_t curandGeneratePoisson(curandGenerator_t generator, unsigned*, size_t, double) {
  return generate(generator);
}
