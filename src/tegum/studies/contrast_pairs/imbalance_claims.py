"""Findings about imbalance: the thresholds' failures, strong noise, and the switch."""

import numpy as np
import xarray as xr

from tegum.ledger.claims import Claim, statistical
from tegum.studies.contrast_pairs import findings as at
from tegum.studies.contrast_pairs.contrasts import per_seed, scored, switch
from tegum.studies.contrast_pairs.findings import told
from tegum.synthetic.pairs import PairLaw
from tegum.theory.contrast_pairs import switching_probability

EASY, NOISY = 0.5, 1.5
HARD_ENDS = xr.DataArray(list(at.HARD_COS), dims="truth_probability")


def imbalance(ds: xr.Dataset) -> list[Claim]:
    found = _easy(ds.sel(noise=EASY))
    return found + (_hard(ds.sel(noise=NOISY)) if NOISY in ds["noise"] else [])


def _easy(easy: xr.Dataset) -> list[Claim]:
    ends = easy["truth_probability"].values[[0, -1]]
    where = f"pi = {ends[0]:g} to {ends[1]:g}, noise {EASY:g}, no distractor"

    def fall(reader: str, name: str = "accuracy") -> np.ndarray:
        values = scored(easy, reader, name)
        return (values.isel(truth_probability=0) - values.isel(truth_probability=-1)).values

    supervised = {"control": "supervised probe", "control_values": fall("logistic")}
    found = [
        statistical(
            *told(f"d1_{reader}"),
            values=fall(reader),
            threshold=0.0,
            direction="above",
            **supervised,
            reason=f"accuracy at the first minus at the last of {where}",
        )
        for reader in ("ccs", "tpc")
    ]
    deviation = abs(scored(easy, "tpc") - easy["expected_accuracy"])
    untrained = abs(scored(easy, "random") - easy["expected_accuracy"])
    found.append(
        statistical(
            *told("d1_tpc_curve"),
            values=per_seed(deviation, "mean"),
            threshold=at.CURVE,
            direction="below",
            control="random direction",
            control_values=per_seed(untrained, "mean"),
            reason=f"mean |measured - analytic| over {where}",
        )
    )
    shuffled = per_seed(scored(easy, "logistic", control="shuffled"), "min")
    found += [
        statistical(
            *told(f"d1_{reader}"),
            values=per_seed(scored(easy, reader), "min"),
            threshold=at.PERFECT,
            direction="above",
            control="supervised probe of shuffled labels",
            control_values=shuffled,
            reason=f"least accuracy over {where}",
        )
        for reader in ("kmeans", "gmm", "logistic")
    ]
    mild = easy.sel(truth_probability=slice(None, at.STRONG + 1e-9))
    cos = scored(easy, "ccs", "cos_truth")
    ranked = scored(easy, "ccs", "auroc").isel(truth_probability=-1)
    return [
        *found,
        statistical(
            *told("d1_cos"),
            values=per_seed(scored(easy, "tpc", "cos_truth"), "min"),
            threshold=at.NEAR_ONE,
            direction="above",
            control="random direction",
            control_values=per_seed(scored(easy, "random", "cos_truth"), "min"),
            reason=f"least |cos| over {where}",
        ),
        statistical(
            *told("d2_tpc"),
            values=per_seed(scored(easy, "tpc", threshold="otsu"), "min"),
            threshold=at.PERFECT,
            direction="above",
            control="threshold at zero",
            control_values=per_seed(scored(easy, "tpc"), "min"),
            reason=f"least accuracy over {where}",
        ),
        statistical(
            *told("d2_ccs"),
            values=per_seed(scored(mild, "ccs", threshold="otsu"), "min"),
            threshold=at.RESTORED,
            direction="above",
            control="threshold at zero",
            control_values=per_seed(scored(mild, "ccs"), "min"),
            reason=f"least accuracy up to pi = {at.STRONG:g}",
        ),
        statistical(
            *told("d2_ccs_lost"),
            values=cos.isel(truth_probability=-1).values,
            threshold=at.LOST,
            direction="below",
            control="balanced labels",
            control_values=cos.isel(truth_probability=0).values,
            reason=f"|cos| with the truth at pi = {ends[1]:g}; its AUROC there is "
            f"{float(ranked.mean()):.3f}",
        ),
    ]


def _hard(hard: xr.Dataset) -> list[Claim]:
    where = f"over {hard.sizes['truth_probability']} imbalances, noise {NOISY:g}"
    found = []
    random = scored(hard, "random")
    for reader, numbers in at.HARD.items():
        known = xr.DataArray(list(numbers), dims="truth_probability")
        measured = scored(hard, reader)
        if known.sizes["truth_probability"] != measured.sizes["truth_probability"]:
            continue
        means = ", ".join(f"{m:.3f}" for m in measured.mean("seed").values)
        found.append(
            statistical(
                *told(f"d3_{reader}"),
                values=per_seed(abs(measured.drop_vars("truth_probability") - known), "mean"),
                threshold=at.REPRODUCED,
                direction="below",
                control="random direction",
                control_values=per_seed(abs(random.drop_vars("truth_probability") - known), "mean"),
                reason=f"mean |deviation| {where}; measured {means}, expected {numbers}",
            )
        )
    low, high = at.HARD_LOGISTIC
    probe = scored(hard, "logistic")
    outside = (low - probe).clip(min=0) + (probe - high).clip(min=0)
    ends = ", ".join(f"{c:.2f}" for c in _ends(hard, "ccs").mean("seed").values)
    return [
        *found,
        statistical(
            *told("d3_logistic"),
            values=per_seed(outside, "max"),
            threshold=at.REPRODUCED,
            direction="below",
            control="random direction",
            control_values=per_seed((low - random).clip(min=0), "max"),
            reason=f"largest distance of the accuracy from {low:g} to {high:g}, {where}",
        ),
        statistical(
            *told("d3_cos"),
            values=per_seed(abs(_ends(hard, "ccs") - HARD_ENDS), "mean"),
            threshold=2 * at.REPRODUCED,
            direction="below",
            control="random direction",
            control_values=per_seed(abs(_ends(hard, "random") - HARD_ENDS), "mean"),
            reason=f"mean |deviation| of |cos| at both ends; measured {ends}, "
            f"expected {at.HARD_COS}",
        ),
    ]


def _ends(hard: xr.Dataset, reader: str) -> xr.DataArray:
    """|cos| with the truth at the mildest and at the strongest imbalance."""
    cos = scored(hard, reader, "cos_truth").isel(truth_probability=[0, -1])
    return cos.drop_vars("truth_probability")


def switching(ds: xr.Dataset) -> list[Claim]:
    law = PairLaw(truth_scale=at.TRUTH_SCALE, distractor_scale=1.0)
    analytic = switching_probability(law)
    ccs, tpc, supervised = (switch(ds, reader) for reader in ("ccs", "tpc", "logistic"))
    turns = f"CCS at {ccs.mean():.3f}, top component at {tpc.mean():.3f}, analytic {analytic:.3f}"
    return [
        statistical(
            *told("d4_ccs_earlier"),
            values=tpc - ccs,
            threshold=0.0,
            direction="above",
            control="supervised probe, which never turns",
            control_values=supervised - ccs,
            reason=turns,
        ),
        statistical(
            *told("d4_tpc"),
            values=np.abs(tpc - analytic),
            threshold=at.SWITCH,
            direction="below",
            control="supervised probe, which never turns",
            control_values=np.abs(supervised - analytic),
            reason=turns,
        ),
    ]
