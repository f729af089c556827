"""Which studies depend on the kind of processor: `python benchmarks/processors.py [STUDY …]`.

All rows of the smoke scale, and what is measured of them, are computed twice on this machine: with
the kernels that its libraries choose for it, and with those that they have for a processor without
AVX2. A study whose bits are the same both times may still differ on a third kind of processor.
"""

import hashlib
import json
import os
import subprocess
import sys

import xarray as xr

from tegum.build.execute import Build, Memory, schema_of
from tegum.build.project import Project
from tegum.build.variables import FIXED
from tegum.experiment.cell import Context
from tegum.experiment.sweep import Plan

OTHER = {"ATEN_CPU_CAPABILITY": "default", "OPENBLAS_CORETYPE": "Nehalem"}
"""Variables by which torch and numpy's OpenBLAS take the kernels of an older processor."""


def bits_of(study: str) -> dict[str, dict[str, str]]:
    """Bucket or measured sweep to variable to the digest of its bits, at smoke scale.

    What it reads of other studies is computed too, and not told.
    """
    project = Project("smoke", "cpu", study=study)
    store = Memory()
    build = Build(project.plans, store)
    context = Context("cpu", None, progress=False)
    found: dict[str, xr.Dataset] = {}
    for plan in in_order(project.plans):
        for sweep in plan.params.sweeps:
            for stage in plan.stages(sweep):
                for job in plan.jobs(sweep, stage):
                    build.row(job, context)
                    if plan.study == study:
                        schema = schema_of(plan, stage, sweep)
                        found[f"{stage}/{sweep}/{job.bucket}"] = store.rows(job, schema)
    for sweep in project.params[study].sweeps:
        build.measure(study, sweep)
        schema = schema_of(project.plans[study], "measure", sweep)
        found[f"measure/{sweep}"] = store.measured(study, sweep, schema)
    return {
        name: {
            str(n): hashlib.sha256(v.values.tobytes()).hexdigest() for n, v in ds.data_vars.items()
        }
        for name, ds in found.items()
    }


def in_order(plans: dict[str, Plan]) -> list[Plan]:
    """Each study after those that it reads."""
    found: list[Plan] = []
    while len(found) < len(plans):
        done = {plan.study for plan in found}
        found += [p for s, p in plans.items() if s not in done and not p.others.keys() - done]
    return found


def computed(study: str, variables: dict[str, str]) -> dict[str, dict[str, str]]:
    """`bits_of` in a process with these variables."""
    command = [sys.executable, __file__, "--bits", study]
    environment = {**os.environ, **FIXED, **variables}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def main(studies: list[str]) -> None:
    """Print a line per study: how many of its datasets differ, and of which stages."""
    for study in studies or Project("smoke", "cpu").studies:
        one, other = computed(study, {}), computed(study, OTHER)
        differ = [bucket for bucket in one if one[bucket] != other[bucket]]
        stages = ", ".join(sorted({bucket.split("/")[0] for bucket in differ}))
        said = f"{len(differ)} of {len(one)} datasets differ" + f" ({stages})" * bool(differ)
        print(f"{study:18} {said}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bits"]:
        print(json.dumps(bits_of(sys.argv[2])))
    else:
        main(sys.argv[1:])
