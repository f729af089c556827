"""What each lever does to the number of monosemantic neurons and to the loss."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.ledger.claims import Claim, above, below, listed
from tegum.ledger.effects import effect
from tegum.statistics import rank_correlation
from tegum.studies.levers.claims.conditions import (
    COMMENTS,
    OWN,
    PAPER,
    PROTOTYPE,
    cost,
    gain,
    trained,
)
from tegum.studies.levers.settings import MODERATE, SWEEPS, WHERE, by_lever, final, strongest

NO_COST = 0.02
"""Largest relative rise of the loss that costs nothing: own choice."""
LEAST = 0.05
"""Least gain in monosemantic neurons per feature that counts, three of 64 features: own choice."""
WEAK, MIDDLE, STRONG = 0.00001, 0.0001, 0.001
"""Penalties on weights."""
LITTLE, MUCH = 0.003, 0.03
"""Penalties on activations and outputs."""


@trained(
    SWEEPS,
    "Input noise of the size of the interference gives more monosemantic neurons than any other "
    "lever does.",
    PROTOTYPE,
    at={"input_noise": (0.25, 1.0)},
)
def noise_strongest(*read: xr.Dataset) -> Claim:
    found = strongest(by_lever(dict(zip(SWEEPS, read, strict=True))))
    others = {name: ds["gain"] for name, ds in found.items() if name != "input noise"}
    best = max(others, key=lambda name: float(others[name].mean()))
    plain, noise = (final(read[SWEEPS.index(s)]) for s in ("plain", "noise"))
    gains = gain(noise, plain)
    full, quarter = (gains.sel(input_noise=s, drop=True) for s in (1.0, 0.25))
    told = ", ".join(f"{name} {float(ds['gain'].mean()):+.2f}" for name, ds in found.items())
    return above(
        0.0,
        full - others[best],
        control=("a quarter of that noise", quarter - others[best]),
        unit="per feature",
        because=f"monosemantic neurons per feature minus those of the next best lever ({best}), "
        f"each at its best strength; more than without any lever: {told}",
    )


def _price(lever: str, plain: xr.Dataset, noise: xr.Dataset, own: xr.Dataset) -> Claim:
    sweep = WHERE[lever][0]
    found = strongest(by_lever({"plain": plain, "noise": noise, sweep: own}))
    return below(
        NO_COST,
        found[lever]["cost"],
        control=("input noise at its best strength", found["input noise"]["cost"]),
        because="relative change of the evaluation loss at the strength with most monosemantic "
        f"neurons, {float(found[lever]['gain'].mean()):+.2f} per feature",
    )


free = [
    trained(
        ("plain", "noise", sweep),
        f"The lever {lever!r}, where it gives most monosemantic neurons, costs nothing in loss.",
        OWN,
        at={"input_noise": 1.0, **where},
        no_effect=True,
    )(partial(_price, lever), id="free_" + lever.lower().replace(", ", "_").replace(" ", "_"))
    for lever, (sweep, where) in WHERE.items()
    if sweep != "noise"
]


@trained(
    ("weights", "plain"),
    "A penalty on the weights gives more monosemantic neurons.",
    COMMENTS,
    at={"l1_weights": (WEAK, STRONG)},
)
def weights_mono(ds: xr.Dataset, plain: xr.Dataset) -> Claim:
    strong, weak = (gain(final(ds, l1_weights=s), final(plain)) for s in (STRONG, WEAK))
    return above(
        LEAST,
        strong,
        control=(f"strength {WEAK:g}", weak),
        unit="per feature",
        because=f"strength {STRONG:g} against none; by strength "
        f"{listed(final(ds)['mono_per_feature'])}" + effect(strong),
    )


@trained(
    ("weights", "plain"),
    "A small penalty on the weights costs nothing.",
    COMMENTS,
    at={"l1_weights": (MIDDLE, STRONG)},
    no_effect=True,
)
def weights_cost(ds: xr.Dataset, plain: xr.Dataset) -> Claim:
    middle, strong = (cost(final(ds, l1_weights=s), final(plain)) for s in (MIDDLE, STRONG))
    return below(
        NO_COST,
        middle,
        control=(f"strength {STRONG:g}", strong),
        because=f"relative change of the evaluation loss at strength {MIDDLE:g}" + effect(middle),
    )


ALONE = {"l1_hidden": 0.0, "l1_output": (0.0, LITTLE, MUCH)}


@trained(
    "penalties",
    "A penalty on the outputs (the Lasso's task loss) gives more monosemantic neurons.",
    COMMENTS,
    at=ALONE,
)
def lasso_mono(ds: xr.Dataset) -> Claim:
    none, little, much = (final(ds, l1_hidden=0.0, l1_output=s) for s in (0.0, LITTLE, MUCH))
    return above(
        LEAST,
        gain(much, none),
        control=(f"strength {LITTLE:g}", gain(little, none)),
        unit="per feature",
        because=f"strength {MUCH:g} on outputs alone against none" + effect(gain(much, none)),
    )


@trained("penalties", "It costs estimation error.", COMMENTS, at=ALONE)
def lasso_error(ds: xr.Dataset) -> Claim:
    none, little, much = (final(ds, l1_hidden=0.0, l1_output=s) for s in (0.0, LITTLE, MUCH))
    return above(
        NO_COST,
        cost(much, none),
        control=(f"strength {LITTLE:g}", cost(little, none)),
        because=f"relative change of the evaluation loss at strength {MUCH:g} on outputs alone",
    )


@trained(
    "penalties",
    "With a penalty on activations one on the outputs as well gives more monosemantic neurons.",
    COMMENTS,
    at={"l1_hidden": (0.0, MUCH), "l1_output": (0.0, MUCH)},
)
def lasso_both(ds: xr.Dataset) -> Claim:
    found, alone = (
        gain(final(ds, l1_hidden=h, l1_output=MUCH), final(ds, l1_hidden=h, l1_output=0.0))
        for h in (MUCH, 0.0)
    )
    return above(
        LEAST,
        found,
        control=("no penalty on activations", alone),
        unit="per feature",
        because=f"strength {MUCH:g} on both against activations alone" + effect(found),
    )


@trained(
    "decay",
    "Decay of the biases gives more monosemantic neurons than the offset without it.",
    PAPER,
    at={"bias_decay_efolds": (0.0, 1.0, 3.0)},
)
def decay_mono(ds: xr.Dataset) -> Claim:
    none, little, usual = (final(ds, bias_decay_efolds=e) for e in (0.0, 1.0, 3.0))
    return above(
        0.0,
        gain(usual, none),
        control=("1 e-fold", gain(little, none)),
        unit="per feature",
        because=f"3 e-folds against none, offset {MODERATE}; by e-folds "
        f"{listed(final(ds)['mono_per_feature'])}" + effect(gain(usual, none)),
    )


def _offset_in(task: str, ds: xr.Dataset) -> Claim:
    here = ds.sel(task=task, drop=True)
    ends = [final(here.isel(checkpoint=[look])) for look in (-1, 0)]
    found, start = (
        gain(d.sel(bias_offset=MODERATE, drop=True), d.sel(bias_offset=0.0, drop=True))
        for d in ends
    )
    told = listed(ends[0]["mono_per_feature"])
    return above(
        LEAST,
        found,
        control=("after the first step", start),
        unit="per feature",
        because=f"offset {MODERATE} against 0, both with decay; by offset {told}" + effect(found),
    )


TASKS = {
    "decoder": "recovers the features",
    "random_projection": "maps them to another projection",
    "absolute_value": "takes their absolute values",
}
in_tasks = [
    trained(
        "tasks",
        f"A moderate negative bias gives more monosemantic neurons where a model {told}.",
        PAPER,
        at={"task": task, "bias_offset": (0.0, MODERATE)},
    )(partial(_offset_in, task), id=f"offset_{task}")
    for task, told in TASKS.items()
]


def _best_offsets(ds: xr.Dataset, look: int) -> np.ndarray:
    """The offset with most served features, (seed, probability); ties are shared."""
    here = final(ds.isel(checkpoint=[look]))["coverage"]
    here = here.transpose("seed", "feature_probability", "bias_offset")
    best = here == here.max("bias_offset")
    return (best * ds["bias_offset"]).sum("bias_offset").values / best.sum("bias_offset").values


@trained(
    "offset",
    "The more often features are active, the more negative the best initial bias is.",
    "derived: interference grows with the root of the probability",
)
def offset_scale(ds: xr.Dataset) -> Claim:
    probability = ds["feature_probability"].values
    found, start = (
        # Of equal offsets none is the more negative one.
        [np.nan_to_num(rank_correlation(probability, -row)) for row in _best_offsets(ds, look)]
        for look in (-1, 0)
    )
    means = _best_offsets(ds, -1).mean(0)
    told = ", ".join(f"{p:g} {b:.2f}" for p, b in zip(probability, means, strict=True))
    return above(
        0.0,
        found,
        control=("after the first step", start),
        because="rank correlation of feature probability and minus the offset with most features "
        f"served; best offset by probability {told}",
    )


def _routings(ds: xr.Dataset) -> list[xr.Dataset]:
    return [final(ds, routing=name) for name in ("learned", "random")]


@trained(
    ("routing", "plain"),
    "At equal arithmetic a learned router of more neurons gives more monosemantic ones.",
    OWN,
)
def routing_mono(ds: xr.Dataset, plain: xr.Dataset) -> Claim:
    learned, random = (gain(one, final(plain)) for one in _routings(ds))
    return above(
        LEAST,
        learned,
        control=("random routing", random),
        unit="per feature",
        because="half of twice as many neurons runs, as many as without routing" + effect(learned),
    )


@trained(
    ("routing", "plain"),
    "At equal arithmetic a learned router of more neurons has a lower loss.",
    OWN,
)
def routing_loss(ds: xr.Dataset, plain: xr.Dataset) -> Claim:
    learned, random = (cost(one, final(plain)) for one in _routings(ds))
    return below(
        0.0,
        learned,
        control=("random routing", random),
        because="relative difference of the evaluation loss at equal arithmetic" + effect(learned),
    )
