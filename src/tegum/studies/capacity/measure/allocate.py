"""Many features: capacities, spectra and blocks beside the water-filling; directions."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.metrics.capacity import spectral_blocks
from tegum.studies.capacity.params import MeasureAllocate
from tegum.studies.capacity.problems import Quadratics, measured
from tegum.theory import quadratic as theory
from tegum.theory.quadratic_checks import sampled_loss


def by_cell(sweep: SweepView[MeasureAllocate], rows: Rows) -> xr.Dataset:
    """What is allocated, and which direction would have the largest return."""
    found = Quadratics(sweep, rows)
    best, level = theory.water_fillings(found.value, found.width, found.kurtosis)
    value, kurtosis = found.value, found.kurtosis[:, None]
    ends = theory.marginal_return(np.array([[[0.0]], [[1.0]]]), value, kurtosis)
    returns = theory.marginal_return(found.capacity, value, kurtosis)
    blocks, sampled, purity, gains = [], [], [], []
    for w, v, k, cell in zip(found.embedding, value, found.kurtosis, sweep.cells, strict=True):
        blocks.append(spectral_blocks(w, sweep.params.block_tolerance))
        sampled.append(sampled_loss(w, v, k, cell.stream("evaluation")))
        rng = np.random.default_rng(cell.stream("control"))
        looked, gain = theory.directions(w, v, float(k), sweep.params.starts, rng)
        purity.append((looked**2).max(1))
        gains.append(gain)
    moment = np.swapaxes(found.embedding, 1, 2) @ found.embedding
    values = {
        "embedding": found.embedding,
        "capacity": found.capacity,
        "capacity_best": best,
        "value": value,
        "marginal_return": returns,
        "level": level,
        "eigenvalue": np.linalg.eigvalsh(moment)[:, ::-1],
        "block": [block for block, _ in blocks],
        "leak": [leak for _, leak in blocks],
        "loss": theory.quadratic_loss(found.embedding, value, found.kurtosis),
        "loss_best": theory.feature_loss(best, value, kurtosis).sum(-1),
        "loss_sampled": [mean for mean, _ in sampled],
        "loss_sampled_error": [error for _, error in sampled],
        "return_true": returns.max(1),
        "return_pure": ends.max((0, 2)),
        "purity": purity,
        "return_found": gains,
    }
    return measured("allocate", sweep, rows, values, {"search": list(theory.SEARCHES)})
