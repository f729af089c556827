"""Per-seed numbers that the claims compare: conditions, readers, switches."""

import numpy as np
import xarray as xr


def scored(
    ds: xr.Dataset,
    reader: str,
    name: str = "accuracy",
    *,
    threshold: str = "zero",
    normalisation: str = "train",
    control: str = "none",
) -> xr.DataArray:
    """One reader's measure on the sweep's axes."""
    wanted = {
        "reader": reader,
        "threshold": threshold,
        "normalisation": normalisation,
        "control": control,
    }
    return ds[name].sel({d: v for d, v in wanted.items() if d in ds[name].dims})


def per_seed(values: xr.DataArray, how: str) -> np.ndarray:
    """Reduce all dims but the seed by `min`, `max` or `mean`."""
    return getattr(values, how)([d for d in values.dims if d != "seed"]).values


def switch(ds: xr.Dataset, reader: str) -> np.ndarray:
    """The imbalance from which a reader is nearer the distractor than the truth: (seed,).

    Between the neighbours on the grid where the |cos| cross, by a straight line; 1 where they
    never do.
    """
    gap = scored(ds, reader, "cos_truth") - scored(ds, reader, "cos_distractor")
    imbalance = ds["truth_probability"].values
    found = []
    for values in gap.transpose("seed", "truth_probability").values:
        turned = np.flatnonzero(values < 0)
        if turned.size == 0:
            found.append(1.0)
            continue
        j = turned[0]
        if j == 0:
            found.append(imbalance[0])
            continue
        share = values[j - 1] / (values[j - 1] - values[j])
        found.append(imbalance[j - 1] + share * (imbalance[j] - imbalance[j - 1]))
    return np.array(found)


def regret(ds: xr.Dataset) -> np.ndarray:
    chosen = ds["try_accuracy"].isel({"try": ds["loss"].argmin("try")})
    return (ds["try_accuracy"].max("try") - chosen).values
