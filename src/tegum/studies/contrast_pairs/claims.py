"""Findings about contrast pairs, judged. Every number is one per seed; see `findings`.

Equal seeds share directions, contents, noise and the draws behind the labels, so that differences
between conditions are paired. Accuracies are those of test pairs centred by the training pairs'
means, cut at zero unless a claim says otherwise, with the sign set by the training labels.
"""

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

from tegum.ledger.claims import Claim, exact, statistical, untested
from tegum.ledger.findings import lacking
from tegum.studies.contrast_pairs import findings as at
from tegum.studies.contrast_pairs.contrasts import per_seed, regret, scored
from tegum.studies.contrast_pairs.findings import told
from tegum.studies.contrast_pairs.imbalance_claims import imbalance, switching

FINDINGS = tuple(at.FINDINGS)
Data = Mapping[str, xr.Dataset]


def claims(data: Data) -> list[Claim]:
    """Every finding with its verdict; `data` maps sweep to measured Dataset."""
    judges: dict[str, Callable[[xr.Dataset], list[Claim]]] = {
        "imbalance": imbalance,
        "imbalance_distractor": switching,
        "salience": _salience,
        "consistency": _consistency,
        "shift": _shift,
        "probes": _probes,
        "attention": _attention,
    }
    found = [
        claim for sweep, judge in judges.items() if sweep in data for claim in judge(data[sweep])
    ]
    found += [_loss_bound(data), _burns()]
    return found + lacking(found, at.FINDINGS, "its conditions are not among this scale's params")


def _salience(ds: xr.Dataset) -> list[Claim]:
    scales = ds["distractor_scale"]
    decided = ds.sel(distractor_scale=scales[scales != at.TRUTH_SCALE])
    side = np.sign(at.TRUTH_SCALE - decided["distractor_scale"])

    def followed(reader: str) -> np.ndarray:
        lead = scored(decided, reader) - scored(decided, reader, "accuracy_distractor")
        return per_seed(lead * side, "min")

    most = ds.isel(distractor_scale=-1)
    gap = (scored(most, "logistic") - scored(most, "ccs")).values
    least = ds.isel(distractor_scale=0)
    found = [
        statistical(
            *told(f"d5_{reader}"),
            values=followed(reader),
            threshold=0.0,
            direction="above",
            control="random direction",
            control_values=followed("random"),
            reason="least lead of the stronger one's accuracy over the saliences other than "
            f"{at.TRUTH_SCALE:g}, the truth's",
        )
        for reader in ("ccs", "tpc")
    ]
    found += [
        statistical(
            *told("d5_logistic"),
            values=per_seed(scored(ds, "logistic"), "min"),
            threshold=at.PERFECT,
            direction="above",
            control="shuffled labels",
            control_values=per_seed(scored(ds, "logistic", control="shuffled"), "min"),
            reason="least accuracy over all saliences",
        ),
        statistical(
            *told("d5_hypothesis"),
            values=gap,
            threshold=at.GAP,
            direction="above",
            control="no distractor",
            control_values=(scored(least, "logistic") - scored(least, "ccs")).values,
            reason=f"accuracy of the supervised probe minus that of CCS at salience "
            f"{float(most['distractor_scale']):g}, pi = 0.5",
        ),
    ]
    if at.TRUTH_SCALE not in scales:
        return found
    equal = ds.sel(distractor_scale=at.TRUTH_SCALE)
    return [
        *found,
        statistical(
            *told("d6_order"),
            values=regret(equal),
            threshold=at.REGRET,
            direction="above",
            control="no distractor",
            control_values=regret(least),
            reason="best accuracy among the tries minus that of the lowest loss, salience "
            f"{at.TRUTH_SCALE:g}",
        ),
    ]


def _consistency(ds: xr.Dataset) -> list[Claim]:
    strong = ds.isel(distractor_scale=-1)
    most, none = strong.isel(consistency=-1), strong.isel(consistency=0)
    weak = ds.isel(distractor_scale=0, consistency=-1)
    where = (
        f"distractor {float(strong['distractor_scale']):g} against {at.TRUTH_SCALE:g}, copying the "
        f"truth in {float(most['consistency']):g} of the pairs"
    )
    apart = abs(scored(ds, "tpc") - ds["expected_sampled"])
    random = abs(scored(ds, "random") - ds["expected_sampled"])
    shuffled = scored(most, "logistic", "accuracy_disagreeing", control="shuffled").values
    weaker = {
        reader: scored(weak, reader, "accuracy_disagreeing").values for reader in ("ccs", "random")
    }
    rise, base = (
        (scored(most, reader) - scored(none, reader)).values for reader in ("ccs", "random")
    )
    return [
        statistical(
            *told("consistency_ccs"),
            values=scored(most, "ccs", "accuracy_disagreeing").values,
            threshold=at.WRONG,
            direction="below",
            control="a distractor weaker than the truth",
            control_values=weaker["ccs"],
            reason=f"accuracy on the pairs that disagree, {where}",
        ),
        statistical(
            *told("consistency_logistic"),
            values=scored(most, "logistic", "accuracy_disagreeing").values,
            threshold=at.READABLE,
            direction="above",
            control="shuffled labels",
            control_values=shuffled,
            reason=f"accuracy on the pairs that disagree, {where}",
        ),
        statistical(
            *told("consistency_masked"),
            values=rise,
            threshold=0.0,
            direction="above",
            control="random direction",
            control_values=base,
            reason=f"accuracy minus that without consistency, {where}",
        ),
        statistical(
            *told("consistency_tpc"),
            values=per_seed(apart, "mean"),
            threshold=at.CURVE,
            direction="below",
            control="random direction",
            control_values=per_seed(random, "mean"),
            reason="mean |measured - expected| over consistencies and both saliences",
        ),
    ]


