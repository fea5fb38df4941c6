"""same_events.py RUN_RANK LIBRARY WRAPPER: processes that train alike at different speeds do the same, event by event."""

import pathlib
import subprocess
import sys

run_rank, library, wrapper = sys.argv[1:]
program = pathlib.Path(__file__).with_name("event_order.py")
outcomes = {}
for pause in ("0", "0.02", "0.2", "0"):
    command = [run_rank, library, "8", "3", sys.executable, program, wrapper, pause]
    outcome = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    print(f"{wrapper}, {pause} s between steps: {outcome}", end="")
    outcomes.setdefault(outcome, []).append(pause)
if len(outcomes) != 1:
    sys.exit(f"{wrapper}: what the allocator does depends on the pauses: {list(outcomes.values())}")
