# Every target of ours links profile_train_options; none of it reaches those who use the installed libraries.
add_library(profile_train_options INTERFACE)
target_compile_options(profile_train_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wno-missing-field-initializers  # {.name = value} leaves the other fields at their defaults, on purpose
  -Wcast-qual -Wformat=2 -Wimplicit-fallthrough $<$<BOOL:${PROFILE_TRAIN_WERROR}>:-Werror>)
target_include_directories(profile_train_options INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)

if(PROFILE_TRAIN_SANITIZE)
  target_compile_options(profile_train_options INTERFACE
    -fsanitize=${PROFILE_TRAIN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(profile_train_options INTERFACE -fsanitize=${PROFILE_TRAIN_SANITIZE})
endif()
