# Debian packages: finds what is missing and installs that.

readonly compiler_at_least=12 # g++: C++20 as this project uses it

# names_in FILE…: the entries of lists such as packages.txt.
names_in() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@"; }

missing_packages() {
  local name
  for name in $(names_in "$@"); do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || printf '%s\n' "$name"
  done
}

# ensure_packages FILE…: afterwards every package named in the lists is installed.
ensure_packages() {
  local stamp
  stamp="$state_dir/packages.$(cat "$@" | sha256sum | cut -c 1-16)"
  [[ ! -e $stamp ]] || return 0

  if [[ ${PROFILE_TRAIN_PACKAGES:-} != installed ]]; then
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
      cannot "this is not a Debian-like system; install the counterparts of '$(names_in "$@" | paste -s -d ' ')' by hand" \
        "and run this again with PROFILE_TRAIN_PACKAGES=installed in the environment."
    fi
    local missing
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
  fi
  mkdir -p "$state_dir"
  : >"$stamp"
}

install_packages() {
  local as_root=()
  if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null || cannot \
      "Debian packages are missing and this is neither root nor is there sudo; have 'apt-get install $*' run, then run this again."
    as_root=(sudo)
    [[ -t 0 ]] || as_root+=(--non-interactive)
  fi
  local free
  free=$(free_mib /usr)
  ((free >= 1500)) || cannot "Debian packages need up to 1.5 GB under /usr, and $free MiB are free there; make room and run this again."

  say "Missing Debian packages: $*"
  mkdir -p "$state_dir"
  local log="$state_dir/apt.log"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2)
  # Updating may fail for one source among many; whether that matters shows when packages are fetched.
  "${apt[@]}" update >"$log" 2>&1 || true
  LC_ALL=C apt-get install --assume-no --no-install-recommends "$@" 2>/dev/null | grep -E '^(Need to get|After this operation)' >&2 || true

  local started=$SECONDS
  if ! "${apt[@]}" install --yes --no-install-recommends "$@" 2>&1 | tee -a "$log" | show_apt_progress; then
    if grep -qE 'Temporary failure resolving|Could not resolve|Could not connect|Network is unreachable|Unable to connect|Failed to fetch|Unable to locate package' "$log"; then
      cannot "Debian's packages could not be fetched; check the network and /etc/apt/sources.list (details: $log)."
    fi
    cannot "apt-get could not install '$*'; the reason is at the end of $log."
  fi
  say "Debian packages are in place ($(in_words $((SECONDS - started))))."
}

# Of apt's hundreds of lines, one line that counts on a terminal, and nothing elsewhere.
show_apt_progress() {
  local line done=0
  while IFS= read -r line; do
    if [[ $line == 'Setting up '* ]] && on_terminal; then
      done=$((done + 1))
      line=${line#Setting up }
      printf '\r\033[K  %d set up: %s' "$done" "${line%% *}" >&2
    fi
  done
  if on_terminal; then printf '\r\033[K' >&2; fi
}

check_compiler() {
  local compiler=${CXX:-c++} macros version
  macros=$("$compiler" -dM -E -x c++ /dev/null 2>/dev/null) || true
  version=$(awk '$2 == "__GNUC__" { print $3 }' <<<"$macros")
  if [[ $macros == *__clang__* ]]; then
    version='clang'
  elif [[ -z $version ]]; then
    version='no C++ compiler that runs'
  elif ((version >= compiler_at_least)); then
    return
  else
    version="version $version"
  fi
  cannot "g++ $compiler_at_least or newer is needed, and '$compiler' is $version; install g++-$compiler_at_least and set CXX=g++-$compiler_at_least."
}
