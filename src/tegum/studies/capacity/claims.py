"""Findings of Scherlis et al. 2022 and of the comments under it, judged.

Exact claims compare trained models with closed forms, or closed forms with enumeration, sampling
and numerical minima. Statistical claims have one number per seed.
"""

from collections.abc import Mapping
from typing import cast

import numpy as np
import xarray as xr
from scipy.optimize import fminbound

from tegum.ledger.claims import Claim, exact, untested
from tegum.studies.capacity import findings as limit
from tegum.studies.capacity.claims_interventions import interventions
from tegum.studies.capacity.claims_networks import networks
from tegum.studies.capacity.claims_search import directions
from tegum.studies.capacity.findings import told

FINDINGS = tuple(limit.FINDINGS)

Data = Mapping[str, xr.Dataset]


def claims(data: Data) -> list[Claim]:
    """Every finding with its verdict; `data` maps sweep to measured Dataset."""
    return [
        returns(data["curves"]),
        loss(data["allocation"]),
        bounds(data),
        *phases(data["phase"]),
        *allocations(data["allocation"]),
        *blocks(data["allocation"]),
        *directions(data["allocation"]),
        *interventions(data),
        *networks(data),
    ]


def returns(curves: xr.Dataset) -> Claim:
    """Compare the curves with slopes of losses minimised numerically over the norm."""
    inside = curves.capacity.values[(curves.capacity.values > 0.05) & (curves.capacity.values < 1)]
    worst, wrong, n = 0.0, 0, 0
    for case in curves.case.values:
        one = curves.sel(case=case)
        kurtosis = float(one.kurtosis)
        for feature, value in enumerate((1.0, float(one.ratio))):
            stored = one.marginal_return.isel(feature=feature).sel(capacity=inside).values
            slope = [
                _least_loss(c - 1e-4, value, kurtosis) - _least_loss(c + 1e-4, value, kurtosis)
                for c in inside
            ]
            worst = max(worst, float(np.abs(np.array(slope) / 2e-4 / stored - 1.0).max()))
            change = np.sign(np.round(np.diff(stored), 9))
            wrong += int(np.count_nonzero(change != np.sign(3.0 - kurtosis)))
            n += inside.size
    return exact(
        *told("returns"),
        estimate=np.inf if wrong else worst,
        threshold=limit.SLOPE,
        n=n,
        reason=f"against finite differences of losses minimised over the norm; {wrong} slopes of "
        "the wrong sign",
    )


def loss(allocation: xr.Dataset) -> Claim:
    """Compare the losses of trained models with Monte Carlo on three-valued inputs."""
    error = np.abs(allocation.loss_sampled - allocation.loss) / allocation.loss_sampled_error
    return exact(
        *told("loss"),
        estimate=float(error.max()),
        threshold=limit.STANDARD_ERRORS,
        n=error.size,
        unit="standard errors",
        reason="largest deviation of Monte Carlo estimates on inputs in {-s, 0, s}, one per "
        "trained model",
    )


def bounds(data: Data) -> Claim:
    """Count capacities outside [0, 1], sums above the rank, and constructions that miss it."""
    built = data["invariants"]
    slack = limit.ROUNDING
    wrong = int(((built.capacity_min < -slack) | (built.capacity_max > 1.0 + slack)).sum())
    wrong += int((built.capacity_sum > built["rank"] + slack).sum())
    efficient = built.sel(construction=["tight frame", "orthogonal blocks"])
    wrong += int((np.abs(efficient.capacity_sum - efficient["rank"]) > slack * 1e3).sum())
    n, slack = built.capacity_sum.size, limit.ROUNDING_32
    for ds in (ds for ds in data.values() if "capacity" in ds.data_vars):
        wrong += int(((ds.capacity < -slack) | (ds.capacity > 1.0 + slack)).sum())
        total = ds.capacity.sum("feature")
        wrong += int((total > ds.width * (1.0 + slack)).sum())
        n += total.size
    random = built.sel(construction="random")
    used = float((random.capacity_sum / random["rank"]).mean())
    return exact(
        *told("c1"),
        estimate=wrong,
        threshold=0,
        n=n,
        unit="violations",
        reason="random and constructed matrices against their rank, trained ones against the "
        f"number of dimensions; random ones use {used:.2f} of their rank on average",
    )


def phases(phase: xr.Dataset) -> list[Claim]:
    """Judge the phase diagram of two features in one dimension."""
    best = phase.loss.argmin("seed")
    second = phase.capacity.sel(feature=1).isel(seed=best)
    miss = np.abs(second - phase.capacity_best.sel(feature=1)) > limit.CLOSE
    equal = np.abs(phase.ratio - 1.0) < limit.ROUNDING
    tie = equal & (phase.kurtosis <= 3.0)
    dense = phase.sel(kurtosis=phase.kurtosis[phase.kurtosis < 3.0])
    shared = np.minimum(second, 1.0 - second).sel(kurtosis=dense.kurtosis)
    said = f"best of {phase.sizes['seed']} seeds at each point"
    found = [
        exact(
            *told("c3"),
            estimate=float(miss.mean()),
            threshold=limit.MISSES,
            n=miss.size,
            reason=f"share of points more than {limit.CLOSE} from the closed form; {said}",
        ),
        exact(
            *told("c3_ties"),
            estimate=int((miss & ~tie).sum()),
            threshold=0,
            n=miss.size,
            unit="points",
            reason=f"misses that are no tie; {int((miss & tie).sum())} of {int(tie.sum())} ties "
            "went to the other feature than the one that the closed form names",
        ),
        exact(
            *told("c10"),
            estimate=float(shared.max()) if shared.size else np.nan,
            threshold=limit.CLOSE,
            n=shared.size,
            reason=f"largest capacity of the losing feature; {said}",
        ),
    ]
    if 3.0 not in phase.kurtosis or not equal.any():
        reason = "add kurtosis 3.0 and an odd ratio_points to the sweep phase"
        return [*found, untested(*told("c10_degenerate"), reason=reason, kind="exact")]
    same = phase.sel(kurtosis=3.0).sel(ratio=1.0, method="nearest")
    split = same.capacity.sel(feature=1)
    return [
        *found,
        exact(
            *told("c10_degenerate"),
            estimate=float(np.abs(same.loss / same.loss_best - 1.0).max()),
            threshold=limit.GLOBAL,
            n=same.sizes["seed"],
            reason="relative distance of trained losses from the optimum, at capacities C_2 from "
            f"{float(split.min()):.2f} to {float(split.max()):.2f}",
        ),
    ]


