"""Studies at one scale, in memory, for the tests of their rows, measures and claims."""

from contextlib import chdir
from dataclasses import dataclass

import xarray as xr
from repository import ROOT

from tegum.build.execute import Build, Memory, schema_of
from tegum.build.project import CODE, Project
from tegum.data.files import read_json
from tegum.data.rows import join
from tegum.experiment.cell import Context
from tegum.experiment.sweep import Plan

CONTEXT = Context(progress=False)


def plans_at(scale: str, study: str) -> dict[str, Plan]:
    """The plans of a study and of those that it reads."""
    with chdir(ROOT):
        return Project(scale, "cpu", read_json(CODE), study).plans


@dataclass
class Built:
    """What a study has computed."""

    plan: Plan
    store: Memory
    measured: dict[str, xr.Dataset]

    def rows(self, sweep: str, stage: str) -> xr.Dataset:
        """The rows of all buckets of a stage."""
        schema = schema_of(self.plan, stage, sweep)
        return join([self.store.rows(job, schema) for job in self.plan.jobs(sweep, stage)])


def smoke_build(study: str) -> Built:
    """Compute and measure all sweeps of a study at smoke scale, and the rows that it reads."""
    plans = plans_at("smoke", study)
    build = Build(plans, store := Memory())
    for entry in plans[study].params.all_inputs():
        for job in plans[entry.study].jobs(entry.sweep, entry.stage):
            build.row(job, CONTEXT)
    build.whole(study, CONTEXT)
    return Built(plans[study], store, build.measured(study))
