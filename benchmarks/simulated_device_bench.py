#!/usr/bin/env python3
"""How fast the simulated device is, as its users see it: what it adds to a program's start, a step of GPT-2 small, Llama 2
7B from process start, and what they take of the host. Medians of interleaved runs; figures of whole processes."""

import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path("@PROJECT_SOURCE_DIR@")
PROGRAM = "@PROJECT_BINARY_DIR@/bin/profile-train"
PYTHON = "@PROFILE_TRAIN_SITE_PACKAGES@/../../../bin/python"
STARTS = 7


def timed(command):
    """Seconds of a whole process, and the most memory it or its children had, in MiB."""
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} exited with {process.returncode}")
    return time.monotonic() - began, usage.ru_maxrss / 1024, output


def start_up():
    bare = [PYTHON, "-c", "import torch; torch.zeros(1)"]
    simulated = [PROGRAM, "run", "--simulate", "h200", "--quiet", "--", *bare]
    used = [PROGRAM, "run", "--simulate", "h200", "--quiet", "--", PYTHON, "-c", "import torch; torch.zeros(1, device='cuda')"]
    seconds = {"bare": [], "simulated": [], "device used": []}
    for _ in range(STARTS):
        for name, command in zip(seconds, (bare, simulated, used)):
            seconds[name].append(timed(command)[0])
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    print(f"start of Python with torch: {medians['bare']:.2f} s; under the simulated device {medians['simulated']:.2f} s; "
          f"with a tensor on it {medians['device used']:.2f} s")


def gpt2_small():
    command = [PROGRAM, "--config", "gpt_small", "--device", "sim:h200", "--set", "train.batch_size=8",
               "--set", "train.sequence=1024", "--set", "train.steps=30", "--json", "--force", "-o", "@PROJECT_BINARY_DIR@/bench"]
    _, mebibytes, output = timed(command)
    steps = [step["seconds"] * 1e3 for step in json.loads(output)["steps"]][1:]
    print(f"GPT-2 small, B 8, S 1024, recorded: {statistics.median(steps):.1f} ms a step (median of {len(steps)}, "
          f"{min(steps):.1f} to {max(steps):.1f}); host {mebibytes:.0f} MiB")


def llama_7b():
    seconds, _, _ = timed([PROGRAM, "run", "--simulate", "h200", "--quiet", "--", PYTHON, str(ROOT / "tests/simulator/programs/llama_7b.py")])
    mebibytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"Llama 2 7B, bf16, AdamW, three steps: {seconds:.1f} s from process start; host at most {mebibytes:.0f} MiB")


start_up()
gpt2_small()
llama_7b()