def allocations(ds: xr.Dataset) -> list[Claim]:
    """Judge the allocation of several dimensions to many features."""
    off = np.abs(ds.capacity - ds.capacity_best)
    distance = np.abs(ds.loss / ds.loss_best - 1.0)
    found = []
    for name, chosen, threshold in (
        ("c4", ds.kurtosis >= limit.STEEP, limit.PRECISE),
        ("c4_flat", ds.kurtosis < limit.STEEP, limit.PRECISE_FLAT),
    ):
        some = off.sel(kurtosis=ds.kurtosis[chosen])
        if not some.size:
            reason = "add such a kurtosis to the sweep allocation"
            found.append(untested(*told(name), reason=reason, kind="exact"))
            continue
        each = ", ".join(f"{float(o.max()):.1e} at {float(o.kurtosis):g}" for o in some)
        found.append(
            exact(
                *told(name),
                estimate=float(some.max()),
                threshold=threshold,
                n=some.size,
                reason=f"largest distance of a capacity, all seeds: {each}",
            )
        )
    found.append(
        exact(
            *told("c7"),
            estimate=float(distance.max()),
            threshold=limit.GLOBAL,
            n=distance.size,
            reason="relative distance of the worst seed's loss from the closed form of the "
            "global minimum",
        )
    )
    return [*found, _three_kinds(ds)]


def blocks(ds: xr.Dataset) -> list[Claim]:
    """Judge blocks and spectra where capacity is shared."""
    partial = (ds.capacity_best > 0.0) & (ds.capacity_best < 1.0)
    extra, worst = 0, 0.0
    for kurtosis in ds.kurtosis.values:
        some = partial.sel(kurtosis=kurtosis).values
        one = ds.sel(kurtosis=kurtosis)
        extra += sum(len(set(b[some])) - 1 for b in one.block.values)
        alone = (one.capacity_best == 1.0).values
        shared = np.full(ds.sizes["hidden"] - alone.sum(), np.sqrt(float(one.level) / 2.0))
        expected = np.sort(np.concatenate([one.value.values[alone], shared]))[::-1]
        worst = max(worst, float(np.abs(one.eigenvalue.values / expected - 1.0).max()))
    n = ds.sizes["kurtosis"] * ds.sizes["seed"]
    return [
        exact(
            *told("c12"),
            estimate=extra,
            threshold=0,
            n=n,
            unit="blocks",
            reason="further blocks that hold a shared feature, read off the spectrum of every "
            f"trained model; at most {float(ds.leak.max()):.1e} of a vector lies outside its block",
        ),
        exact(
            *told("c12_spectrum"),
            estimate=worst,
            threshold=limit.SPECTRUM,
            n=n * ds.sizes["hidden"],
            reason="largest relative distance of an eigenvalue, every trained model",
        ),
    ]


def _three_kinds(ds: xr.Dataset) -> Claim:
    """Where theory has all three kinds: their order by value, and the line through the shared."""
    best = ds.capacity_best
    partial = (best > 0.0) & (best < 1.0)
    kinds = ((best == 1.0), partial, (best == 0.0))
    there = np.logical_and.reduce([kind.any("feature").values for kind in kinds])
    if not there.any():
        reason = "no kurtosis of the sweep allocation has ignored, shared and dedicated features"
        return untested(*told("c8"), reason=reason, kind="exact")
    wrong, worst, counts = 0, 0.0, []
    for kurtosis in ds.kurtosis.values[there]:
        one = ds.sel(kurtosis=kurtosis)
        value, some = one.value.values, partial.sel(kurtosis=kurtosis).values
        counts.append(f"{[int(k.sel(kurtosis=kurtosis).sum()) for k in kinds]} at {kurtosis:g}")
        for capacity in one.capacity.transpose("seed", "feature").values:
            # Ignored features are equal but for rounding, hence the slack.
            wrong += int(np.count_nonzero(np.diff(capacity[np.argsort(-value)]) > limit.AFFINE))
            line = np.polyfit(value[some], capacity[some], 1)
            worst = max(worst, float(np.abs(np.polyval(line, value[some]) - capacity[some]).max()))
    return exact(
        *told("c8"),
        estimate=np.inf if wrong else worst,
        threshold=limit.AFFINE,
        n=int(there.sum()) * ds.sizes["seed"],
        reason="largest residual of shared capacities against a line in the value; numbers of "
        f"dedicated, shared and ignored features {'; '.join(counts)}; {wrong} capacities out of "
        "order",
    )


def _least_loss(capacity: float, value: float, kurtosis: float) -> float:
    """Least a (v - w)^2 + 2 w^2 (1 / C - 1) over w, numerically."""

    def loss(norm: float) -> float:
        return (kurtosis - 1.0) * (value - norm) ** 2 + 2.0 * norm**2 * (1.0 / capacity - 1.0)

    return loss(cast(float, fminbound(loss, 0.0, 2.0 * value, xtol=1e-12)))
