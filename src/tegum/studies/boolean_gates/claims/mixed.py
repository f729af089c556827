"""F7: compressed computation, and its mixing matrix."""

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below
from tegum.ledger.findings import finding
from tegum.studies.boolean_gates.claims.shared import CONVERGED

BRAUN = "Braun et al. 2025, Interpretability in parameter space"
HEIMERSHEIM = (
    "Heimersheim et al. 2025, Compressed Computation is (probably) not Computation in Superposition"
)
NONE, FULL = 0.0, 1.0
NO_BETTER = 0.98
"""Loss over that of one neuron per feature that still counts as no better: own choice."""
MOSTLY = 0.6
"""Share of the weights in the positive eigenspace, about half of all directions: own choice."""
BOTH = {"mixing": (NONE, FULL)}


def _advantage(mixing: xr.Dataset, control: str = "none") -> xr.DataArray:
    """Loss over that of one neuron per feature on the same task, M x included: (mixing, seed)."""
    return at(mixing["loss_ratio"], control=control) / mixing["naive_ratio"]


@finding(
    "mixing",
    "With the mixing matrix a layer does better than one neuron per feature.",
    BRAUN,
    at=BOTH,
    converged=CONVERGED,
)
def f7_advantage(mixing: xr.Dataset) -> Claim:
    ratio = _advantage(mixing)
    absolute = float(at(mixing["loss_ratio"], mixing=FULL, control="none").mean())
    return below(
        1.0,
        at(ratio, mixing=FULL),
        control=("no mixing matrix", at(ratio, mixing=NONE)),
        because="loss over that of one neuron per feature, which leaves M x alone; over that "
        f"without M x {absolute:.3f}",
    )


@finding(
    "mixing",
    "Without the mixing matrix it does no better.",
    HEIMERSHEIM,
    at=BOTH,
    converged=CONVERGED,
    no_effect=True,
)
def f7_vanishes(mixing: xr.Dataset) -> Claim:
    ratio = _advantage(mixing)
    return above(
        NO_BETTER,
        at(ratio, mixing=NONE),
        control=("mixing matrix", at(ratio, mixing=FULL)),
        because="loss over that of one neuron per feature",
    )


@finding(
    "mixing",
    "The advantage shrinks with the mixing matrix.",
    HEIMERSHEIM,
    at={"mixing": (0.25, 0.5, FULL)},
    converged=CONVERGED,
)
def f7_shrinks(mixing: xr.Dataset) -> Claim:
    ratio, before = (
        at(_advantage(mixing, c), mixing=[0.25, 0.5, FULL]) for c in ("none", "untrained")
    )
    least = (-ratio.diff("mixing")).min("mixing")
    shown = ", ".join(f"{float(v):.3f}" for v in ratio.mean("seed"))
    return above(
        0.0,
        least,
        control=("untrained", (-before.diff("mixing")).min("mixing")),
        because="smallest fall of the loss over that of one neuron per feature from factor to "
        f"factor of M; {shown} at 0.25, 0.5, 1",
    )


@finding(
    "mixing",
    "The weights lie in the positive eigenspace of the mixing matrix.",
    HEIMERSHEIM,
    at={"mixing": FULL},
    converged=CONVERGED,
)
def f7_eigenspace(mixing: xr.Dataset) -> Claim:
    share = at(mixing["positive_share"], mixing=FULL)
    rank = float(at(mixing["positive_rank"], mixing=FULL).mean())
    return above(
        MOSTLY,
        at(share, control="none"),
        control=("untrained", at(share, control="untrained")),
        because=f"share of the squared weights, mean of both matrices; {rank:.2f} of the "
        "eigenvalues are positive",
    )
