# profile_train_simulated_test(NAME [CARD card] SOURCES … LIBRARIES …): GoogleTests that train on CUDA, on a simulated card, an
# H200 unless it is named, in which case the tests have its name at the end of theirs; none where
# that is not built, nor under sanitizers, whose own library must be the first that is loaded. Started by hand the program puts
# the card in place itself.
function(profile_train_simulated_test name)
  cmake_parse_arguments(ARG "" "CARD" "SOURCES;LIBRARIES" ${ARGN})
  set(suffix "")
  if(ARG_CARD)
    set(suffix "@${ARG_CARD}")
  else()
    set(ARG_CARD h200)
  endif()
  if(NOT TARGET profile_train_simcuda OR PROFILE_TRAIN_SANITIZE)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES} ${PROJECT_SOURCE_DIR}/tests/simulated_main.cpp)
  target_link_libraries(${name} PRIVATE
    profile_train_options ${ARG_LIBRARIES} ProfileTrain::simulation_settings LibTorch::cuda GTest::gmock)
  target_compile_definitions(${name} PRIVATE
    PROFILE_TRAIN_CARDS="${PROJECT_SOURCE_DIR}/simulator/cards"
    PROFILE_TRAIN_CARD="${ARG_CARD}"
    PROFILE_TRAIN_SIMULATION_LIBRARY="$<TARGET_FILE:profile_train_simcuda>")
  add_dependencies(${name} profile_train_simcuda)
  gtest_discover_tests(${name} TEST_SUFFIX "${suffix}"
    PROPERTIES LABELS integration TIMEOUT 300 ENVIRONMENT OMP_NUM_THREADS=1 DISCOVERY_TIMEOUT 120)
endfunction()
