"""Architectures and layers, judged per seed."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.ledger.claims import Claim, statistical, untested
from tegum.studies.capacity import findings as limit
from tegum.studies.capacity.findings import told

Data = Mapping[str, xr.Dataset]


def networks(data: Data) -> list[Claim]:
    """Judge the sweeps architectures and layers."""
    return [*_architectures(data["architectures"]), *_layers(data["layers"])]


def _architectures(ds: xr.Dataset) -> list[Claim]:
    # From dense to sparse.
    ds = ds.sortby("feature_probability", ascending=False)
    share = ds.shared_share.sel(control="none")
    shuffled = share.isel(feature_probability=_shuffled(ds.sizes["feature_probability"]))
    trained, fresh = (ds.shared_share.sel(control=c) for c in ("none", "untrained"))
    worst = (-share.diff("feature_probability")).max("feature_probability").mean("seed")
    listed = ", ".join(f"{float(w):.2f} {w.architecture.item()}" for w in worst)
    return [
        statistical(
            *told("c9"),
            values=_largest_drop(share),
            threshold=limit.DROP,
            direction="below",
            control="sparsities in another order",
            control_values=_largest_drop(shuffled),
            reason="largest fall between neighbouring sparsities, largest over architectures; "
            f"mean by architecture {listed}",
        ),
        statistical(
            *told("c9_amount"),
            values=_range(trained),
            threshold=limit.DIFFERENT,
            direction="above",
            control="untrained",
            control_values=_range(fresh),
            reason="largest minus smallest share of shared features over architectures, largest "
            "over sparsities",
        ),
        _blocks(ds),
    ]


def _largest_drop(share: xr.DataArray) -> np.ndarray:
    drops = -share.diff("feature_probability")
    return drops.max(["feature_probability", "architecture"]).values


def _range(share: xr.DataArray) -> np.ndarray:
    spread = share.max("architecture") - share.min("architecture")
    return spread.max("feature_probability").values


def _shuffled(n: int) -> np.ndarray:
    """A fixed order in which neighbours are not neighbours."""
    return np.concatenate([np.arange(n)[1::2], np.arange(n)[::2]])


def _blocks(ds: xr.Dataset) -> Claim:
    if limit.BLOCK_PROBABILITY not in ds.feature_probability:
        reason = f"add feature_probability {limit.BLOCK_PROBABILITY} to the sweep architectures"
        return untested(*told("c12_tied"), reason=reason)
    size = ds.block_dimension.sel(feature_probability=limit.BLOCK_PROBABILITY)
    small = (size <= limit.SMALL_BLOCK).where(size.notnull()).mean("feature")
    tied = small.sel(architecture="tied_relu")
    sizes = ds.block_dimension.sel(control="none", architecture="tied_relu")
    middle = sizes.median(["feature", "seed"]).dropna("feature_probability")
    listed = ", ".join(f"{float(m):.1f} at {m.feature_probability.item():g}" for m in middle)
    return statistical(
        *told("c12_tied"),
        values=tied.sel(control="none").values,
        threshold=limit.MOSTLY,
        direction="above",
        control="untrained",
        control_values=tied.sel(control="untrained").values,
        reason=f"share of the shared features in blocks of at most {limit.SMALL_BLOCK:g} "
        f"dimensions, at probability {limit.BLOCK_PROBABILITY:g}; median dimensions {listed}",
    )


def _layers(ds: xr.Dataset) -> list[Claim]:
    spread = ds.return_spread.median(["layer", "feature_probability"])
    agreement = ds.agreement.mean(["link", "feature_probability"])
    fresh = agreement.sel(control="untrained")
    total = ds.capacity_sum.sel(control="none").mean(["seed", "feature_probability"])
    listed = ", ".join(f"{float(t):.2f}" for t in total)
    return [
        statistical(
            *told("layers_even"),
            values=spread.sel(control="none").values,
            threshold=limit.EVEN,
            direction="below",
            control="untrained",
            control_values=spread.sel(control="untrained").values,
            reason="standard deviation / |mean| of the returns of shared features, median over "
            "layers and sparsities; the returns are an approximation",
        ),
        statistical(
            *told("layers_agree"),
            values=(agreement.sel(control="none") - fresh).values,
            threshold=0.0,
            direction="above",
            control="untrained, of two seeds",
            control_values=(fresh - fresh.roll(seed=1)).values,
            reason="rank correlation over features, trained minus untrained weights (which have "
            f"{float(fresh.mean()):.2f}); sums of capacities from the first layer to the last "
            f"{listed}",
        ),
    ]
