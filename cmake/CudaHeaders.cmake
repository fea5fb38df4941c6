# The headers of CUDA, cuDNN and NCCL that come with LibTorch's wheel. Neither a toolkit nor a driver is needed.
#
# Target Cuda::headers exists if they are there; what is built without them needs nothing of CUDA.
if(NOT PROFILE_TRAIN_SITE_PACKAGES)
  file(GLOB _cuda_site LIST_DIRECTORIES true ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages)
  if(_cuda_site)
    list(GET _cuda_site 0 _cuda_site)
  endif()
  set(PROFILE_TRAIN_SITE_PACKAGES "${_cuda_site}" CACHE PATH "Folder that holds torch/ and nvidia/ of the wheel")
endif()

set(_nvidia ${PROFILE_TRAIN_SITE_PACKAGES}/nvidia)
if(EXISTS ${_nvidia}/cu13/include/cuda.h)
  add_library(Cuda::headers INTERFACE IMPORTED GLOBAL)
  target_include_directories(Cuda::headers SYSTEM INTERFACE
    ${_nvidia}/cu13/include ${_nvidia}/cudnn/include ${_nvidia}/nccl/include ${_nvidia}/cusparselt/include)
endif()
