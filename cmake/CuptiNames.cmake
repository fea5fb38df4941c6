# Names of CUPTI's callbacks and results, from its headers: lines of {number, "name"}, to be included in a list.

# cupti_names(OUTPUT HEADER PREFIX DROPPED): each enumerator PREFIXname, as "name" without the first DROPPED characters.
function(cupti_names output header prefix dropped)
  file(STRINGS ${header} lines REGEX "^ *${prefix}[A-Za-z0-9_]+ *= *[0-9]+,?")
  set(names "")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "(${prefix}[A-Za-z0-9_]+) *= *([0-9]+)" found "${line}")
    set(number ${CMAKE_MATCH_2})
    string(SUBSTRING "${CMAKE_MATCH_1}" ${dropped} -1 name)
    if(NOT name MATCHES "^SIZE$|FORCE_INT$")
      string(APPEND names "{${number}, \"${name}\"},\n")
    endif()
  endforeach()
  file(CONFIGURE OUTPUT ${output} CONTENT "${names}" @ONLY)
endfunction()
