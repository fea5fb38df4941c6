# Configuring and building, in the folder of the `release` preset.

readonly build_dir="$root_dir/build/release"

# configure [CMAKE OPTION…]: only if there is no build that fits what is installed, or options were given.
configure() {
  if (($# == 0)) && configured; then return; fi
  # A build that was made elsewhere, and moved here with the folder, would fail.
  if [[ -e $build_dir/CMakeCache.txt ]] && ! in_cache CMAKE_HOME_DIRECTORY:INTERNAL "$root_dir"; then rm -rf "$build_dir"; fi

  check_compiler
  say "Configuring in build/release."
  local log="$state_dir/cmake.log"
  mkdir -p "$state_dir"
  if ! (cd "$root_dir" && cmake --preset release -DPROFILE_TRAIN_SITE_PACKAGES="$(site_packages)" "$@") >"$log" 2>&1; then
    grep -A 8 -m 1 'CMake Error' "$log" >&2 || true
    cannot "CMake could not configure the build (details: $log)."
  fi
  : >"$state_dir/configured"
}

# What CMake found depends on what was installed: tests in a browser, say, on Chromium and its driver.
configured() {
  [[ -e $state_dir/configured && -e $build_dir/build.ninja ]] || return
  local stamp
  for stamp in "$state_dir"/packages.* "$venv_dir"/profile-train.*; do
    [[ ! $stamp -nt $state_dir/configured ]] || return
  done
  in_cache CMAKE_HOME_DIRECTORY:INTERNAL "$root_dir" && in_cache PROFILE_TRAIN_SITE_PACKAGES:PATH "$(site_packages)"
}

in_cache() { grep -qxF "$1=$2" "$build_dir/CMakeCache.txt"; }

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
  local plan steps output started=$SECONDS
  plan=$(ninja -C "$build_dir" -n "$@" 2>&1) || true
  [[ $plan == *'ninja: no work to do.' ]] && return
  # Whether a folder has a new file is looked at each time, and planned for as if it had.
  steps=$(grep '^\[' <<<"$plan" | grep -cvE 'Re-checking globbed directories|Re-running CMake') || true
  if ((steps == 0)); then
    output=$(ninja -C "$build_dir" "$@" 2>&1) && return
    printf '%s\n' "$output" >&2
    failed_build
  fi
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
