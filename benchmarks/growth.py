"""What planning costs as studies grow: jobs for Snakemake, cells for tegum.

    PYTHONPATH=tests python benchmarks/growth.py jobs 200 1000
    PYTHONPATH=tests python benchmarks/growth.py cells 10000 100000

`jobs N` plans a study of N row jobs (half of them read the other half) with `snakemake -n` and with
`tegum check`, and the same files with a plain Snakefile: Snakemake's own share. `cells N` makes all
cells, keys and jobs of a sweep of N cells. Each in a process of its own: CPU seconds, peak memory.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

STUDY = "random_walk"
PLAIN = """
N = {n}
rule all:
    input: expand("fit/{{i}}.nc", i=range(N)), expand("fit/{{i}}.keys.json", i=range(N))
rule train:
    output: rows="train/{{i}}.nc", manifest="train/{{i}}.keys.json"
    log: "logs/train/{{i}}.json"
    params: cells="x" * 60, fixed="x" * 60, code="x" * 16, digest=lambda w: w.i.zfill(20)
    shell: "true"
rule fit:
    input: "train/{{i}}.nc", "train/{{i}}.keys.json"
    output: rows="fit/{{i}}.nc", manifest="fit/{{i}}.keys.json"
    log: "logs/fit/{{i}}.json"
    params: cells="x" * 60, fixed="x" * 60, code="x" * 16, digest=lambda w: w.i.zfill(20)
    shell: "true"
"""
PARAMS = """
title: Random walks
question: How does planning grow?
train: {{steps: 50}}
sweeps:
  grown:
    axes: {{steps: {steps}, seed: {seeds}}}
"""
CELLS = """
import sys
from tegum.build.project import Project
project = Project()
jobs = project.row_jobs("random_walk")
print(len(jobs), sum(len(job.keys) for job in jobs))
"""


def measured(
    folder: Path, *command: str, source: Path | None = None, fails: bool = False
) -> tuple[float, float]:
    """CPU seconds and peak memory in MB of one command, which may be one that fails."""
    path = {} if source is None else {"PYTHONPATH": str(source)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # A process of its own: the peak is that of the largest child so far.
    script = (
        "import resource, subprocess, sys; "
        "done = subprocess.run(sys.argv[2:], capture_output=True, text=True); "
        "done.returncode in (0, int(sys.argv[1])) or sys.exit(done.stdout + done.stderr); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(int(fails)), *command],
        cwd=folder,
        env=os.environ | path,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}:\n{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, int(done.stdout) / 1024


def grown(folder: Path, steps: int, seeds: int) -> Path:
    """A project with one study of `steps` shapes, each a job per stage, and `seeds` seeds each."""
    from repository import make

    made = make(folder / "project")
    (made.root / "params" / "mean_power.yaml").unlink()
    text = PARAMS.format(steps=list(range(1, steps + 1)), seeds=list(range(seeds)))
    made.write(f"params/{STUDY}.yaml", text)
    return made.root


def jobs(n: int) -> str:
    """A line of the table: N, and CPU seconds and memory of each way to plan N jobs."""
    snakemake = (sys.executable, "-m", "snakemake", "-n", "--quiet", "--cores", "1")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = folder / "plain"
        plain.mkdir()
        (plain / "Snakefile").write_text(PLAIN.format(n=n // 2))
        root = grown(folder, n // 2, 1)
        source = root / "src"
        own = measured(plain, *snakemake)
        ours = measured(root, *snakemake, source=source)
        command = (sys.executable, "-m", "tegum.cli", "check", STUDY)
        check = measured(root, *command, source=source, fails=True)  # nothing is built
    columns = [f"{cpu:.1f} s, {memory:.0f} MB" for cpu, memory in (own, ours, check)]
    return f"| {n} | {' | '.join(columns)} | {ours[0] / own[0]:.2f} |"


def cells(n: int) -> str:
    """A line of the table: N, and CPU seconds and memory of its cells, keys and jobs."""
    with tempfile.TemporaryDirectory() as name:
        root = grown(Path(name), 10, n // 20)
        cpu, memory = measured(root, sys.executable, "-c", CELLS, source=root / "src")
    return f"| {n} | {cpu:.1f} s | {memory:.0f} MB |"


def main() -> None:
    """Print one line of the table for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("jobs", "cells"))
    parser.add_argument("sizes", nargs="+", type=int)
    args = parser.parse_args()
    for size in args.sizes:
        print({"jobs": jobs, "cells": cells}[args.what](size), flush=True)


if __name__ == "__main__":
    main()
