# The virtual environment in .venv and the pinned wheels in it.

readonly venv_dir="$root_dir/.venv"
readonly runtime_wheels="$scripts_dir/requirements.txt"
readonly test_wheels="$scripts_dir/requirements-test.txt"
readonly oldest_python=11 newest_python=14 # 3.x, for which all pinned wheels exist

wheels_stamp() { printf '%s/profile-train.%s' "$venv_dir" "$(sha256sum <"$1" | cut -c 1-16)"; }

# ensure_wheels FILE…: afterwards .venv holds the wheels named in the lists.
ensure_wheels() {
  local list
  for list in "$@"; do
    [[ -x $venv_dir/bin/python && -e $(wheels_stamp "$list") ]] || install_wheels "$list"
  done
}

install_wheels() {
  local list=$1
  # A complete environment without our stamp is adopted. One that was left half-made is not worth mending.
  if [[ -e $venv_dir ]] && ! venv_works; then
    say "The virtual environment in .venv is incomplete: making it anew."
    rm -rf "$venv_dir"
  fi
  if ! "$venv_dir/bin/python" "$scripts_dir/lib/check_wheels.py" "$list" 2>/dev/null; then
    if [[ $list == "$runtime_wheels" ]]; then
      rm -rf "$venv_dir" # half a torch, or another version of it
      check_disk
      say "Downloading LibTorch: torch $(sed -n 's/^torch==//p' "$list") and the libraries that come with it," \
        "about 2.5 GB from the Python package index; 4.9 GB in .venv."
    else
      say "Downloading the wheels for the tests (110 MB)."
    fi
    venv_works || make_venv
    fetch_wheels "$list"
  fi
  : >"$(wheels_stamp "$list")"
}

venv_works() { "$venv_dir/bin/python" -m pip --version >/dev/null 2>&1; }

check_disk() {
  local free
  free=$(free_mib "$root_dir")
  ((free >= 9000)) || cannot "LibTorch and the build need 9 GB in $root_dir, and $free MiB are free there; make room and run this again."
}

# A Python that the wheels exist for and that can make virtual environments: $PYTHON, or the first of those on PATH.
find_python() {
  local candidate minor
  while IFS= read -r candidate; do
    minor=$("$candidate" -c 'import sys; print(sys.version_info[1] if sys.version_info[0] == 3 else 0)' 2>/dev/null) || continue
    ((minor >= oldest_python && minor <= newest_python)) || continue
    "$candidate" -c 'import ensurepip, venv' 2>/dev/null || continue
    printf '%s' "$candidate"
    return
  done < <(printf '%s' "${PYTHON:+$PYTHON
}" && type -ap python3 python3.11 python3.12 python3.13 python3.14)
  return 1
}

make_venv() {
  local python
  python=$(find_python) || cannot \
    "Python 3.$oldest_python to 3.$newest_python with its venv module is needed, and python3 here is" \
    "$(python3 --version 2>&1 | sed -n 's/^Python //p' | grep . || echo missing); install one and name it in PYTHON=…, then run this again."
  "$python" -m venv "$venv_dir" >&2 || cannot "a virtual environment could not be made in $venv_dir with '$python'."
}

fetch_wheels() {
  local list=$1 started=$SECONDS log="$state_dir/pip.log" status=0
  mkdir -p "$state_dir" "$venv_dir/tmp"
  # pip unpacks in TMPDIR, which on many machines is a small file system in memory.
  local pip=(env TMPDIR="$venv_dir/tmp" PIP_DISABLE_PIP_VERSION_CHECK=1 "$venv_dir/bin/python" -m pip --no-input)
  "${pip[@]}" download --quiet --retries 1 --timeout 20 --no-deps --no-cache-dir --dest "$venv_dir/tmp/probe" \
    "$(grep -m 1 -i -E '^(filelock|attrs)==' "$list")" >"$log" 2>&1 || cannot \
    "the Python package index could not be reached; check the network, then run this again (details: $log)."

  local install=("${pip[@]}" install --no-deps --no-compile --requirement "$list")
  # pip keeps a second copy of what it downloads, 2.5 GB here: only where the disk has room for that.
  (($(free_mib "$root_dir") >= 14000)) || install+=(--no-cache-dir)
  if on_terminal; then
    "${install[@]}" 1>&2 || status=$?
  else
    "${install[@]}" 2>&1 | tee -a "$log" | show_downloads >&2 || status=$?
  fi
  ((status == 0)) || cannot "pip could not install the wheels in $list; run this again, and if it fails again see $log."
  rm -rf "$venv_dir/tmp"
  "$venv_dir/bin/python" "$scripts_dir/lib/check_wheels.py" "$list" || cannot "the wheels in .venv are incomplete after pip; remove .venv and run this again."
  say "Wheels are in place ($(in_words $((SECONDS - started))))."
}

# Without a terminal: a line for each wheel of a megabyte or more.
show_downloads() {
  sed -u -n -E -e 's|^ *Downloading ([^-]+-[^-]+)-.*(\([0-9.]+ MB\)).*|  \1 \2|p' -e 's/^Installing collected.*/  unpacking/p' -e '/^ERROR/p'
}

# Where the wheels are: holds torch/ and nvidia/.
site_packages() { printf '%s\n' "$venv_dir"/lib/python3*/site-packages | head -n 1; }
