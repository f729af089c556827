"""What a wide network makes of its small circuits, beside the exact circuits and the law."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tegum.experiment.cell import Cell
from tegum.models.shared_network import SharedNetwork
from tegum.studies.circuits_in_superposition.params import Network
from tegum.synthetic.rotations import Rotations, uses
from tegum.theory import circuits as theory

QUANTILE = 0.99


def measured(cell: Cell[Network], circuits: Rotations, fan_in: int = 1) -> Mapping[str, Any]:
    """Errors and leakage after each layer, relative to the rms of the active points there."""
    p = cell.params
    inputs = uses(circuits, p.n_active, p.samples, cell.stream("evaluation"))
    network = SharedNetwork(
        circuits.turned,
        n_circuits=p.n_circuits,
        depth=p.depth,
        width=p.width,
        redundancy=p.redundancy,
        gated=p.gated,
        seed=cell.stream("init"),
    )
    found = network.run(inputs.points[0], inputs.active)
    used = inputs.active.sum(1).mean(1)
    each, power = [], []
    for active, exact, read in zip(inputs.active, inputs.points, found, strict=True):
        apart = np.moveaxis(read - exact, 1, -1)
        other = np.moveaxis(np.roll(read, 1, axis=0) - exact, 1, -1)
        inactive = np.moveaxis(read, 1, -1)[~active]
        signal = np.moveaxis(exact, 1, -1)[active]
        size, error = _rms(signal), _rms(apart[active])
        power.append(2.0 * size**2)
        large = np.quantile(np.abs(apart[active]), QUANTILE)
        each.append(
            {
                "circuit_err": error / size,
                "permuted_err": _rms(other[active]) / size,
                "err_quantile": large / error if error > 0.0 else np.nan,
                "leakage": _rms(inactive) / size,
            }
        )
    variances = theory.errors(
        gated=p.gated,
        n_circuits=p.n_circuits,
        n_active=used,
        power=np.array(power),
        width=p.width,
        meet=theory.meeting(p.n_circuits, p.width, p.redundancy),
        fan_in=fan_in,
    )
    error, leaked = (np.sqrt(2.0 * v / np.array(power)) for v in variances)
    laws = {"law_err": error, "law_leakage": leaked, "used": used}
    return {name: [one[name] for one in each] for name in each[0]} | laws


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))
