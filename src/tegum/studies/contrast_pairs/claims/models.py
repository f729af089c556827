"""Traps of the official code, and small transformers."""

import xarray as xr

from tegum.labels import at, at_least
from tegum.ledger.claims import Claim, above, below, within
from tegum.studies.contrast_pairs.claims.conditions import (
    BURNS,
    DERIVED,
    READABLE,
    REPRODUCED,
    THREAD,
    finding,
    per_seed,
    scored,
)

CODE = f"official code of {BURNS}"
BALANCED = 0.5
AFTER, BEFORE = "after_readout", "before_readout"
"""Where the label stands: the token that is read out does not see it, or does."""


@finding(
    "shift",
    "Centring the test pairs by their own mean changes the accuracy under a shift.",
    CODE,
    at={"test_truth_probability": BALANCED},
)
def trap_renormalised(shift: xr.Dataset) -> Claim:
    ds = at_least(shift, test_truth_probability=2)
    own, same = (scored(ds, "ccs", normalisation=by) for by in ("test", "train"))
    change, last = abs(own - same), {"test_truth_probability": -1}
    because = (
        "|difference| of the accuracy of CCS, fitted at pi = 0.5, measured at "
        f"{ds['test_truth_probability'].values[-1]:g}; by the training means "
        f"{float(same.isel(last).mean()):.3f}, by its own {float(own.isel(last).mean()):.3f}"
    )
    control = ("no shift", at(change, test_truth_probability=BALANCED))
    return above(REPRODUCED, change.isel(last), control=control, because=because)


MLP = "MLP minus linear, mean over imbalances; fewer pairs and tries than elsewhere"


@finding(
    "probes",
    "The default MLP probe reaches a lower CCS loss than the linear one.",
    CODE,
    at={"probe": ("linear", "mlp")},
)
def trap_mlp_loss(probes: xr.Dataset) -> Claim:
    lowest = probes["loss"].min("try")
    spread = probes["loss"].max("try") - lowest
    control = ("spread of the linear probe's tries", per_seed(at(spread, probe="linear"), "mean"))
    return below(
        0.0,
        per_seed(at(lowest, probe="mlp") - at(lowest, probe="linear"), "mean"),
        control=control,
        because=MLP,
    )


@finding(
    "probes",
    "The default MLP probe is less accurate than the linear one.",
    CODE,
    at={"probe": ("linear", "mlp")},
)
def trap_mlp_accuracy(probes: xr.Dataset) -> Claim:
    gap, start = (
        per_seed(at(scored(probes, r), probe="mlp") - at(scored(probes, r), probe="linear"), "mean")
        for r in ("ccs", "ccs_untrained")
    )
    return below(0.0, gap, control=("before training", start), because=MLP)


KINDS = ("causal", "bidirectional")


@finding(
    "attention",
    "Read before the label, a causal transformer gives both members the same hidden state.",
    DERIVED,
    at={"label_position": AFTER, "attention": KINDS},
    kind="exact",
)
def causal_before_label(attention: xr.Dataset) -> Claim:
    causal, other = (at(attention, label_position=AFTER, attention=a) for a in KINDS)
    return within(
        0.0,
        float(causal["difference"].max()),
        cases=causal.sizes["seed"],
        unit="models",
        because="largest difference between the members over all pairs and dimensions; of "
        f"bidirectional models at least {float(other['difference'].min()):.3g}",
    )


@finding(
    "attention",
    "Read there, a bidirectional one holds a truth that the supervised probe finds.",
    THREAD,
    at={"label_position": AFTER, "attention": KINDS},
)
def bidirectional_before_label(attention: xr.Dataset) -> Claim:
    causal, other = (at(attention, label_position=AFTER, attention=a) for a in KINDS)
    because = "accuracy where the label stands after the token that is read out"
    control = ("causal", scored(causal, "logistic"))
    return above(READABLE, scored(other, "logistic"), control=control, because=because)


@finding(
    "attention",
    "Where both see the label, CCS is more accurate on bidirectional states.",
    THREAD,
    at={"label_position": BEFORE, "attention": KINDS},
)
def bidirectional_beats_causal(attention: xr.Dataset) -> Claim:
    seen = at(attention, label_position=BEFORE)
    gap, untrained = (
        at(values, attention="bidirectional") - at(values, attention="causal")
        for values in (scored(seen, "ccs", control=c) for c in ("none", "untrained"))
    )
    because = (
        "accuracy of CCS, bidirectional minus causal; the question is open for language "
        "models, which these are not"
    )
    return above(0.0, gap, control=("untrained", untrained), because=because)


@finding(
    "attention",
    "Where the label is seen, the supervised probe does better on trained transformers.",
    THREAD,
    at={"label_position": BEFORE},
)
def training_matters(attention: xr.Dataset) -> Claim:
    seen = at(attention, label_position=BEFORE)
    probe, fresh, shuffled = (
        per_seed(scored(seen, "logistic", control=c), "mean")
        for c in ("none", "untrained", "shuffled")
    )
    because = (
        f"mean over causal and bidirectional; trained {probe.mean():.3f}, untrained "
        f"{fresh.mean():.3f}"
    )
    control = ("shuffled labels", shuffled - fresh)
    return above(0.0, probe - fresh, control=control, because=because)