def _shift(ds: xr.Dataset) -> list[Claim]:
    own, same = (scored(ds, "ccs", normalisation=by) for by in ("test", "train"))
    change = abs(own - same)
    probability = ds["test_truth_probability"].values
    return [
        statistical(
            *told("trap_renormalised"),
            values=change.isel(test_truth_probability=-1).values,
            threshold=at.REPRODUCED,
            direction="above",
            control="no shift",
            control_values=change.isel(test_truth_probability=0).values,
            reason=f"|difference| of the accuracy of CCS, fitted at pi = 0.5, measured at "
            f"{probability[-1]:g}; by the training means "
            f"{float(same.isel(test_truth_probability=-1).mean()):.3f}, by its own "
            f"{float(own.isel(test_truth_probability=-1).mean()):.3f}",
        ),
    ]


def _probes(ds: xr.Dataset) -> list[Claim]:
    lowest = ds["loss"].min("try")
    mlp, linear = ({"probe": name} for name in ("mlp", "linear"))
    accuracy, before = scored(ds, "ccs"), scored(ds, "ccs_untrained")
    where = "MLP minus linear, mean over imbalances; fewer pairs and tries than elsewhere"
    start = per_seed(before.sel(mlp) - before.sel(linear), "mean")
    return [
        statistical(
            *told("trap_mlp_loss"),
            values=per_seed(lowest.sel(mlp) - lowest.sel(linear), "mean"),
            threshold=0.0,
            direction="below",
            control="spread of the linear probe's tries",
            control_values=per_seed((ds["loss"].max("try") - lowest).sel(linear), "mean"),
            reason=where,
        ),
        statistical(
            *told("trap_mlp_accuracy"),
            values=per_seed(accuracy.sel(mlp) - accuracy.sel(linear), "mean"),
            threshold=0.0,
            direction="below",
            control="before training",
            control_values=start,
            reason=where,
        ),
    ]


def _attention(ds: xr.Dataset) -> list[Claim]:
    early, seen = ds.sel(label_position="after_readout"), ds.sel(label_position="before_readout")
    both = [early.sel(attention=a) for a in ("causal", "bidirectional")]

    def gap(control: str) -> np.ndarray:
        values = scored(seen, "ccs", control=control)
        return (values.sel(attention="bidirectional") - values.sel(attention="causal")).values

    probe, fresh = (
        per_seed(scored(seen, "logistic", control=c), "mean") for c in ("none", "untrained")
    )
    shuffled = per_seed(scored(seen, "logistic", control="shuffled"), "mean")
    return [
        exact(
            *told("causal_before_label"),
            estimate=float(both[0]["difference"].max()),
            threshold=0.0,
            n=both[0].sizes["seed"],
            unit="models",
            reason="largest difference between the members over all pairs and dimensions; of "
            f"bidirectional models at least {float(both[1]['difference'].min()):.3g}",
        ),
        statistical(
            *told("bidirectional_before_label"),
            values=scored(both[1], "logistic").values,
            threshold=at.READABLE,
            direction="above",
            control="causal",
            control_values=scored(both[0], "logistic").values,
            reason="accuracy where the label stands after the token that is read out",
        ),
        statistical(
            *told("bidirectional_beats_causal"),
            values=gap("none"),
            threshold=0.0,
            direction="above",
            control="untrained",
            control_values=gap("untrained"),
            reason="accuracy of CCS, bidirectional minus causal; the question is open for "
            "language models, which these are not",
        ),
        statistical(
            *told("training_matters"),
            values=probe - fresh,
            threshold=0.0,
            direction="above",
            control="shuffled labels",
            control_values=shuffled - fresh,
            reason=f"mean over causal and bidirectional; trained {probe.mean():.3f}, untrained "
            f"{fresh.mean():.3f}",
        ),
    ]


def _loss_bound(data: Data) -> Claim:
    """Every trained try of every sweep; the bound is that of a constant, not of the measurement."""
    losses = np.concatenate([ds["loss"].values.ravel() for ds in data.values()])
    return exact(
        *told("d6_bound"),
        estimate=int((losses > at.CHANCE_LOSS).sum()),
        threshold=0,
        n=losses.size,
        unit="probes",
        reason=f"number of tries above; the largest loss is {losses.max():.4f}",
    )


def _burns() -> Claim:
    return untested(
        *told("d7"),
        reason="needs hidden states of the published language models on ten data sets of 1000 "
        "pairs; `tegum contrast FILE` reads each",
    )
