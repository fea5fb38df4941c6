# cmake --install: the program, the libraries, their headers, and find_package(ProfileTrain) for other projects.
#
# Each component is an export set of its own, so that the torch-free ones can be found where there is no LibTorch.
include(CMakePackageConfigHelpers)

set(PROFILE_TRAIN_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/ProfileTrain)
# Headers are included as "profiler/event.h": they live in a folder of their own, not among those of the system.
set(PROFILE_TRAIN_HEADER_DIR ${CMAKE_INSTALL_INCLUDEDIR}/profile_train)

# profile_train_component(hooks TARGETS … HEADERS …): ProfileTrain::<…> as people find it with COMPONENTS hooks.
function(profile_train_component component)
  cmake_parse_arguments(ARG "" "" "TARGETS;HEADERS" ${ARGN})
  install(TARGETS ${ARG_TARGETS} EXPORT ProfileTrain_${component}
          INCLUDES DESTINATION ${PROFILE_TRAIN_HEADER_DIR})
  install(EXPORT ProfileTrain_${component} NAMESPACE ProfileTrain:: DESTINATION ${PROFILE_TRAIN_PACKAGE_DIR})
  foreach(header IN LISTS ARG_HEADERS)
    cmake_path(GET header PARENT_PATH folder)
    install(FILES ${PROJECT_SOURCE_DIR}/${header} DESTINATION ${PROFILE_TRAIN_HEADER_DIR}/${folder})
  endforeach()
endfunction()

foreach(name profiler reports recording driver_hooks hooks testing options)
  if(TARGET profile_train_${name})
    set_target_properties(profile_train_${name} PROPERTIES EXPORT_NAME ${name})
  endif()
endforeach()

file(GLOB_RECURSE _profiler_headers RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/profiler/*.h)
file(GLOB_RECURSE _reports_headers RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/reports/*.h)
profile_train_component(profiler TARGETS profile_train_profiler profile_train_options HEADERS ${_profiler_headers})
profile_train_component(reports TARGETS profile_train_reports HEADERS ${_reports_headers})
profile_train_component(testing TARGETS profile_train_testing HEADERS testing/memory_matchers.h)
if(TARGET profile_train_hooks)
  profile_train_component(hooks TARGETS profile_train_recording profile_train_driver_hooks profile_train_hooks
    HEADERS hooks/session.h)
endif()

if(TARGET profile_train)
  install(TARGETS profile_train)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/workloads/configs ${PROJECT_SOURCE_DIR}/workloads/data
                    ${PROJECT_SOURCE_DIR}/simulator/cards ${PROJECT_SOURCE_DIR}/simulator/calibration
          DESTINATION ${CMAKE_INSTALL_DATADIR}/profile-train)
endif()
if(TARGET profile_train_simcuda)
  # In a folder of its own: anywhere else ldconfig would take it for the driver, by its SONAME.
  set(_simulation_dir ${CMAKE_INSTALL_LIBDIR}/profile-train)
  foreach(library simcuda simcuda_torch simcupti simnvml)
    if(TARGET profile_train_${library})
      install(TARGETS profile_train_${library} LIBRARY DESTINATION ${_simulation_dir})
    endif()
  endforeach()
  install(DIRECTORY ${PROJECT_BINARY_DIR}/lib/driver DESTINATION ${_simulation_dir})
endif()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/ProfileTrainConfig.cmake.in
  ${PROJECT_BINARY_DIR}/ProfileTrainConfig.cmake INSTALL_DESTINATION ${PROFILE_TRAIN_PACKAGE_DIR}
  PATH_VARS CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ProfileTrainConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ProfileTrainConfig.cmake ${PROJECT_BINARY_DIR}/ProfileTrainConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/LibTorch.cmake ${CMAKE_CURRENT_LIST_DIR}/MemoryBudgetTest.cmake
        DESTINATION ${PROFILE_TRAIN_PACKAGE_DIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
