# Sourced by the scripts: sets up what is missing on this machine, and nothing that is there.
#
# Every stage leaves a stamp when it is complete, so that an interrupted set-up run again goes on with the first stage
# that is not. Two runs at once wait for each other: the lock is on the project's folder itself and leaves no file.

scripts_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
root_dir=$(dirname "$scripts_dir")
readonly scripts_dir root_dir
readonly state_dir="$root_dir/build/setup-state"

source "$scripts_dir/lib/messages.sh"
source "$scripts_dir/lib/packages.sh"
source "$scripts_dir/lib/wheels.sh"
source "$scripts_dir/lib/build.sh"

# set_up runtime|tests: Debian packages and wheels.
set_up() {
  [[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] || cannot "Linux on x86-64 is needed; this is $(uname -s) on $(uname -m)."
  [[ -w $root_dir ]] || cannot "$root_dir cannot be written to, and everything is set up there."
  lock_folder
  trap 'say "Interrupted. Run the same command again: it goes on with the first stage that is not complete."; exit 130' INT TERM
  if [[ $1 == tests ]]; then
    ensure_packages "$scripts_dir/packages.txt" "$scripts_dir/packages-test.txt"
    ensure_wheels "$runtime_wheels" "$test_wheels"
  else
    ensure_packages "$scripts_dir/packages.txt"
    ensure_wheels "$runtime_wheels"
  fi
}

lock_folder() {
  exec 9<"$root_dir"
  flock --nonblock 9 && return
  say "Another set-up or build is running in $root_dir: waiting for it to end."
  flock 9
}

# Before a program that may run for long takes the place of the script.
unlock_folder() {
  trap - INT TERM
  exec 9<&-
}
