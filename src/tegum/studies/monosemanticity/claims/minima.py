"""M7 to M13: width, mixtures, the length of training, penalties, and what models beat."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.labels import MissingError, at, at_least
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.findings import Untested, finding
from tegum.studies.monosemanticity.claims.conditions import (
    COMMENTS,
    LEVEL,
    MODERATE,
    PAPER,
    final,
    more_mono,
    relative,
    trained,
    untrained,
)
from tegum.studies.monosemanticity.claims.levers import HIGH_RATE

NEGLIGIBLE = 0.05
"""Largest relative fall of a loss that is 'negligible' (M7): own choice."""
MIXED = 0.05
"""Least share of features in each of the two groups of a mixture (M8): own choice."""
FLAT = 0.02
"""Largest change per octave of mono neurons per feature that is 'flat' (M9): own choice."""
NO_COST = 0.02
"""Largest relative rise of a loss that 'costs nothing' (M11): own choice."""
TOLERANCE = 1e-5
"""Relative difference of two computations stored as float32."""


def _slope(ds: xr.Dataset) -> np.ndarray:
    """Mono neurons per feature gained by a doubling of the width: least squares, per seed."""
    octaves = np.log2(np.asarray(ds["width"].values, float))
    centred = octaves - octaves.mean()
    counts = ds["mono_per_feature"].transpose("seed", "width").values
    return counts @ centred / (centred @ centred)


@trained("width", "The number of monosemantic neurons rises with the width.", PAPER)
def m7(ds: xr.Dataset) -> Claim:
    widths = at_least(ds, width=2)["width"]
    return above(
        0.0,
        _slope(final(ds)),
        control=("untrained", _slope(untrained(ds))),
        unit="per feature and doubling",
        because=f"slope over widths {float(widths.min()):g} to {float(widths.max()):g}; #mono / N "
        "-> 1 needs k >= 8 N",
    )


def _sides(ds: xr.Dataset) -> tuple[int, np.ndarray, np.ndarray]:
    """The number of features; the widths below it, and those from it on."""
    features = int(ds["n_features"].values.flat[0])
    widths = np.sort(ds["width"].values)
    below, others = widths[widths < features], widths[widths >= features]
    for side, told in ((below, "below"), (others, "from")):
        if not side.size:
            raise MissingError(f"width has no values {told} the number of features, {features}")
    return features, below, others


@trained(
    "width",
    "The loss hardly falls once there are as many neurons as features.",
    PAPER,
    no_effect=True,
)
def m7_loss(ds: xr.Dataset) -> Claim:
    features, narrow, _ = _sides(ds)
    half = float(narrow.max())
    less, equal, double = (final(ds, width=w) for w in (half, features, 2 * features))
    return below(
        NEGLIGIBLE,
        -relative(double, equal),
        control=(f"from width {half:g} to {features}", -relative(equal, less)),
        because=f"relative fall of the loss from width {features} to {2 * features}",
    )


@trained(
    "width",
    "With fewer neurons than features some features are served by monosemantic neurons "
    "and others are shared, rather than ignored.",
    COMMENTS,
)
def m8(ds: xr.Dataset) -> Claim:
    _, narrow, wide = _sides(ds)
    last = final(ds)
    mixed: Any = np.minimum(last["coverage"], last["shared_share"])
    return above(
        MIXED,
        at(mixed, width=narrow).max("width"),
        control=("width at or above the number of features", at(mixed, width=wide.max())),
        because="the smaller of the two shares of features, at the best width below N; uniform "
        "frequencies",
    )


def octave_changes(ds: xr.Dataset) -> np.ndarray:
    """Change of mono neurons per feature over each octave at equal phase: (octave, seed)."""
    counts = (ds["step"].values + 1).tolist()
    octaves = [counts[-1]]
    while octaves[0] % 2 == 0 and octaves[0] // 2 in counts:
        octaves.insert(0, octaves[0] // 2)
    places = [counts.index(n) for n in octaves]
    per_feature = at_least(
        at(ds["mono_per_feature"], threshold=LEVEL)[{"checkpoint": places}], checkpoint=2
    )
    return per_feature.transpose("checkpoint", ...).diff("checkpoint").values


@trained(
    "learning_rate",
    "The number of monosemantic neurons is flat in log steps at the end of training.",
    COMMENTS,
    at={"learning_rate": HIGH_RATE},
    no_effect=True,
)
def m9(ds: xr.Dataset) -> Claim:
    slopes = octave_changes(at(ds, learning_rate=HIGH_RATE))
    before = np.abs(slopes[:-2].mean(0)) if len(slopes) > 2 else []
    return below(
        FLAT,
        np.abs(slopes[-2:].mean(0)),
        control=("the octaves before", before),
        unit="per feature and octave",
        because="last two octaves at the peak of the learning rate; published runs are 43 times "
        "longer (2^17 steps)",
    )


@trained(
    "dictionaries",
    "The polysemantic neurons together compute a low-rank map, a global correction.",
    PAPER,
    at={"bias_offset": MODERATE},
)
def m10(ds: xr.Dataset) -> Claim:
    middle, rank = at(ds, bias_offset=MODERATE), ds.sizes["rank"]
    return below(
        float(rank),
        middle["poly_rank"],
        control=("untrained weights", middle["poly_rank_untrained"]),
        unit="directions",
        because="participation ratio of the singular values of L2 L1 P over poly neurons, against "
        f"d = {rank}, which bounds it; bias offset {MODERATE}. Any map has a lower effective rank "
        "than that bound: compare with the control",
    )


@trained(
    "l1_hidden",
    "A penalty on the activations gives more monosemantic neurons.",
    COMMENTS,
)
def m11(ds: xr.Dataset) -> Claim:
    strongest = float(at_least(ds, l1_hidden=2)["l1_hidden"].max())
    because = f"mono neurons per feature at strength {strongest:g} against 0"
    return more_mono(ds, "l1_hidden", strongest, 0.0, because)


@trained(
    "l1_hidden",
    "A small penalty on the activations costs nothing.",
    COMMENTS,
    no_effect=True,
)
def m11_loss(ds: xr.Dataset) -> Claim:
    _, small, *_, strongest = np.sort(at_least(ds, l1_hidden=3)["l1_hidden"].values).tolist()
    none, weak, strong = (final(ds, l1_hidden=s) for s in (0.0, small, strongest))
    return below(
        NO_COST,
        relative(weak, none),
        control=(f"strength {strongest:g}", relative(strong, none)),
        because=f"relative change of the evaluation loss at strength {small:g} against 0",
    )


def _known(data: Mapping[str, xr.Dataset]) -> list[tuple[xr.Dataset, xr.DataArray]]:
    """Every sweep whose models have a best affine decoder, and which have."""
    known = [(ds, ds["linear_loss"].notnull()) for ds in data.values()]
    found = [(ds, models) for ds, models in known if models.any()]
    if not found:
        raise Untested("no sweep has models whose best affine decoder is known")
    return found


@trained(
    None,
    "Every trained model beats the best affine decoder of its inputs.",
    "derived: the decoder's loss from the covariance of the features",
    kind="exact",
)
def m13(data: Mapping[str, xr.Dataset]) -> Claim:
    known = _known(data)
    worse = [
        models & ~(ds["evaluation_loss"].isel(checkpoint=-1) < ds["linear_loss"])
        for ds, models in known
    ]
    return within(
        0,
        sum(int(w.sum()) for w in worse),
        cases=sum(int(models.sum()) for _, models in known),
        unit="models",
        because="number of models whose final evaluation loss is not below the decoder's",
    )


@finding(
    None,
    "The closed form of the best affine decoder's loss is right.",
    "derived",
    kind="exact",
)
def m13_closed_form(data: Mapping[str, xr.Dataset]) -> Claim:
    known = _known(data)
    errors = [abs(ds["linear_loss_fitted"] / ds["linear_loss"] - 1) for ds, _ in known]
    return within(
        TOLERANCE,
        max(float(error.max()) for error in errors),
        cases=sum(int(models.sum()) for _, models in known),
        because="largest relative difference from least squares on moments from quadrature",
    )
