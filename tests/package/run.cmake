# cmake -DBUILD=… -DWORK=… -DCONSUMER=… -DCOMPILER=… -DGENERATOR=… -P run.cmake
file(REMOVE_RECURSE ${WORK})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "'${command}' ended with ${status}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${CONSUMER} -B ${WORK}/build -DCMAKE_BUILD_TYPE=Release
    -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_PREFIX_PATH=${WORK}/prefix)
run(${CMAKE_COMMAND} --build ${WORK}/build)

run(${WORK}/build/consumer ${WORK}/consumer.ptrace)
if(NOT output STREQUAL "1,048,576 B\n")
  message(FATAL_ERROR "The consumer allocated 1,048,576 B and measured ${output}")
endif()

# Its memory budgets: one that is kept, one that is exceeded, and matchers.
run(${CMAKE_CTEST_COMMAND} --test-dir ${WORK}/build --output-on-failure)
if(NOT output MATCHES "100% tests passed, 0 tests failed out of 3")
  message(FATAL_ERROR "The consumer's own tests:\n${output}")
endif()

# The installed program finds its libraries and its configurations without the source tree.
run(${WORK}/prefix/bin/profile-train --version)
run(${CMAKE_COMMAND} -E chdir ${WORK} ${WORK}/prefix/bin/profile-train estimate --config gpt_tiny.yaml)
