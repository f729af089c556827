"""What is expected of real models; thresholds were fixed before any result.

Accuracies are those of 80 test pairs, centred and scaled by the pairs that were fitted, cut at
zero unless a claim says otherwise, with the sign set by the labels of the fitted pairs. Seeds are
halvings of one pool of 320 pairs. Of SmolLM2 the weights were quantised.
"""

from functools import partial

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below
from tegum.ledger.extras import with_models
from tegum.ledger.findings import finding

THREAD = "Angsten (post and comments)"
BURNS = "Burns, Ye, Klein and Steinhardt 2022, arXiv 2212.03827"
OWN = "own question"

READABLE = 0.75
"""Least accuracy of a probe that reads the truth: halfway from chance to perfect."""
GAP = 0.1
"""Least gap between the supervised probe and CCS that is 'succeeds, fails': own choice."""
SHOT = 0.65
"""Least accuracy of zero-shot answers that is better than chance by far: own choice; 78 of 100
other reviews were right before."""
KEPT = 0.05
"""Largest loss of AUROC at which a direction is kept: own choice."""
BALANCED, MILD, STRONG = 0.5, 0.8, 0.95
TOP = {"causal": 20, "bidirectional": 3}
"""The block two thirds up, counted from 0."""
NAMES = {
    "causal": "SmolLM2-135M-Instruct (quantised)",
    "bidirectional": "all-MiniLM-L6-v2",
}
ABOUT = {"reviews": "the sentiment of reviews", "cities": "the truth of statements on cities"}
EACH = [(model, dataset) for model in NAMES for dataset in ABOUT]


def scored(
    ds: xr.Dataset,
    reader: str,
    name: str = "accuracy",
    *,
    threshold: str = "zero",
    control: str = "none",
    **where: object,
) -> xr.DataArray:
    """One reader's measure per seed, and on the axes that `where` does not name."""
    ds = with_models(ds, "real_contrast")
    labels = {"reader": reader, "threshold": threshold, "control": control}
    found = ds[name].sel({d: v for d, v in labels.items() if d in ds[name].dims}, drop=True)
    return at(found, **{a: v for a, v in where.items() if a in found.dims}).drop_vars(
        [a for a in where if a in found.coords], errors="ignore"
    )


def _reads(model: str, dataset: str, data: xr.Dataset) -> Claim:
    where = {"dataset": dataset, "layer": TOP[model]}
    return above(
        READABLE,
        scored(data, "logistic", **where),
        control=("shuffled labels", scored(data, "logistic", control="shuffled", **where)),
        because=f"accuracy of {NAMES[model]} after block {TOP[model]}",
    )


READS = [
    finding(
        f"layers_{m}",
        f"A supervised probe reads {ABOUT[d]} from {NAMES[m]}.",
        THREAD,
        at={"layer": TOP[m], "dataset": d},
    )(partial(_reads, m, d), id=f"reads_{m}_{d}")
    for m, d in EACH
]


def _gap(model: str, dataset: str, data: xr.Dataset) -> Claim:
    where = {"dataset": dataset, "layer": TOP[model]}
    probe, ccs, start = (scored(data, r, **where) for r in ("logistic", "ccs", "ccs_untrained"))
    judge = above if model == "causal" else below
    return judge(
        GAP,
        probe - ccs,
        control=("CCS before training", probe - start),
        because=f"accuracy of the supervised probe ({float(probe.mean()):.3f}) minus that of CCS "
        f"({float(ccs.mean()):.3f}), after block {TOP[model]} of {NAMES[model]}",
    )


GAPS = [
    finding(
        f"layers_{m}",
        f"CCS is {'far' if m == 'causal' else 'not far'} behind the supervised probe on {ABOUT[d]} "
        f"in {NAMES[m]}.",
        THREAD,
        at={"layer": TOP[m], "dataset": d},
    )(partial(_gap, m, d), id=f"gap_{m}_{d}")
    for m, d in EACH
]


def _objective(model: str, dataset: str, data: xr.Dataset) -> Claim:
    where = {"dataset": dataset, "layer": TOP[model]}
    losses = scored(data, "ccs", "loss", **where)
    lowest = losses.min("try")
    start = scored(data, "ccs", "loss_from_truth", **where)
    reached = scored(data, "ccs", "accuracy_from_truth", **where)
    return above(
        0.0,
        start - lowest,
        control=("spread of the tries", losses.max("try") - lowest),
        because="CCS loss after training from the supervised direction minus the lowest of the "
        f"tries; that probe's accuracy is {float(reached.mean()):.3f}",
    )


OBJECTIVE = [
    finding(
        f"layers_{m}",
        f"On {ABOUT[d]} in {NAMES[m]} the loss of CCS prefers another direction to the truth.",
        OWN,
        at={"layer": TOP[m], "dataset": d},
    )(partial(_objective, m, d), id=f"objective_{m}_{d}")
    for m, d in EACH
]


def _deeper(model: str, data: xr.Dataset) -> Claim:
    ends = [scored(data, "logistic", dataset="reviews", layer=n) for n in (0, TOP[model])]
    base = [scored(data, "random", dataset="reviews", layer=n) for n in (0, TOP[model])]
    return above(
        0.0,
        ends[1] - ends[0],
        control=("random direction", base[1] - base[0]),
        because=f"accuracy of the supervised probe on reviews after block {TOP[model]} minus after "
        "the first",
    )


