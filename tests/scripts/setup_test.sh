#!/usr/bin/env bash
# setup_test.sh SOURCE: runs a copy of SOURCE/scripts on machines that lack something, and reads what it says.
#
# PATH holds links to the tools that the scripts may use and stand-ins for those that would find something missing, so
# that nothing is installed, downloaded or built here.
set -euo pipefail

source_dir=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# new_machine: an empty project with the scripts, and a PATH on which everything is as it should be.
new_machine() {
  rm -rf "${work:?}/project" "${work:?}/bin"
  mkdir -p "$work/project" "$work/bin"
  cp -r "$source_dir/scripts" "$work/project/"
  local tool
  for tool in awk basename bash cat cut date dirname env flock grep head mkdir mapfile ninja nproc paste readlink rm sed sha256sum \
    sleep tail tee tr true uname; do
    ln -s "$(type -P "$tool" || printf /bin/true)" "$work/bin/$tool"
  done
  stand_in id 'echo 0'
  stand_in dpkg-query 'printf installed'
  stand_in apt-get 'exit 0'
  stand_in df 'echo Avail; echo 90000'
  stand_in c++ 'printf "#define __GNUC__ 12\n"'
  stand_in cmake 'exit 0'
}

# stand_in TOOL SCRIPT: a script that is its own, so nothing in it is for us to expand.
stand_in() {
  rm -f "$work/bin/$1"
  printf '#!/bin/bash\n%s\n' "$2" >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}

# run_set_up [NAME=VALUE…]: leaves $status, and what came out in $said (stderr) and $printed (stdout).
run_set_up() {
  status=0
  env -i HOME="$work" PATH="$work/bin" "$@" bash "$work/project/scripts/profile-train" --config 'two words.yaml' \
    >"$work/stdout" 2>"$work/stderr" || status=$?
  said=$(cat "$work/stderr")
  printed=$(cat "$work/stdout")
}

# expect STATUS TEXT…: the run ended with STATUS, its last line holds each TEXT, and stdout is empty.
expect() {
  local wanted=$1 text last
  shift
  last=$(tail -n 1 <<<"$said")
  [[ $status == "$wanted" ]] || failed "ended with $status, not with $wanted"
  for text in "$@"; do
    [[ $last == *"$text"* ]] || failed "did not say '$text'"
  done
  [[ -z $printed ]] || failed "wrote to stdout: $printed"
}

failed() {
  printf 'FAILED %s: %s. It said:\n%s\n' "$case" "$1" "$said"
  failures=$((failures + 1))
}

# Everything in place but the wheels is the state that the checks of Python, disk and network start from.
real_python() { ln -sf "$(python3 -c 'import sys; print(sys.executable)')" "$work/bin/python3"; }

case='no apt'
new_machine
rm "$work/bin/apt-get"
run_set_up
expect 3 'not a Debian-like system' libfmt-dev PROFILE_TRAIN_PACKAGES=installed

case='neither root nor sudo'
new_machine
stand_in id 'echo 1000'
stand_in dpkg-query '[[ ${*: -1} == mold ]] || printf installed'
run_set_up
expect 3 'neither root' "apt-get install mold'"

case='no network for apt'
new_machine
stand_in dpkg-query '[[ ${*: -1} == mold ]] || printf installed'
stand_in apt-get 'echo "Err: Temporary failure resolving"; exit 100'
run_set_up
expect 3 'could not be fetched' 'check the network'

case='apt fails for another reason'
new_machine
stand_in dpkg-query '[[ ${*: -1} == mold ]] || printf installed'
stand_in apt-get 'echo "E: dpkg was interrupted"; exit 100'
run_set_up
expect 3 "could not install 'mold'" apt.log

case='little disk for packages'
new_machine
stand_in dpkg-query '[[ ${*: -1} == mold ]] || printf installed'
stand_in df 'echo Avail; echo 700'
run_set_up
expect 3 '700 MiB are free' 'make room'

