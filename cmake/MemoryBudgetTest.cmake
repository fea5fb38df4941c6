# add_memory_budget_test(): a test for CTest that runs a program, and checks the trace it records against a budget.
#
#   add_memory_budget_test(NAME memory.trainer
#     COMMAND trainer --steps 4 --trace <TRACE>   # a program or a target; <TRACE> is where its trace is looked for
#     BUDGET budgets/trainer.yaml                 # see docs/budgets.md, profile-train baseline makes one
#     [TRACE trace.ptrace]                        # what the program writes, if it cannot be told with <TRACE>
#     [BASELINE report.json]                      # in place of the one that the budget names
#     [EXCEEDS regex…]                            # passes only if the budget is exceeded, with this in the report
#     [LABELS label…] [TIMEOUT seconds] [ENVIRONMENT NAME=value…])
#
# Relative paths are those of the current source folder, TRACE of the current binary folder. Beside the trace lie NAME.xml
# and NAME.md, the report as JUnit and as Markdown. A test fails where `profile-train check` does not end with 0.

if(CMAKE_SCRIPT_MODE_FILE)
  # Included by the script that the function below generates, which has set `command`, `check` and `exceeds`.
  function(profile_train_check_memory_budget)
    file(REMOVE ${trace})
    execute_process(COMMAND ${command} RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "The program that was to be measured ended with ${status}.")
    endif()
    if(NOT EXISTS ${trace})
      message(FATAL_ERROR "The program left no trace at ${trace}.")
    endif()
    execute_process(COMMAND ${check} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors)
    message("${output}${errors}")
    if(NOT exceeds)
      if(NOT status EQUAL 0)
        message(FATAL_ERROR "profile-train check ended with ${status}.")
      endif()
      return()
    endif()
    if(NOT status EQUAL 1)
      message(FATAL_ERROR "The budget was to be exceeded, but profile-train check ended with ${status}.")
    endif()
    foreach(regex IN LISTS exceeds)
      if(NOT output MATCHES "${regex}")
        message(FATAL_ERROR "The report does not say '${regex}'.")
      endif()
    endforeach()
  endfunction()
  return()
endif()

set(PROFILE_TRAIN_MEMORY_BUDGET_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

# _profile_train_quoted(OUT word…): words as bracket arguments, so that none of their letters means anything to CMake.
function(_profile_train_quoted out)
  set(quoted "")
  foreach(word IN LISTS ARGN)
    string(APPEND quoted " [===[${word}]===]")
  endforeach()
  set(${out} "${quoted}" PARENT_SCOPE)
endfunction()

function(add_memory_budget_test)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "NAME;BUDGET;TRACE;BASELINE;TIMEOUT" "COMMAND;EXCEEDS;LABELS;ENVIRONMENT")
  foreach(needed NAME COMMAND BUDGET)
    if(NOT ARG_${needed})
      message(FATAL_ERROR "add_memory_budget_test: ${needed} is missing; see ${PROFILE_TRAIN_MEMORY_BUDGET_SCRIPT}")
    endif()
  endforeach()
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "add_memory_budget_test(NAME ${ARG_NAME}): unknown arguments ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT ARG_TRACE)
    set(ARG_TRACE ${ARG_NAME}.ptrace)
  endif()
  cmake_path(ABSOLUTE_PATH ARG_TRACE BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
  cmake_path(ABSOLUTE_PATH ARG_BUDGET BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})

  # In the project itself the program is a target; once installed, it lies beside the package.
  if(TARGET profile_train)
    set(program $<TARGET_FILE:profile_train>)
  else()
    set(program ${PROFILE_TRAIN_PROGRAM})
  endif()
  list(POP_FRONT ARG_COMMAND first)
  if(TARGET ${first})
    set(first $<TARGET_FILE:${first}>)
  endif()
  list(TRANSFORM ARG_COMMAND REPLACE "<TRACE>" "${ARG_TRACE}")
  _profile_train_quoted(command ${first} ${ARG_COMMAND})

  cmake_path(GET ARG_TRACE PARENT_PATH folder)
  set(check ${program} check ${ARG_TRACE} --budget ${ARG_BUDGET} --junit ${folder}/${ARG_NAME}.xml
            --markdown ${folder}/${ARG_NAME}.md --force)
  if(ARG_BASELINE)
    cmake_path(ABSOLUTE_PATH ARG_BASELINE BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    list(APPEND check --baseline ${ARG_BASELINE})
  endif()
  _profile_train_quoted(check ${check})
  _profile_train_quoted(exceeds ${ARG_EXCEEDS})

  set(script ${CMAKE_CURRENT_BINARY_DIR}/${ARG_NAME}.memory_budget.$<CONFIG>.cmake)
  file(GENERATE OUTPUT ${script} CONTENT "cmake_minimum_required(VERSION 3.25)
include([===[${PROFILE_TRAIN_MEMORY_BUDGET_SCRIPT}]===])
set(trace [===[${ARG_TRACE}]===])
set(command${command})
set(check${check})
set(exceeds${exceeds})
file(MAKE_DIRECTORY [===[${folder}]===])
profile_train_check_memory_budget()
")
  add_test(NAME ${ARG_NAME} COMMAND ${CMAKE_COMMAND} -P ${script})
  foreach(property LABELS TIMEOUT ENVIRONMENT)
    if(ARG_${property})
      set_tests_properties(${ARG_NAME} PROPERTIES ${property} "${ARG_${property}}")
    endif()
  endforeach()
endfunction()