DEEPER = [
    finding(
        f"layers_{m}",
        f"In {NAMES[m]} the sentiment is read better two thirds up than after the first block.",
        OWN,
        at={"layer": (0, TOP[m]), "dataset": "reviews"},
    )(partial(_deeper, m), id=f"deeper_{m}")
    for m in NAMES
]


def _threshold(model: str, reader: str, data: xr.Dataset) -> Claim:
    where = {"dataset": "reviews", "truth_probability": MILD}

    def gain(name: str) -> xr.DataArray:
        cuts = [
            scored(data, name, "balanced_accuracy", threshold=t, **where) for t in ("otsu", "zero")
        ]
        return cuts[0] - cuts[1]

    return above(
        0.0,
        gain(reader),
        control=("random direction", gain("random")),
        because=f"balanced accuracy on reviews at pi = {MILD:g}, Otsu threshold minus zero, after "
        f"block {TOP[model]} of {NAMES[model]}",
    )


def _direction(model: str, reader: str, data: xr.Dataset) -> Claim:
    def lost(probability: float) -> xr.DataArray:
        ends = [
            scored(data, reader, "auroc", dataset="reviews", truth_probability=p)
            for p in (BALANCED, probability)
        ]
        return ends[0] - ends[1]

    return below(
        KEPT,
        lost(MILD),
        control=(f"pi = {STRONG:g}", lost(STRONG)),
        because=f"AUROC on reviews at balance minus at pi = {MILD:g}, after block {TOP[model]} of "
        f"{NAMES[model]}",
    )


READERS = {"ccs": "CCS", "tpc": "the top component"}
THRESHOLDS = [
    finding(
        f"imbalance_{m}",
        f"Under imbalance an Otsu threshold gives back accuracy to {READERS[r]} in {NAMES[m]}.",
        THREAD,
        at={"truth_probability": MILD, "dataset": "reviews"},
    )(partial(_threshold, m, r), id=f"threshold_{m}_{r}")
    for m in NAMES
    for r in READERS
]
DIRECTIONS = [
    finding(
        f"imbalance_{m}",
        f"Up to an imbalance of {MILD:g} the direction of {READERS[r]} is kept in {NAMES[m]}.",
        THREAD,
        at={"truth_probability": (BALANCED, MILD, STRONG), "dataset": "reviews"},
    )(partial(_direction, m, r), id=f"direction_{m}_{r}")
    for m in NAMES
    for r in READERS
]


def _follows(model: str, data: xr.Dataset) -> Claim:
    where = {"dataset": "reviews", "layer": TOP[model]}
    ccs, probe, random = (
        scored(data, r, "accuracy_disagreeing", **where) for r in ("ccs", "logistic", "random")
    )
    return below(
        0.0,
        ccs - probe,
        control=("random direction", random - probe),
        because="accuracy on the reviews of which a word list says otherwise than the label, CCS "
        f"({float(ccs.mean()):.3f}) minus supervised probe ({float(probe.mean()):.3f})",
    )


FOLLOWS = [
    finding(
        f"layers_{m}",
        f"In {NAMES[m]} CCS follows words of sentiment more than the supervised probe does.",
        THREAD,
        at={"layer": TOP[m], "dataset": "reviews"},
    )(partial(_follows, m), id=f"follows_words_{m}")
    for m in NAMES
]


@finding(
    "layers_causal",
    "Asked for the sentiment, the causal model answers reviews rightly without any probe.",
    BURNS,
    at={"dataset": "reviews", "layer": TOP["causal"]},
)
def zero_shot(layers_causal: xr.Dataset) -> Claim:
    where = {"dataset": "reviews", "layer": TOP["causal"]}
    cut = scored(layers_causal, "", "zero_shot_calibrated", **where)
    return above(
        SHOT,
        scored(layers_causal, "", "zero_shot", **where),
        control=("random direction", scored(layers_causal, "random", **where)),
        because="accuracy of the sign of logit(positive) - logit(negative); cut at the median of "
        f"the fitted pairs {float(cut.mean()):.3f}",
    )


@finding(
    "layers_causal",
    "A supervised probe reads more than the model's own calibrated answer says.",
    BURNS,
    at={"dataset": "reviews", "layer": TOP["causal"]},
)
def beyond_zero_shot(layers_causal: xr.Dataset) -> Claim:
    where = {"dataset": "reviews", "layer": TOP["causal"]}
    shot = scored(layers_causal, "", "zero_shot_calibrated", **where)
    probes = (scored(layers_causal, "logistic", control=c, **where) for c in ("none", "shuffled"))
    probe, chance = probes
    return above(
        0.0,
        probe - shot,
        control=("shuffled labels", chance - shot),
        because="accuracy of the supervised probe minus that of the answer cut at the median",
    )


def _trained(model: str, dataset: str, data: xr.Dataset) -> Claim:
    probe, fresh, chance = (
        scored(data, "logistic", control=c, dataset=dataset)
        for c in ("none", "weights drawn anew", "shuffled")
    )
    return above(
        0.0,
        probe - fresh,
        control=("shuffled labels", chance - fresh),
        because=f"accuracy of the supervised probe, trained ({float(probe.mean()):.3f}) minus "
        f"weights drawn anew ({float(fresh.mean()):.3f}), after block {TOP[model]}",
    )


TRAINED = [
    finding(
        f"weights_{m}",
        f"{ABOUT[d].capitalize()} is read better from {NAMES[m]} than from its architecture with "
        "weights drawn anew.",
        OWN,
        at={"dataset": d},
    )(partial(_trained, m, d), id=f"trained_{m}_{d}")
    for m, d in EACH
]
