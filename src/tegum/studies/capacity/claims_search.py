"""Is the direction of most negative marginal return a true feature? Judged per seed."""

import numpy as np
import xarray as xr

from tegum.ledger.claims import Claim, exact, statistical
from tegum.studies.capacity import findings as limit
from tegum.studies.capacity.findings import told


def directions(ds: xr.Dataset) -> list[Claim]:
    """Judge the directions that were found in the trained models of the sweep `allocation`."""
    found, random = (ds.sel(search=search) for search in ("closed form", "random"))
    added = ds.purity.sel(search="added neuron").mean("seed")
    gain = np.log(ds.return_found / ds.return_true)
    listed = ", ".join(
        f"{float(p):.2f} ({float(a):.2f}) at {float(p.kurtosis):g}"
        for p, a in zip(found.purity.mean("seed"), added, strict=True)
    )
    over = ds.return_found / ds.return_pure
    return [
        statistical(
            *told("direction_pure"),
            values=found.purity.mean("kurtosis").values,
            threshold=limit.PURE,
            direction="above",
            control="random direction",
            control_values=random.purity.mean("kurtosis").values,
            reason="max_i q_i^2, mean over kurtosis; by the closed form (in brackets, along the "
            f"best added neuron, exact to second order): {listed}",
        ),
        statistical(
            *told("direction_superposed"),
            values=gain.sel(search="closed form").max("kurtosis").values,
            threshold=0.0,
            direction="below",
            control="random direction",
            control_values=gain.sel(search="random").max("kurtosis").values,
            reason="log of the return found over the largest of a feature at its capacity, "
            "largest over kurtosis; the closed form treats the direction as independent",
        ),
        exact(
            *told("direction_bound"),
            estimate=float(over.max()),
            threshold=1.0 + limit.ROUNDING_32,
            n=over.size,
            reason="largest return found over the largest g(0) or g(1) of a feature",
        ),
    ]
