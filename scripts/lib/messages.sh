# What the scripts say. Everything goes to stderr: stdout belongs to the program's results.

say() { printf '%s\n' "$*" >&2; }

# cannot SENTENCE: stops because this machine lacks something; the sentence names the remedy. Exit code 3.
cannot() {
  say "profile-train: $*"
  exit 3
}

# bad_usage SENTENCE: stops because of how the script was called. Exit code 2.
bad_usage() {
  say "profile-train: $*"
  exit 2
}

on_terminal() { [[ -t 2 ]]; }

# in_words SECONDS: "6 min 12 s".
in_words() {
  if (($1 >= 60)); then printf '%d min %d s' $(($1 / 60)) $(($1 % 60)); else printf '%d s' "$1"; fi
}

# free_mib FOLDER: free space for us on the file system of FOLDER.
free_mib() { df --output=avail -B1M "$1" | tail -n 1 | tr -d ' '; }
