"""The study `toy_superposition` at smoke scale, in memory, for its tests."""

from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from tegum.build.execute import Build, Memory, schema_of
from tegum.data.rows import join
from tegum.experiment.cell import Cell, Context
from tegum.experiment.params import overlay
from tegum.experiment.sweep import Plan
from tegum.experiment.validate import validate
from tegum.experiment.yaml_files import parse_yaml
from tegum.ledger.findings import collect
from tegum.studies.toy_superposition import claims
from tegum.studies.toy_superposition.params import Params

ROOT = Path(__file__).parents[2]
STUDY = "toy_superposition"
CODE = {"train/tied": "t", "train/hidden": "h", "measure/tied": "m"}
CONTEXT = Context("cpu", None, progress=False)
FINDINGS = {f.id: f for f in collect(claims)}


def raw(scale):
    """Parameters as the files give them."""
    found = parse_yaml((ROOT / f"params/{STUDY}.yaml").read_text(), "laptop")
    if scale == "laptop":
        return found
    return overlay(found, parse_yaml((ROOT / f"params/{scale}/{STUDY}.yaml").read_text(), scale))


def plan_of(scale, change=None, code=None):
    """The plan of a scale, with `change` laid over its parameters and `code` over its code."""
    params = validate(Params, overlay(raw(scale), change or {}), scale)
    return Plan(STUDY, params, CODE | (code or {}))


@dataclass
class Built:
    """What a plan's sweeps of one kind of model become."""

    plan: Plan
    cells: dict[str, list[Cell]]
    rows: dict[str, xr.Dataset]
    measured: dict[str, xr.Dataset]


def built(kind):
    """The smoke scale's sweeps of one kind of model, trained and measured."""
    plan = plan_of("smoke")
    store = Memory()
    build = Build({STUDY: plan}, store)
    found = Built(plan, {}, {}, {})
    for sweep in plan.params.sweeps:
        if plan.kinds(sweep, "train") != [kind]:
            continue
        jobs = plan.jobs(sweep, "train")
        for job in jobs:
            build.row(job, CONTEXT)
        build.measure(STUDY, sweep)
        schema = schema_of(plan, "train", sweep)
        found.cells[sweep] = [c for job in jobs for c in job.cells]
        found.rows[sweep] = join([store.rows(job, schema) for job in jobs])
        found.measured[sweep] = store.measured(STUDY, sweep, schema_of(plan, "measure", sweep))
    return found


def verdict(finding, **data):
    """The verdict of one finding on the Datasets of some sweeps."""
    return FINDINGS[finding].claim(data).verdict


def converged(ds):
    """A copy to be edited, of models that have converged: a verdict against a statement counts."""
    return ds.copy(deep=True).assign(loss_change=xr.zeros_like(ds["loss_change"]))
