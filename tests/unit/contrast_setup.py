"""The study `contrast_pairs` at smoke scale, stage by stage, as the workflow makes it."""

from pathlib import Path
from types import SimpleNamespace

from tegum.data.rows import join, on_grid, with_axes
from tegum.experiment.params import overlay
from tegum.experiment.sweep import Plan
from tegum.experiment.validate import validate
from tegum.experiment.yaml_files import parse_yaml
from tegum.studies.contrast_pairs import control, fit, measure, train
from tegum.studies.contrast_pairs.params import Params

ROOT = Path(__file__).parents[2]
STAGES = {"train": train, "fit": fit, "control": control}
CONTEXT = SimpleNamespace(device="cpu", scratch=None, progress=False)


def plan_at(scale):
    raw = parse_yaml((ROOT / "params/contrast_pairs.yaml").read_text(), "laptop")
    if scale != "laptop":
        text = (ROOT / "params" / scale / "contrast_pairs.yaml").read_text()
        raw = overlay(raw, parse_yaml(text, scale))
    found = validate(Params, raw, scale)
    return Plan("contrast_pairs", found, dict.fromkeys(found.CHAIN, "code"))


def measured(plan, sweep):
    """Rows by stage, and the measured Dataset."""
    made, grids = {}, {}
    for stage in plan.stages(sweep):
        parts, order = [], []
        for job in plan.jobs(sweep, stage):
            cells = list(job.cells)
            above = {
                s: made[s][0].isel(
                    cell=[
                        made[s][1].index({a: c.axes[a] for a in plan.axes(sweep, s)}) for c in cells
                    ]
                )
                for s in job.reads
            }
            parts.append(with_axes(STAGES[stage].run(cells, above, CONTEXT), cells))
            order += [c.axes for c in cells]
        made[stage] = join(parts), order
        axes = {a: plan.view(sweep).axes[a] for a in plan.axes(sweep, stage)}
        grids[stage] = on_grid(made[stage][0], axes, order)
    return {s: m[0] for s, m in made.items()}, measure.run(plan.view(sweep), grids)
