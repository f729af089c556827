"""The study `contrast_pairs` at smoke scale, in memory."""

from pathlib import Path

from tegum.build.execute import Build, Memory, schema_of
from tegum.data.rows import join
from tegum.experiment.cell import Context
from tegum.experiment.params import overlay
from tegum.experiment.sweep import Plan
from tegum.experiment.validate import validate
from tegum.experiment.yaml_files import parse_yaml
from tegum.studies.contrast_pairs.params import Params

ROOT = Path(__file__).parents[2]


def plan_at(scale, **edit):
    raw = parse_yaml((ROOT / "params/contrast_pairs.yaml").read_text(), "laptop")
    if scale != "laptop":
        text = (ROOT / "params" / scale / "contrast_pairs.yaml").read_text()
        raw = overlay(raw, parse_yaml(text, scale))
    found = validate(Params, overlay(raw, edit), scale)
    return Plan("contrast_pairs", found, dict.fromkeys(found.CHAIN, "code"))


def measured(plan, sweep):
    """Rows by stage, and the measured Dataset."""
    memory = Memory()
    build = Build({"contrast_pairs": plan}, memory)
    rows = {}
    for stage in plan.stages(sweep):
        jobs = plan.jobs(sweep, stage)
        for job in jobs:
            build.row(job, Context(progress=False))
        schema = schema_of(plan, stage, sweep)
        rows[stage] = join([memory.rows(job, schema) for job in jobs])
    build.measure("contrast_pairs", sweep)
    return rows, memory.measured("contrast_pairs", sweep, schema_of(plan, "measure", sweep))
