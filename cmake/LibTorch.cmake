# Imported targets for the LibTorch that the pinned PyPI wheel brings.
#
# The wheel's own find_package(Torch) insists on nvcc, which neither building nor running needs. The wheel is looked for in
# the project's virtual environment; set PROFILE_TRAIN_SITE_PACKAGES for another place.
file(GLOB _profile_train_site LIST_DIRECTORIES true ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages)
if(_profile_train_site)
  list(GET _profile_train_site 0 _profile_train_site)
endif()
set(PROFILE_TRAIN_SITE_PACKAGES "${_profile_train_site}" CACHE PATH "Folder that holds torch/ and nvidia/ of the wheel")

set(_torch ${PROFILE_TRAIN_SITE_PACKAGES}/torch)
set(_cuda ${PROFILE_TRAIN_SITE_PACKAGES}/nvidia/cu13)
if(NOT EXISTS ${_torch}/lib/libtorch_cpu.so)
  message(FATAL_ERROR "LibTorch was not found in '${PROFILE_TRAIN_SITE_PACKAGES}'. Run scripts/profile-train, which installs "
                      "it, or set PROFILE_TRAIN_SITE_PACKAGES to the folder that holds torch/.")
endif()

# The part that runs without CUDA. Starting with it alone saves a second of loading.
add_library(LibTorch::cpu INTERFACE IMPORTED)
target_include_directories(LibTorch::cpu SYSTEM INTERFACE
  ${_torch}/include ${_torch}/include/torch/csrc/api/include ${_cuda}/include)
target_link_directories(LibTorch::cpu INTERFACE ${_torch}/lib ${_cuda}/lib)
target_link_libraries(LibTorch::cpu INTERFACE torch_cpu c10)
target_link_options(LibTorch::cpu INTERFACE
  -Wl,-rpath,${_torch}/lib -Wl,-rpath,${_cuda}/lib -Wl,--allow-shlib-undefined)
# The wheel carries the headers of a newer fmt than Debian's, without its library: where they come first they stand alone.
target_compile_definitions(LibTorch::cpu INTERFACE _GLIBCXX_USE_CXX11_ABI=1 FMT_HEADER_ONLY=1)

# With CUDA. Its kernels register themselves when it is loaded: a linker that drops what nobody refers to would drop them.
# Loading it takes a second; programs that may or may not need it open it at run time instead.
add_library(LibTorch::cuda INTERFACE IMPORTED)
target_link_libraries(LibTorch::cuda INTERFACE
  LibTorch::cpu -Wl,--push-state,--no-as-needed torch_cuda c10_cuda -Wl,--pop-state ${_cuda}/lib/libcudart.so.13)
