"""Findings on the token embeddings of two models that nobody here trained.

Thresholds were fixed before any result. Seeds are other rows of an embedding and other controls; of
SmolLM2 the weights were quantised.
"""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.extras import with_models
from tegum.ledger.findings import Untested, finding
from tegum.studies.real_embedding.schema import SEQUENCES

THREAD = "Mendel (comments), on embeddings as features in superposition"
PROTOTYPE = "measured on a small decoder, in the study embedding"
ENGELS = "Engels et al. 2024, not all language model features are linear"
L0 = 8
"""Atoms of a code at which claims are made."""
NEARLY = 0.1
"""Share of a control's FVU within which a matrix is about as compressible: own choice."""
MODELS = {
    "smollm2-135m-instruct": ("smollm2", "SmolLM2-135M-Instruct (quantised)"),
    "all-minilm-l6-v2": ("minilm", "all-MiniLM-L6-v2"),
}
"""Model to a short name and a long one."""
SIGNIFICANT = 0.05 / (len(MODELS) * len(SEQUENCES))
"""Permutation p-value at which order is no chance, corrected for all sequences and models."""


def _at(ds: xr.Dataset, model: str) -> xr.Dataset:
    return with_models(at(ds, model=model).drop_vars("model", errors="ignore"), "real_embedding")


def _fvu(ds: xr.Dataset, control: str) -> xr.DataArray:
    return at(ds["fvu"], control=control, l0=L0).drop_vars(["control", "l0"])


def _alike(model: str, ds: xr.Dataset) -> Claim:
    here = _at(ds, model)

    def gain(control: str) -> xr.DataArray:
        return 1.0 - _fvu(here, control) / _fvu(here, "gaussian")

    told = ", ".join(
        f"{name} {float(_fvu(here, name).mean()):.3f}" for name in here["control"].values
    )
    return below(
        NEARLY,
        gain("none"),
        control=("rows that are sparse by construction", gain("planted")),
        because=f"share of the Gaussian's FVU by which the embedding's is less, L0 = {L0}; FVU: "
        + told,
    )


def _more(model: str, ds: xr.Dataset) -> Claim:
    here = _at(ds, model)
    planted = _fvu(here, "planted")
    return above(
        0.0,
        _fvu(here, "none") - planted,
        control=("Gaussian of equal covariance", _fvu(here, "gaussian") - planted),
        because="FVU of the embedding minus that of the planted rows, "
        f"{float(planted.mean()):.3f}, by as many atoms and L0 = {L0}",
    )


def _fewer(model: str, ds: xr.Dataset) -> Claim:
    ratio = _at(ds, model)["participation_ratio"]
    anew, own, permuted = (
        at(ratio, control=name).drop_vars("control") for name in ("drawn anew", "none", "permuted")
    )
    return above(
        0.0,
        1.0 - own / anew,
        control=("every dimension permuted", 1.0 - permuted / anew),
        because="share by which the participation ratio is less than that of rows drawn anew, "
        f"{float(own.mean()):.0f} against {float(anew.mean()):.0f}",
    )


STATEMENTS = {
    "gaussian_alike": (
        "A Gaussian matrix of equal covariance is sparsely coded nearly as well as the token "
        "embedding of {}.",
        PROTOTYPE,
        _alike,
    ),
    "more_than_sparse": (
        "The token embedding of {} is more than features in superposition: a sparse code leaves "
        "more of it than of rows that are sparse combinations by construction.",
        THREAD,
        _more,
    ),
    "fewer_directions": (
        "The variance of the token embedding of {} is in fewer directions than before training.",
        PROTOTYPE,
        _fewer,
    ),
}
rows = [
    finding("embeddings", statement.format(long), source, at={"model": model})(
        partial(judge, model), id=f"{name}_{short}"
    )
    for name, (statement, source, judge) in STATEMENTS.items()
    for model, (short, long) in MODELS.items()
]


def _circle(model: str, sequence: str, ds: xr.Dataset) -> Claim:
    here = at(_at(ds, model), sequence=sequence)
    p = here["circle_p"].values
    if not np.isfinite(p).all():
        raise Untested(f"not every one of the {sequence} is a token of its own")
    trained, anew = (at(here, stage=name) for name in ("trained", "drawn anew"))
    order, chance = (float(trained[name].mean()) for name in ("circle", "circle_null"))
    return within(
        SIGNIFICANT,
        float(trained["circle_p"].max()),
        cases=int(trained["circle_p"].size),
        because="permutation p-value, the largest of several draws of 999 orders, of the order "
        f"around a circle of the two largest components, {order:.2f} (1 is perfect; 95th "
        f"percentile of random orders {chance:.2f}); of rows drawn anew p is "
        f"{float(anew['circle_p'].mean()):.2f} on average",
    )


circles = [
    finding(
        "embeddings",
        f"The {sequence} lie on a circle in their order in the token embedding of {long}.",
        ENGELS,
        at={"model": model, "sequence": sequence},
        kind="exact",
    )(partial(_circle, model, sequence), id=f"circle_{sequence}_{short}")
    for sequence in SEQUENCES
    for model, (short, long) in MODELS.items()
]
