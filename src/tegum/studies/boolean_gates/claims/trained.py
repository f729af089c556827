"""F3, and the density of F7: trained against frozen first layers, by loss."""

from itertools import pairwise

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below
from tegum.ledger.findings import finding
from tegum.studies.boolean_gates.claims.shared import (
    COMMENTS,
    CONVERGED,
    PERMUTED,
    PROTOTYPE,
    balanced,
)

CLOSE = 1.5
"""Error of frozen layers over that of trained ones that counts as close: own choice."""
SHRUNK, RESTORED = 0.8, 0.9
"""Mean output where the gate is on that counts as shrunk, and as restored: own choices."""
FAR = 0.5
"""Ratio of threshold errors that counts as far lower: own choice."""
DENSE = 0.2
"""Share of neurons that carry an output of a dense readoff; normal weights have about 1/3, four
neurons of 28 1/7: own choice."""
PLAIN = {"gate": "and", "upweight": 1.0}
NEWGAS = "Newgas 2025, arXiv 2507.09816, abstract"


def _frozen_over_trained(losses: xr.Dataset, control: str = "none") -> xr.DataArray:
    """Balanced error of frozen layers over that of trained ones, mean over losses: (gate, seed)."""
    errors = balanced(at(losses, control=control))
    return (at(errors, frozen=True) / at(errors, frozen=False)).mean(("loss_power", "upweight"))


@finding(
    "losses",
    "AND: a frozen random first layer is close to a trained one.",
    f"{PROTOTYPE}; {COMMENTS}",
    at={"gate": ("and", "xor"), "frozen": (False, True)},
    converged=CONVERGED,
)
def f3_and_close(losses: xr.Dataset) -> Claim:
    ratio = _frozen_over_trained(losses)
    return below(
        CLOSE,
        at(ratio, gate="and"),
        control=("XOR", at(ratio, gate="xor")),
        because="balanced error, frozen over trained, mean over losses",
    )


@finding(
    "losses",
    "XOR: a frozen first layer is somewhat worse than a trained one.",
    PROTOTYPE,
    at={"gate": ("and", "xor"), "frozen": (False, True)},
    converged=CONVERGED,
)
def f3_xor_worse(losses: xr.Dataset) -> Claim:
    return above(
        1.0,
        at(_frozen_over_trained(losses), gate="xor"),
        control=(PERMUTED, at(_frozen_over_trained(losses, "permuted"), gate="xor")),
        because="balanced error, frozen over trained, mean over losses",
    )


def _ones(losses: xr.Dataset, power: int, upweight: float, control: str = "none") -> xr.DataArray:
    """Mean output of AND where it is on, mean over trained and frozen layers."""
    ds = at(losses, gate="and", loss_power=power, upweight=upweight, control=control)
    return ds["mean_one"].mean("frozen")


@finding(
    "losses",
    "AND: the plain squared error shrinks the ones.",
    f"{COMMENTS}; {PROTOTYPE}",
    at=PLAIN | {"upweight": (1.0, 20.0), "loss_power": 2},
    converged=CONVERGED,
)
def f3_shrinks(losses: xr.Dataset) -> Claim:
    return below(
        SHRUNK,
        _ones(losses, 2, 1.0),
        control=("ones of weight 20", _ones(losses, 2, 20.0)),
        because="mean output where the gate is on",
    )


@finding(
    "losses",
    "Up-weighting the ones restores them.",
    PROTOTYPE,
    at=PLAIN | {"upweight": (1.0, 20.0), "loss_power": 2},
    converged=CONVERGED,
)
def f3_upweighted(losses: xr.Dataset) -> Claim:
    return above(
        RESTORED,
        _ones(losses, 2, 20.0),
        control=(PERMUTED, _ones(losses, 2, 20.0, "permuted")),
        because=f"mean output where the gate is on, weight 20; "
        f"{float(_ones(losses, 2, 5.0).mean()):.2f} with weight 5",
    )


@finding(
    "losses",
    "So does the fourth power of the error.",
    PROTOTYPE,
    at=PLAIN | {"loss_power": (2, 4)},
    converged=CONVERGED,
)
def f3_fourth(losses: xr.Dataset) -> Claim:
    return above(
        RESTORED,
        _ones(losses, 4, 1.0),
        control=(PERMUTED, _ones(losses, 4, 1.0, "permuted")),
        because="mean output where the gate is on, without weights",
    )


@finding(
    "losses",
    "Without weights the fourth power has a far lower threshold error than the square.",
    PROTOTYPE,
    at=PLAIN | {"loss_power": (2, 4)},
    converged=CONVERGED,
)
def f3_fourth_threshold(losses: xr.Dataset) -> Claim:
    wrong = at(losses, **PLAIN)["threshold_error"].mean("frozen")
    square = at(wrong, loss_power=2)
    ratio = at(wrong, loss_power=4) / square.where(square > 0)
    return below(
        FAR,
        at(ratio, control="none"),
        control=(PERMUTED, at(ratio, control="permuted")),
        because="share beyond 1/2 on the wrong side, mean of both outputs, fourth power over "
        f"square; {float(at(square, control='none').mean()):.3f} for the square",
    )


@finding(
    ("powers", "losses"),
    "The higher the power of the error, the less the ones shrink.",
    COMMENTS,
    at={"frozen": (False, True)},
    converged=CONVERGED,
)
def f3_powers(powers: xr.Dataset, losses: xr.Dataset) -> Claim:
    plain = at(losses, **PLAIN)
    by_power = {
        int(power): at(ds, loss_power=power)["mean_one"].mean("frozen")
        for ds in (powers, plain)
        for power in ds["loss_power"].values
    }
    order = sorted(by_power)
    steps = [by_power[b] - by_power[a] for a, b in pairwise(order)]
    least = xr.concat(steps, "step").min("step")
    shown = ", ".join(f"{float(at(by_power[p], control='none').mean()):.2f}" for p in order)
    return above(
        0.0,
        at(least, control="none"),
        control=(PERMUTED, at(least, control="permuted")),
        because=f"smallest step of the mean output where AND is on; {shown} at P = "
        f"{', '.join(map(str, order))}",
    )


@finding(
    "losses",
    "Trained networks are dense: most neurons carry every output, unlike the sparse construction.",
    NEWGAS,
    at=PLAIN | {"frozen": False, "loss_power": 2},
    converged=CONVERGED,
)
def f7_dense(losses: xr.Dataset) -> Claim:
    carried = at(losses["participation"], **PLAIN, loss_power=2)
    trained = at(carried, frozen=False)
    random = float(at(carried, frozen=True, control="none").mean())
    return above(
        DENSE,
        at(trained, control="none"),
        control=("sparse construction", at(trained, control="binary")),
        because="share of neurons that carry an output, by the participation ratio; "
        f"{random:.2f} on frozen layers",
    )
