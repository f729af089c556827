"""B-2: the order of the controls by the variance that a dictionary leaves unexplained."""

from collections.abc import Callable
from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below
from tegum.ledger.findings import Finding
from tegum.studies.model_or_dataset.claims.shared import (
    MOST,
    labelled,
    less_unexplained,
    trained,
)

SOURCE = "Mendel (comments); a small prototype of one seed"
CLOSE = 0.25
"""Largest share of the way from the trained model to the matched Gaussian: own choice."""


def rungs(
    statement: str, source: str, controls: tuple[str, ...], no_effect: bool = False
) -> Callable[..., Finding]:
    """Decorates a finding about the trained model's dictionary and those under some controls."""
    given = {"control": ("none", *controls)}
    return trained("ladder", statement, source, at=given, no_effect=no_effect)


def _every(changes: str, ds: xr.Dataset) -> Claim:
    fvu = labelled(ds, "changes", "nothing", changes)["fvu"]
    controls = [str(name) for name in fvu["control"].values if name != "none"]
    nearest = at(fvu, control=controls).mean("seed").idxmin("control").item()
    because = f"least difference of FVU over the controls; the nearest is {nearest}"
    return less_unexplained(fvu, tuple(controls), because)


EVERY = [
    trained("ladder", statement, SOURCE)(partial(_every, changes), id=f"b2_{changes}")
    for changes, statement in (
        (
            "weights",
            "A dictionary leaves less variance unexplained on the trained model than on every "
            "control on its weights.",
        ),
        ("inputs", "Likewise on the trained inputs and every control on them."),
        ("activations", "Likewise on the activations and every control on them."),
    )
]


@rungs(
    "Shuffled tokens are close to the corpus.",
    SOURCE,
    ("unigram", "uniform", "gaussian"),
    no_effect=True,
)
def b2_unigram(ds: xr.Dataset) -> Claim:
    own = at(ds["fvu"], control="none")
    more = ds["fvu"] - own
    way = more / at(more, control="gaussian")
    return below(
        CLOSE,
        at(way, control="unigram"),
        control=("uniform tokens", at(way, control="uniform")),
        because="share of the way in FVU from the trained model to the matched Gaussian",
    )


@rungs(
    "Equal spectra lie between the trained weights and Gaussian ones of equal deviation.",
    SOURCE,
    ("spectrum", "matched_normal", "permuted"),
)
def b2_spectrum(ds: xr.Dataset) -> Claim:
    own, normal = (at(ds["fvu"], control=name) for name in ("none", "matched_normal"))

    def between(name: str) -> xr.DataArray:
        middle = at(ds["fvu"], control=name)
        return np.minimum(middle - own, normal - middle)

    return above(
        0.0,
        between("spectrum"),
        control=("permuted weights in their place", between("permuted")),
        because="FVU: distance to the nearer of the two, negative outside",
    )


@rungs(
    "Equal spectra with the trained embeddings explain most of the gap between the trained and "
    "the untrained model.",
    SOURCE,
    ("untrained", "spectrum", "spectrum_kept"),
)
def b2_embedding(ds: xr.Dataset) -> Claim:
    untrained = at(ds["fvu"], control="untrained")
    explained = (untrained - ds["fvu"]) / (untrained - at(ds["fvu"], control="none"))
    return above(
        MOST,
        at(explained, control="spectrum_kept"),
        control=("equal spectra, embeddings too", at(explained, control="spectrum")),
        because="share of the difference of FVU",
    )


@trained(
    "ladder", "The matched Gaussian is the worst of all, permuted dimensions are next.", SOURCE
)
def b2_gaussian(ds: xr.Dataset) -> Claim:
    names = ("gaussian", "permuted_dimensions", "permuted_latents")
    gaussian, permuted, latents = (at(ds["fvu"], control=name) for name in names)
    others = ds["fvu"].drop_sel(control=["gaussian", "permuted_dimensions"]).max("control")
    return above(
        0.0,
        np.minimum(gaussian - permuted, permuted - others),
        control=(
            "permuted latents in the place of the Gaussian",
            np.minimum(latents - permuted, permuted - others),
        ),
        because="least of FVU(Gaussian) - FVU(permuted dimensions) = "
        f"{float((gaussian - permuted).mean()):.3f} and FVU(permuted dimensions) - that of the "
        f"worst other = {float((permuted - others).mean()):.3f}",
    )


@trained(
    "ladder",
    "All re-initialised models have a cross-entropy far above the trained one: above that of the "
    "frequencies of tokens.",
    SOURCE,
)
def b2_cross_entropy(ds: xr.Dataset) -> Claim:
    floor = ds["loss_unigram"]
    return above(
        0.0,
        labelled(ds, "changes", "weights")["cross_entropy"].min("control") - floor,
        control=("the trained model", at(ds["cross_entropy"], control="none") - floor),
        unit="nat",
        because="least cross-entropy of the models with controlled weights minus that of the "
        f"frequencies of tokens, {float(floor.mean()):.2f}; the floor, given all earlier "
        f"tokens, is {float(ds['loss_floor'].mean()):.2f}",
    )