case='little disk for LibTorch'
new_machine
real_python
stand_in df 'echo Avail; echo 4000'
run_set_up
expect 3 '9 GB' '4000 MiB are free' 'make room'

case='old Python'
new_machine
stand_in python3 '[[ $1 == --version ]] && echo "Python 3.9.2" || echo 9'
run_set_up
expect 3 'Python 3.11 to 3.14' '3.9.2'

case='no Python'
new_machine
run_set_up
expect 3 'Python 3.11 to 3.14' 'missing'

case='half-made environment, and no network for pip'
new_machine
real_python
mkdir -p "$work/project/.venv/bin"
run_set_up PIP_INDEX_URL=http://127.0.0.1:9/simple PIP_CONFIG_FILE=/dev/null
expect 3 'package index could not be reached' 'check the network'
[[ $said == *'.venv is incomplete'* ]] || failed 'did not say that it starts anew'

# From here on, the wheels are in place: a stamp for the list, beside a Python.
with_wheels() {
  new_machine
  mkdir -p "$work/project/.venv/bin" "$work/project/.venv/lib/python3.11/site-packages"
  ln -s /bin/true "$work/project/.venv/bin/python"
  : >"$work/project/.venv/profile-train.$(sha256sum <"$work/project/scripts/requirements.txt" | cut -c 1-16)"
}

case='old compiler'
with_wheels
stand_in c++ 'printf "#define __GNUC__ 10\n"'
run_set_up
expect 3 'g++ 12 or newer' 'version 10' CXX=

case='clang in place of g++'
with_wheels
stand_in c++ 'printf "#define __GNUC__ 4\n#define __clang__ 1\n"'
run_set_up
expect 3 'g++ 12 or newer' clang

case='CMake fails'
with_wheels
stand_in cmake 'echo "CMake Error: no such thing"; exit 1'
run_set_up
expect 3 'could not configure' cmake.log

# And here the program is built: a build without a step to do, and a program that repeats its arguments.
with_program() {
  with_wheels
  local build="$work/project/build/release" site="$work/project/.venv/lib/python3.11/site-packages"
  mkdir -p "$build/bin"
  printf 'CMAKE_HOME_DIRECTORY:INTERNAL=%s\nPROFILE_TRAIN_SITE_PACKAGES:PATH=%s\n' "$work/project" "$site" >"$build/CMakeCache.txt"
  printf 'build profile_train: phony\n' >"$build/build.ninja"
  printf '#!/bin/bash\nprintf "[%%s]" "$@"\nexit 7\n' >"$build/bin/profile-train"
  chmod +x "$build/bin/profile-train"
  mkdir -p "$work/project/build/setup-state"
  : >"$work/project/build/setup-state/packages.$(sha256sum <"$work/project/scripts/packages.txt" | cut -c 1-16)"
  : >"$work/project/build/setup-state/configured"
}

case='everything in place'
with_program
run_set_up
[[ $status == 7 ]] || failed "hid the exit code of the program: $status"
[[ $printed == '[--config][two words.yaml]' ]] || failed "changed the arguments: $printed"
[[ -z $said ]] || failed 'had something to say'

case='a wheel was installed after the build was configured'
with_program
touch -d '1 minute ago' "$work/project/build/setup-state/configured"
run_set_up
[[ $said == 'Configuring in build/release.' && $status == 7 ]] || failed "ended with $status"

case='build fails'
with_program
printf 'rule no\n  command = false\nbuild profile_train: no\n' >"$work/project/build/release/build.ninja"
run_set_up
[[ $status == 1 && $said == *'the build failed'* ]] || failed "ended with $status"

case='another set-up is running'
with_program
flock "$work/project" sleep 1 &
sleep 0.3
run_set_up
wait
[[ $status == 7 && $said == *'waiting for it to end'* ]] || failed "did not wait: $status"

((failures == 0)) && printf 'All cases said what they should.\n'
