"""Claims of `sparse_training`. Thresholds are fixed before results of this scale are seen.

All differences are paired: models of a seed share the embedding, the initial weights, the batches
and, where masks are random, the draws of these. Counts use selectivity above 0.9, as those of
`monosemanticity` do: the published 0.999 is near zero at this size.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at, at_least
from tegum.ledger.claims import Claim, above, below, listed, within
from tegum.ledger.effects import effect
from tegum.ledger.findings import Finding, finding

COMMENTS = "Jermyn (comments under arXiv 2211.09169)"
QUESTION = "a question left open in the comments under arXiv 2211.09169"
TICKETS = "Frankle and Carbin 2019, The lottery ticket hypothesis"
LEVEL = 0.9
"""Selectivity above which a neuron counts."""
DENSITIES = (0.512, 0.262144)
"""Of the masks that are compared: those of rounds 3 and 6 of pruning."""
SPARSE = DENSITIES[1]
MUCH = 0.1
"""Least relative fall of the loss that is 'much better' (M14): own choice."""
ROUNDING = 1e-12
"""Of shares that are ratios of whole numbers."""
trained = partial(finding, converged=0.05)
"""Decorates the findings about trained models; the tolerance is that of `monosemanticity`."""


def _mono(ds: xr.Dataset) -> xr.DataArray:
    return at(ds["mono_per_feature"], threshold=LEVEL)


def _of(ds: xr.Dataset, method: str) -> xr.Dataset:
    """The models of one method at the sparsest density: (seed, ...)."""
    return at(ds, method=method, mask_density=SPARSE)


SETTINGS = {
    "masked": ("", "a sparse first layer"),
    "both_layers": ("_both", "two sparse layers"),
}
"""Sweep to the end of the ids of its findings, and what is sparse in it."""
Judge = Callable[[xr.Dataset, xr.Dataset], Claim]


def everywhere(name: str, statement: str, source: str, judge: Judge) -> list[Finding]:
    """One finding for each of what may be sparse, beside dense models."""
    where = {"method": ("fixed", "prune_grow", "narrow"), "mask_density": SPARSE}
    return [
        trained((sweep, "dense"), f"{statement.format(told)}.", source, at=where)(
            judge, id=f"{name}{end}"
        )
        for sweep, (end, told) in SETTINGS.items()
    ]


def _relative(after: xr.Dataset, before: xr.Dataset) -> xr.DataArray:
    return after["loss"] / before["loss"] - 1


def _worse(ds: xr.Dataset, dense: xr.Dataset) -> Claim:
    found = _relative(_of(ds, "fixed"), dense)
    return above(
        0.0,
        found,
        control=("dense, with as many weights", _relative(_of(ds, "narrow"), dense)),
        because=f"relative difference of the loss at density {SPARSE:.2f} from a dense model's, "
        f"equal steps; masked by density {listed(at(ds['loss'], method='fixed'), 3)}, dense "
        f"{float(dense['loss'].mean()):.3f}" + effect(found),
    )


m14_fixed = everywhere(
    "m14_fixed", "A fixed random mask that makes {} is worse than none", COMMENTS, _worse
)


def _better(ds: xr.Dataset, dense: xr.Dataset) -> Claim:
    fixed, grown, narrow = (_of(ds, m) for m in ("fixed", "prune_grow", "narrow"))
    found = _relative(grown, fixed)
    return below(
        -MUCH,
        found,
        control=("dense, with as many weights", _relative(narrow, fixed)),
        because="relative difference of the loss from that of the fixed mask, which it starts "
        f"from; density {SPARSE:.2f}" + effect(found),
    )


m14_grow = everywhere(
    "m14_grow",
    "Prune-and-grow at the same density is much better than a fixed mask, with {}",
    COMMENTS,
    _better,
)


def _more_than_dense(method: str, ds: xr.Dataset, dense: xr.Dataset) -> Claim:
    base = _mono(dense)
    found = _mono(_of(ds, method)) - base
    covered = at(_of(ds, method)["coverage"], threshold=LEVEL)
    return above(
        0.0,
        found,
        control=("dense, with as many weights", _mono(_of(ds, "narrow")) - base),
        unit="per feature",
        because=f"monosemantic neurons at density {SPARSE:.2f} minus those of a dense model after "
        f"equal steps, {float(base.mean()):.2f}; coverage {float(covered.mean()):.2f}"
        + effect(found),
    )


fixed_mono = everywhere(
    "fixed_mono",
    "A fixed random mask that makes {} gives more monosemantic neurons than none",
    QUESTION,
    partial(_more_than_dense, "fixed"),
)
grow_mono = everywhere(
    "grow_mono",
    "Prune-and-grow with {} gives more monosemantic neurons than a dense model",
    QUESTION,
    partial(_more_than_dense, "prune_grow"),
)


def _at_equal_parameters(ds: xr.Dataset, dense: xr.Dataset) -> Claim:
    fixed, grown, narrow = (_of(ds, m) for m in ("fixed", "prune_grow", "narrow"))
    found = _relative(grown, narrow)
    return below(
        0.0,
        found,
        control=("fixed mask", _relative(fixed, narrow)),
        because="relative difference of the loss from that of a dense model with fewer neurons "
        "and as many weights and biases" + effect(found),
    )


grow_cost = everywhere(
    "grow_cost",
    "Prune-and-grow with {} is better than a dense model of as many weights",
    QUESTION,
    _at_equal_parameters,
)


def _last(ds: xr.Dataset, ticket: str) -> xr.Dataset:
    """After the last round."""
    return at(at_least(ds, round=2), ticket=ticket).isel(round=-1)


def _dense(ds: xr.Dataset, ticket: str) -> xr.Dataset:
    return at(ds, ticket=ticket).isel(round=0)


BOTH = {"ticket": ("found", "shuffled")}


@trained(
    "tickets", "Lottery tickets are less polysemantic than the dense model.", QUESTION, at=BOTH
)
def ticket_mono(ds: xr.Dataset) -> Claim:
    gains = [_mono(_last(ds, t)) - _mono(_dense(ds, t)) for t in ("found", "shuffled")]
    return above(
        0.0,
        gains[0],
        control=("random masks", gains[1]),
        unit="per feature",
        because="monosemantic neurons after the last round minus those of the dense model; by "
        f"round {listed(_mono(at(ds, ticket='found')))}" + effect(gains[0]),
    )


@trained(
    "tickets",
    "Tickets have more monosemantic neurons than random masks as dense.",
    QUESTION,
    at=BOTH,
)
def ticket_mono_mask(ds: xr.Dataset) -> Claim:
    found, shuffled = (_mono(_last(ds, t)) for t in ("found", "shuffled"))
    start = _mono(_dense(ds, "found")) - _mono(_dense(ds, "shuffled"))
    return above(
        0.0,
        found - shuffled,
        control=("before pruning", start),
        unit="per feature",
        because="after the last round, equal weights at the rewinding" + effect(found - shuffled),
    )


@trained("tickets", "Tickets reach a lower loss than random masks as dense.", TICKETS, at=BOTH)
def ticket_loss(ds: xr.Dataset) -> Claim:
    found = _relative(_last(ds, "found"), _last(ds, "shuffled"))
    start = _relative(_dense(ds, "found"), _dense(ds, "shuffled"))
    return below(
        0.0,
        found,
        control=("before pruning", start),
        because=f"relative difference after the last round, at density "
        f"{float(_last(ds, 'found')['density'].mean()):.2f}; found by round "
        f"{listed(at(ds['loss'], ticket='found'), 3)}" + effect(found),
    )


@trained("tickets", "Tickets are no worse than the dense model.", TICKETS, at=BOTH)
def ticket_dense(ds: xr.Dataset) -> Claim:
    changes = [_relative(_last(ds, t), _dense(ds, t)) for t in ("found", "shuffled")]
    return below(
        0.0,
        changes[0],
        control=("random masks", changes[1]),
        because="relative difference of the loss after the last round from the dense model's, "
        "equal steps" + effect(changes[0]),
    )


@finding(
    None,
    "Every mask keeps as many weights as was asked for, and all others are 0.",
    "derived",
    kind="exact",
)
def density(data: Mapping[str, xr.Dataset]) -> Claim:
    wrong = [float(np.maximum(ds["density_error"], ds["leaked"]).max()) for ds in data.values()]
    return within(
        ROUNDING,
        max(wrong),
        cases=sum(ds["loss"].size for ds in data.values()),
        because="largest deviation of a layer's share of kept weights, and largest weight outside "
        "a mask, after training",
    )
