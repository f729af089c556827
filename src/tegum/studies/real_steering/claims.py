"""Findings on vectors for the sentiment of reviews in SmolLM2, whose weights were quantised.

Thresholds were fixed before any result. All vectors are added with one length; seeds are other
halves of the texts.
"""

from functools import partial

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below
from tegum.ledger.extras import with_models
from tegum.ledger.findings import finding

THREAD = "Mendel (comments), in general inverse is not transpose"
WORLD = "measured in a linear world, in the study steering"
LAYERS = (14, 24)
TWICE = 2.0
"""Times a random vector's effect at which a vector steers: own choice."""
READS = 0.7
"""Accuracy at which a probe reads a sentiment: own choice."""
PARALLEL = 0.9
"""Cosine of vectors that are nearly parallel: own choice."""


def _at(ds: xr.Dataset, layer: int) -> xr.Dataset:
    return with_models(at(ds, layer=layer).drop_vars("layer", errors="ignore"), "real_steering")


def _of(ds: xr.Dataset, name: str, vector: str) -> xr.DataArray:
    return at(ds[name], vector=vector).drop_vars("vector")


def _gains(here: xr.Dataset) -> str:
    means = here["gain"].mean("seed")
    names = means["vector"].values
    return ", ".join(f"{n} {v:+.2f}" for n, v in zip(names, means.values, strict=True))


def _read(layer: int, ds: xr.Dataset) -> Claim:
    here = _at(ds, layer)
    return above(
        READS,
        here["accuracy"],
        control=("shuffled labels", here["accuracy_shuffled"]),
        because="held-out accuracy of a ridge regression",
    )


def _steers(layer: int, ds: xr.Dataset) -> Claim:
    here = _at(ds, layer)
    random = abs(_of(here, "gain", "equal covariance")).mean()
    own, shuffled = (_of(here, "gain", name) / random for name in ("mean difference", "shuffled"))
    told = "change of the margin of positive and negative over the mean size of that of a random"
    return above(
        TWICE,
        own,
        control=("shuffled labels", shuffled),
        because=f"{told} vector of equal covariance and length; {_gains(here)}",
    )


def _probe_less(layer: int, ds: xr.Dataset) -> Claim:
    here = _at(ds, layer)
    own = _of(here, "gain", "mean difference")
    return above(
        0.0,
        own - _of(here, "gain", "probe"),
        control=("the pattern in place of the probe", own - _of(here, "gain", "pattern")),
        because=f"gain of the difference of means minus that of the probe; {_gains(here)}",
    )


COST = "change of all other logits per gain, over that of the difference of means"


def _cost(vector: str, layer: int, ds: xr.Dataset) -> xr.DataArray:
    """`COST` of a vector."""
    here = _at(ds, layer)
    cost = here["other_logits"] / abs(here["gain"])
    found, own = (at(cost, vector=v).drop_vars("vector") for v in (vector, "mean difference"))
    return found / own


def _probe_offtarget(layer: int, ds: xr.Dataset) -> Claim:
    found, random = (_cost(v, layer, ds) for v in ("probe", "isotropic"))
    return above(1.0, found, control=("isotropic directions", random), because=COST)


def _surgical_clean(layer: int, ds: xr.Dataset) -> Claim:
    found, random = (_cost(v, layer, ds) for v in ("surgical", "isotropic"))
    return below(1.0, found, control=("isotropic directions", random), because=COST)


def _surgical(layer: int, ds: xr.Dataset) -> Claim:
    here = _at(ds, layer)
    cosine = at(here["cosine"], vector="surgical").drop_vars("vector")
    found, probe = (at(cosine, other=name).drop_vars("other") for name in ("pattern", "probe"))
    return above(
        PARALLEL,
        found,
        control=("with the probe", probe),
        because="cosine of the vector that moves one probe and no other with the pattern",
    )


STATEMENTS = {
    "reads": ("A linear probe reads the sentiment of a review after block {}.", THREAD, _read),
    "steers": (
        "The difference of means steers the answer after block {}: at least twice as much as "
        "random vectors as long.",
        THREAD,
        _steers,
    ),
    "probe_less": (
        "After block {} the probe steers less than the difference of means, at equal length.",
        WORLD,
        _probe_less,
    ),
    "probe_offtarget": (
        "After block {} the probe changes other logits more, for what it gains.",
        WORLD,
        _probe_offtarget,
    ),
    "surgical_pattern": (
        "After block {} the vector that moves this probe and no other is nearly the pattern.",
        WORLD,
        _surgical,
    ),
    "surgical_clean": (
        "After block {} it changes other logits less than the difference of means, for what it "
        "gains.",
        THREAD,
        _surgical_clean,
    ),
}
rows = [
    finding("vectors", statement.format(layer), source, at={"layer": layer})(
        partial(judge, layer), id=f"{name}_{layer}"
    )
    for name, (statement, source, judge) in STATEMENTS.items()
    for layer in LAYERS
]
