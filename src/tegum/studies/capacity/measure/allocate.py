"""Many features: capacities, spectra and blocks beside the water-filling; directions."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.metrics.capacity import spectral_blocks
from tegum.metrics.geometry import unit
from tegum.studies.capacity.params import MeasureAllocate
from tegum.studies.capacity.problems import Quadratics, models
from tegum.studies.capacity.schema import SCHEMAS
from tegum.theory import quadratic as theory
from tegum.theory.quadratic_checks import sampled_loss


def by_cell(sweep: SweepView[MeasureAllocate], rows: Rows) -> xr.Dataset:
    """What is allocated, and which direction would have the largest return.

    Directions are searched with the closed form, taken as the best one for an added neuron, or
    drawn at random.
    """
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
        random = unit(rng.normal(size=v.size))
        steepest = theory.steepest_direction(w, v, float(k), sweep.params.starts, rng)
        three = np.stack([steepest, theory.added_neuron(w, v, float(k))[0], random])
        purity.append((three**2).max(1))
        gains.append(theory.direction_return(three, w, v, float(k))[1])
    moment = np.swapaxes(found.embedding, 1, 2) @ found.embedding
    return SCHEMAS["measure/allocate"].dataset(
        {
            **models(sweep, rows),
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
        },
        {"search": ["closed form", "added neuron", "random"]},
    )
