"""Classes of trained models in the phase diagrams, and losses of the candidate solutions."""

import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.studies.toy_superposition.measure.tied import feature_probabilities, importance, measured
from tegum.studies.toy_superposition.params import Phase
from tegum.theory import toy


def by_cell(sweep: SweepView[Phase], rows: Rows) -> xr.Dataset:
    """Measure one sweep of tied models, and which solution each of them is.

    Raises:
        TegumError: for sizes of which no candidate solutions are known.
    """
    train = rows["train"]
    size = train.sizes["feature"], train.sizes["dimension"]
    biased = sweep.cells[0].upstream["train"].with_bias
    candidates, solution = toy.phase_diagram(size, biased)
    loss = candidates(importance(sweep)[:, -1], feature_probabilities(sweep)[:, 0])
    more = {
        "solution": solution(train["weight"].values, sweep.params.represented_norm),
        "solution_theory": loss.argmin(-1),
        "loss_theory": loss,
    }
    return measured("phase", sweep, train, more)
