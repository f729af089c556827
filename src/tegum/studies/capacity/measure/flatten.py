"""What flattening does: capacities, monosemantic shares and losses along the way."""

import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.metrics.capacity import dedicated_share
from tegum.metrics.phases import SETTLED, last_look
from tegum.studies.capacity.params import MeasureFlatten
from tegum.studies.capacity.problems import Quadratics, measured
from tegum.theory import quadratic as theory
from tegum.theory.quadratic_checks import slopes

STATES = ("dedicated is metastable", "equal losses", "shared is unstable")


def by_cell(sweep: SweepView[MeasureFlatten], rows: Rows) -> xr.Dataset:
    """Capacities at every look, with the strengths that theory names for two equal features."""
    found, train = Quadratics(sweep, rows), rows["train"]
    capacity, value, kurtosis = found.capacity, found.value, found.kurtosis
    best, _ = theory.water_fillings(value, found.width, kurtosis)
    settled = last_look(train, SETTLED)
    ignored = capacity[:, settled] < sweep.params.ignored_below
    looked = zip(found.embedding[:, settled], value, kurtosis, ignored, strict=True)
    gradient, curvature = zip(*(slopes(*one) for one in looked), strict=True)
    problems = zip(value, found.width, kurtosis, strict=True)
    values = {
        "capacity": capacity,
        "mono_share": dedicated_share(capacity, *sweep.params.bounds),
        "loss": theory.quadratic_loss(found.embedding, value[:, None], kurtosis[:, None]),
        "unflatness": (capacity * (1 - capacity)).sum(-1),
        "strengths_pair": [theory.flattening_strengths(k) for k in kurtosis],
        "strength_envelope": theory.envelope_strength(value.max(1), kurtosis),
        "loss_best": theory.feature_loss(best, value, kurtosis[:, None]).sum(-1),
        "curvature": [theory.saddle_curvature(*problem) for problem in problems],
        "gradient_settled": gradient,
        "curvature_settled": curvature,
    }
    return measured(
        "flatten",
        sweep,
        rows,
        values,
        {"state": list(STATES), "phase": train["phase"], "step": train["step"]},
    )
