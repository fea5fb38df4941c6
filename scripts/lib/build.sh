# Configuring and building, in the folder of the `release` preset.

readonly build_dir="$root_dir/build/release"

# configure [CMAKE OPTION…]: only if there is no build that fits, or options were given.
configure() {
  local cache="$build_dir/CMakeCache.txt" site
  site=$(site_packages)
  if [[ $# == 0 && -e $build_dir/build.ninja ]] && grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root_dir" "$cache" &&
    grep -qxF "PROFILE_TRAIN_SITE_PACKAGES:PATH=$site" "$cache"; then
    return
  fi
  # A build that was made elsewhere, and moved here with the folder, would fail.
  if [[ -e $cache ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root_dir" "$cache"; then rm -rf "$build_dir"; fi

  check_compiler
  say "Configuring in build/release."
  local log="$state_dir/cmake.log"
  mkdir -p "$state_dir"
  if ! (cd "$root_dir" && cmake --preset release -DPROFILE_TRAIN_SITE_PACKAGES="$site" "$@") >"$log" 2>&1; then
    grep -A 8 -m 1 'CMake Error' "$log" >&2 || true
    cannot "CMake could not configure the build (details: $log)."
  fi
}

# As many compilers at once as there are processors, and memory for: 2.5 GB for a file that includes LibTorch.
parallel_jobs() {
  local jobs memory
  jobs=$(nproc)
  memory=$(awk '$1 == "MemAvailable:" { print int($2 / 2500000) }' /proc/meminfo)
  ((memory >= jobs)) || jobs=$((memory > 1 ? memory : 1))
  printf '%s' "$jobs"
}

# build TARGET…: silent and quick if there is nothing to do.
build() {
  local plan steps started=$SECONDS
  plan=$(ninja -C "$build_dir" -n "$@" 2>&1) || true
  [[ $plan == *'ninja: no work to do.' ]] && return
  steps=$(grep -c '^\[' <<<"$plan") || true
  say "Building $* in build/release: up to $steps steps, $(parallel_jobs) at a time."
  if on_terminal; then
    ninja -C "$build_dir" -j "$(parallel_jobs)" "$@" >&2 || failed_build
  else
    ninja -C "$build_dir" -j "$(parallel_jobs)" "$@" 2>&1 | show_every_tenth >&2 || failed_build
  fi
  say "Built in $(in_words $((SECONDS - started)))."
}

# Without a terminal: each tenth of the steps, and whatever compilers have to say.
show_every_tenth() {
  awk -F '[][/]' '
    /^ninja: Entering directory/ { next }
    /^\[[0-9]+\/[0-9]+\] / { tenth = int(10 * $2 / $3); if (tenth == last) next; last = tenth }
    { print; fflush() }'
}

failed_build() {
  say "profile-train: the build failed; the compiler's message is above."
  exit 1
}
