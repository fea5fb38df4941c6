file(GLOB configs RELATIVE ${WORKLOADS}/configs ${WORKLOADS}/configs/*.yaml)
foreach(config IN LISTS configs)
  if(NOT EXISTS ${WORKLOADS}/budgets/${config})
    message(SEND_ERROR "workloads/configs/${config} has no budget. Record it and write one:\n"
                       "  profile-train --config ${config} --device sim:h200 -o out/run\n"
                       "  profile-train baseline out/run/trace.ptrace --headroom 2% -o workloads/budgets/${config}")
  endif()
endforeach()
