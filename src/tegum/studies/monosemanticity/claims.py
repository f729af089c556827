"""Findings of Jermyn, Schiefer and Hubinger 2022 and of the comments under it, judged.

Thresholds and the conditions compared were fixed before any result was seen; counts use
selectivity above 0.9 (`LEVEL`) because the published 0.999 is near zero at the small size. All
differences are paired: equal seeds share initial weights, embedding and batches.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.claims import Claim, exact, statistical, untested

FINDINGS = (
    "m1",
    "m1_loss",
    "m2",
    "m3",
    "m3_loss",
    "m3b",
    "m3b_loss",
    "m4",
    "m4_dead",
    "m6",
    "m7",
    "m7_loss",
    "m8",
    "m9",
    "m10",
    "m11",
    "m11_loss",
    "m13",
    "m13_closed_form",
    "m15",
    "m15_response",
    "m16",
    "m17",
    "m17_cost",
    "m18",
    "m18_loss",
    "sae_beats_untrained",
    "sae_beats_permuted",
    "sae_beats_gaussian",
    "sae_directions_not_supports",
)

PAPER = "Jermyn, Schiefer and Hubinger 2022, arXiv 2211.09169"
COMMENTS = "Jermyn (comments under arXiv 2211.09169)"
PROTOTYPE = f"{PAPER}; size of a small prototype"

LEVEL = 0.9
"""Selectivity above which a neuron counts here; the prototype's graded results use it."""
LOW_RATE, HIGH_RATE = 0.003, 0.01
"""The learning rates of the prototype's M3b; the middle of the published grid (M1)."""
COLLAPSE_RATE = 0.03
"""M6's learning rate."""
MODERATE, EXTREME = -0.5, -1.0
"""Bias offsets: the prototype's best, and the published one that is too negative here (M3, M4)."""
NEARLY_EQUAL = 0.10
"""Largest relative difference of two losses that are 'nearly equal' (M1): own choice."""
NO_COST = 0.02
"""Largest relative rise of a loss that 'costs nothing' (M11): own choice."""
SMALL_COST = 0.25
"""Largest relative rise of a loss that is 'a small cost' (M17): own choice."""
NEGLIGIBLE = 0.05
"""Largest relative fall of a loss that is 'negligible' (M7): own choice."""
HALF_DEAD = 0.25
"""Least dead share that is 'about half' (M6): half of it."""
FLAT = 0.02
"""Largest change per octave of mono neurons per feature that is 'flat' (M9): own choice."""
MIXED = 0.05
"""Least share of features in each of the two groups of a mixture (M8): own choice."""
EVERY_FEATURE = 0.5
"""Least gain in mono neurons per feature at noise sigma_I (M17): half of 'about one'."""
GAP = 0.1
"""Least difference between |cos| and F1 that is a dissociation: own choice."""
TOLERANCE = 1e-5
"""Relative difference of two computations stored as float32."""

Data = Mapping[str, xr.Dataset]


def claims(data: Data) -> list[Claim]:
    """Every finding with its verdict; `data` maps sweep to measured Dataset."""
    judges: dict[str, Callable[[Data], list[Claim]]] = {
        "learning_rate": _learning_rate,
        "bias_offset": _bias_offset,
        "collapse": _collapse,
        "width": _width,
        "l1_hidden": _l1,
        "input_noise": _noise,
        "noise_removed": _noise_removed,
        "dictionaries": _dictionaries,
    }
    found = [claim for sweep, judge in judges.items() if sweep in data for claim in judge(data)]
    found += _linear(data) + [_lasso()]
    known = {c.id for c in found}
    missing = [
        untested(i, f"Finding {i}.", PAPER, reason="its sweep is not among this scale's params")
        for i in FINDINGS
        if i not in known
    ]
    return found + missing


def at(dataset: xr.Dataset, **axes: float) -> xr.Dataset:
    """The last checkpoint at selectivity `LEVEL`, at the nearest value of each axis."""
    chosen = dataset.sel(threshold=LEVEL, method="nearest").sel(axes, method="nearest")
    return chosen.isel(checkpoint=-1)


def untrained(dataset: xr.Dataset, **axes: float) -> xr.Dataset:
    """The same after the first update."""
    chosen = dataset.sel(threshold=LEVEL, method="nearest").sel(axes, method="nearest")
    return chosen.isel(checkpoint=0)


def relative(after: xr.Dataset, before: xr.Dataset) -> np.ndarray:
    """Relative change of the evaluation loss, per seed."""
    loss = "evaluation_loss"
    return (after[loss] / before[loss]).values - 1


def _mono(dataset: xr.Dataset) -> np.ndarray:
    return dataset["mono_per_feature"].values


def _learning_rate(data: Data) -> list[Claim]:
    ds = data["learning_rate"]
    low, high = at(ds, learning_rate=LOW_RATE), at(ds, learning_rate=HIGH_RATE)
    start = [untrained(ds, learning_rate=r) for r in (LOW_RATE, HIGH_RATE)]
    trough = ds.isel(checkpoint=slice(0, _trough(ds) + 1))
    low_t, high_t = (at(trough, learning_rate=r) for r in (LOW_RATE, HIGH_RATE))
    untouched = {"control": "untrained", "control_values": _mono(start[1]) - _mono(start[0])}
    rates = f"learning rate {HIGH_RATE} against {LOW_RATE}, bias offset 0, Adam"
    slopes = _octave_changes(ds.sel(learning_rate=HIGH_RATE, method="nearest"))
    return [
        statistical(
            "m1",
            "A higher learning rate gives more monosemantic neurons per feature.",
            PAPER,
            values=_mono(high) - _mono(low),
            threshold=0.0,
            direction="above",
            **untouched,
            reason=f"{rates}, at the peak of the periodic learning rate",
        ),
        statistical(
            "m1_loss",
            "Final losses at middle learning rates are nearly equal.",
            PAPER,
            values=np.abs(relative(high_t, low_t)),
            threshold=NEARLY_EQUAL,
            direction="below",
            control="peak of the learning rate",
            control_values=np.abs(relative(high, low)),
            reason=f"relative difference, {rates}, at the trough",
        ),
        statistical(
            "m3b",
            "A higher learning rate alone gives more monosemantic neurons after annealing.",
            PROTOTYPE,
            values=_mono(high_t) - _mono(low_t),
            threshold=0.0,
            direction="above",
            **untouched,
            reason=f"{rates}, at the trough of the periodic learning rate",
        ),
        statistical(
            "m3b_loss",
            "A higher learning rate alone lowers the annealed loss.",
            PROTOTYPE,
            values=relative(high_t, low_t),
            threshold=0.0,
            direction="below",
            control="untrained",
            control_values=relative(start[1], start[0]),
            reason=f"relative difference, {rates}, at the trough",
        ),
        statistical(
            "m9",
            "The number of monosemantic neurons is flat in log steps at the end of training.",
            COMMENTS,
            values=np.abs(slopes[-2:].mean(0)),
            threshold=FLAT,
            direction="below",
            control="the octaves before",
            control_values=np.abs(slopes[:-2].mean(0)) if len(slopes) > 2 else [],
            unit="per feature and octave",
            reason="last two octaves at the peak of the learning rate; published runs are 43 "
            "times longer (2^17 steps)",
        ),
    ]


def _trough(ds: xr.Dataset) -> int:
    """Position of the last checkpoint at the trough of the learning rate."""
    scale = ds["learning_rate_scale"].values
    return int(np.flatnonzero(np.isclose(scale, scale.min()))[-1])


def _octave_changes(ds: xr.Dataset) -> np.ndarray:
    """Change of mono neurons per feature over each octave at equal phase: (octave, seed)."""
    counts = ds["step"].values + 1
    octaves = [int(np.flatnonzero(counts == n)[0]) for n in _halvings(counts)]
    mono = ds["mono_per_feature"].sel(threshold=LEVEL, method="nearest").isel(checkpoint=octaves)
    return mono.transpose("checkpoint", ...).diff("checkpoint").values


def _halvings(counts: np.ndarray) -> list[int]:
    """The last count of steps, halved while it is a checkpoint, ascending."""
    found = [int(counts[-1])]
    while found[-1] % 2 == 0 and found[-1] // 2 in counts:
        found.append(found[-1] // 2)
    return found[::-1]


def _bias_offset(data: Data) -> list[Claim]:
    ds = data["bias_offset"]
    none, middle, extreme = (at(ds, bias_offset=b) for b in (0.0, MODERATE, EXTREME))
    start = [untrained(ds, bias_offset=b) for b in (0.0, MODERATE, EXTREME)]
    last = at(ds)
    best_end = np.maximum(_mono(none), _mono(extreme))
    best_start = np.maximum(_mono(start[0]), _mono(start[2]))
    return [
        statistical(
            "m2",
            "Monosemantic neurons have more negative biases than polysemantic ones, in every run "
            "that has any.",
            PAPER,
            values=last["bias_gap"].max("bias_offset").values,
            threshold=0.0,
            direction="below",
            unit="feature amplitude",
            control="permuted neuron labels",
            control_values=last["bias_gap_permuted"].mean("bias_offset").values,
            reason="bias of mono minus poly neurons; the run with the largest gap of each seed",
        ),
        statistical(
            "m3",
            "A moderately negative initial bias with decay gives more monosemantic neurons.",
            PAPER,
            values=_mono(middle) - _mono(none),
            threshold=0.0,
            direction="above",
            control="untrained",
            control_values=_mono(start[1]) - _mono(start[0]),
            reason=f"mono neurons per feature, bias offset {MODERATE} against 0",
        ),
        statistical(
            "m3_loss",
            "A moderately negative initial bias with decay does not raise the loss.",
            PAPER,
            values=relative(middle, none),
            threshold=0.0,
            direction="below",
            control="untrained",
            control_values=relative(start[1], start[0]),
            reason=f"relative change of the evaluation loss, bias offset {MODERATE} against 0",
        ),
        statistical(
            "m4",
            "The best initial bias is interior: more negative ones lose monosemantic neurons.",
            PROTOTYPE,
            values=_mono(middle) - best_end,
            threshold=0.0,
            direction="above",
            control="untrained",
            control_values=_mono(start[1]) - best_start,
            reason=f"mono neurons per feature at {MODERATE} minus the larger of 0 and {EXTREME}",
        ),
        statistical(
            "m4_dead",
            "Too negative an initial bias kills neurons.",
            PROTOTYPE,
            values=(extreme["dead_share"] - middle["dead_share"]).values,
            threshold=0.0,
            direction="above",
            control="bias offset 0",
            control_values=(none["dead_share"] - middle["dead_share"]).values,
            reason=f"share of dead neurons at {EXTREME} minus at {MODERATE}",
        ),
    ]


def _collapse(data: Data) -> list[Claim]:
    ds = data["collapse"]
    high, low = (at(ds, learning_rate=r) for r in (COLLAPSE_RATE, LOW_RATE))
    return [
        statistical(
            "m6",
            "At learning rate 0.03 with bias offset -1 about half of the neurons die.",
            PROTOTYPE,
            values=high["dead_share"].values,
            threshold=HALF_DEAD,
            direction="above",
            control=f"learning rate {LOW_RATE}",
            control_values=low["dead_share"].values,
            reason="LAMB, the published optimiser; a run without a finite loss counts as undefined",
        )
    ]


def _width(data: Data) -> list[Claim]:
    ds = data["width"]
    widths = np.asarray(ds["width"].values, float)
    features = int(ds["n_features"].values.flat[0])
    last, first = at(ds), untrained(ds)
    slope, start = (_slope(d["mono_per_feature"], np.log2(widths)) for d in (last, first))
    below = widths[widths < features]
    mixed = [_mixture(last.sel(width=w)) for w in below]
    found = [
        statistical(
            "m7",
            "The number of monosemantic neurons rises with the width.",
            PAPER,
            values=slope,
            threshold=0.0,
            direction="above",
            unit="per feature and doubling",
            control="untrained",
            control_values=start,
            reason=f"slope over widths {widths.min():g} to {widths.max():g}; #mono / N -> 1 needs "
            "k >= 8 N",
        ),
        statistical(
            "m8",
            "With fewer neurons than features some features are served by monosemantic neurons and "
            "others are shared, rather than ignored.",
            COMMENTS,
            values=np.max(mixed, axis=0) if mixed else [],
            threshold=MIXED,
            direction="above",
            control="width at or above the number of features",
            control_values=_mixture(last.sel(width=widths.max())),
            reason="the smaller of the two shares of features, at the best width below N; uniform "
            "frequencies",
        ),
    ]
    double = [w for w in widths if w == 2 * features]
    if double and features in widths:
        half = widths[widths < features].max()
        saturation = [last.sel(width=w) for w in (features, 2 * features, half)]
        found.append(
            statistical(
                "m7_loss",
                "The loss hardly falls once there are as many neurons as features.",
                PAPER,
                values=-relative(saturation[1], saturation[0]),
                threshold=NEGLIGIBLE,
                direction="below",
                control=f"from width {half:g} to {features}",
                control_values=-relative(saturation[0], saturation[2]),
                reason=f"relative fall of the loss from width {features} to {2 * features}",
            )
        )
    return found


def _mixture(ds: xr.Dataset) -> np.ndarray:
    return np.minimum(ds["coverage"].values, ds["shared_share"].values)


def _slope(values: xr.DataArray, x: np.ndarray) -> np.ndarray:
    """Least-squares slope over the width, per seed."""
    centred = x - x.mean()
    return values.transpose("seed", "width").values @ centred / (centred @ centred)


def _l1(data: Data) -> list[Claim]:
    ds = data["l1_hidden"]
    strengths = np.sort(ds["l1_hidden"].values)
    small = strengths[strengths > 0].min()
    none, weak, strong = (at(ds, l1_hidden=s) for s in (0.0, small, strengths.max()))
    start = [untrained(ds, l1_hidden=s) for s in (0.0, strengths.max())]
    return [
        statistical(
            "m11",
            "A penalty on the activations gives more monosemantic neurons.",
            COMMENTS,
            values=_mono(strong) - _mono(none),
            threshold=0.0,
            direction="above",
            control="untrained",
            control_values=_mono(start[1]) - _mono(start[0]),
            reason=f"mono neurons per feature at strength {strengths.max():g} against 0",
        ),
        statistical(
            "m11_loss",
            "A small penalty on the activations costs nothing.",
            COMMENTS,
            values=relative(weak, none),
            threshold=NO_COST,
            direction="below",
            control=f"strength {strengths.max():g}",
            control_values=relative(strong, none),
            reason=f"relative change of the evaluation loss at strength {small:g} against 0",
        ),
    ]


def _noise(data: Data) -> list[Claim]:
    ds = data["input_noise"]
    none, half, full = (at(ds, input_noise=s) for s in (0.0, 0.5, 1.0))
    start = [untrained(ds, input_noise=s) for s in (0.0, 1.0)]
    return [
        statistical(
            "m15",
            "The biases of monosemantic neurons track the noise: more noise, more negative.",
            COMMENTS,
            values=(full["bias_mono"] - half["bias_mono"]).values,
            threshold=0.0,
            direction="below",
            unit="feature amplitude",
            control="polysemantic neurons",
            control_values=(full["bias_poly"] - half["bias_poly"]).values,
            reason="noise 1 against 0.5 sigma_I",
        ),
        statistical(
            "m17",
            "Training with input noise gives every feature about one monosemantic neuron.",
            PROTOTYPE,
            values=_mono(full) - _mono(none),
            threshold=EVERY_FEATURE,
            direction="above",
            control="untrained",
            control_values=_mono(start[1]) - _mono(start[0]),
            reason="mono neurons per feature at noise sigma_I against none, bias offset 0",
        ),
        statistical(
            "m17_cost",
            "Half of that noise costs little in the clean loss.",
            PROTOTYPE,
            values=relative(half, none),
            threshold=SMALL_COST,
            direction="below",
            control="noise sigma_I",
            control_values=relative(full, none),
            reason="relative change of the clean evaluation loss at 0.5 sigma_I",
        ),
    ]


def _noise_removed(data: Data) -> list[Claim]:
    ds = data["noise_removed"]
    counts = list(ds["step"].values + 1)
    removal = counts.index(int(counts[-1]) // 2)
    before, after = at(ds.isel(checkpoint=slice(0, removal + 1))), at(ds)
    if "input_noise" in data:
        steady = data["input_noise"].sel(input_noise=1.0, method="nearest")
        still = at(steady), at(steady.isel(checkpoint=slice(0, -1)))
        control = {"control": "noise kept", "control_values": _mono(still[0]) - _mono(still[1])}
        kept = {"control": "noise kept", "control_values": relative(*still)}
    else:
        control = kept = {"control": "noise kept", "control_values": []}
    return [
        statistical(
            "m18",
            "The monosemantic state that noise made is not kept once the noise is removed.",
            PROTOTYPE,
            values=_mono(after) - _mono(before),
            threshold=0.0,
            direction="below",
            **control,
            reason="mono neurons per feature at the end minus when the noise was removed",
        ),
        statistical(
            "m18_loss",
            "It relaxes to a lower clean loss.",
            PROTOTYPE,
            values=relative(after, before),
            threshold=0.0,
            direction="below",
            **kept,
            reason="relative change of the clean loss since the noise was removed",
        ),
    ]


def _dictionaries(data: Data) -> list[Claim]:
    ds = data["dictionaries"]
    middle = at(ds, bias_offset=MODERATE)
    hidden = ds.sel(site="hidden", dictionary="topk").mean("bias_offset")
    trained = hidden["matched_cosine"].sel(control="none").values
    missing = "the dictionaries' true-feature recovery (MCC) at the hidden pre-activations"
    found = [
        statistical(
            "m10",
            "The polysemantic neurons together compute a low-rank map, a global correction.",
            PAPER,
            values=middle["poly_rank"].values,
            threshold=float(ds.sizes["rank"]),
            direction="below",
            unit="directions",
            control="untrained weights",
            control_values=middle["poly_rank_untrained"].values,
            reason=f"participation ratio of the singular values of L2 L1 P over poly neurons, "
            f"against d = {ds.sizes['rank']}, which bounds it; bias offset {MODERATE}. Any map has "
            "a lower effective rank than that bound: compare with the control",
        ),
        statistical(
            "m15_response",
            "Small input noise moves polysemantic neurons more than monosemantic ones.",
            COMMENTS,
            values=(middle["noise_response_mono"] / middle["noise_response_poly"]).values,
            threshold=1.0,
            direction="below",
            control="permuted neuron labels",
            control_values=middle["noise_response_permuted"].values,
            reason="mean change over the largest response, mono over poly, model trained without "
            "noise",
        ),
    ]
    for name, statement in (
        ("untrained", "Dictionaries recover the features better on trained than on fresh weights."),
        ("permuted", "Dictionaries recover the features better than from permuted dimensions."),
        ("gaussian", "Dictionaries recover the features better than from a matched Gaussian."),
    ):
        other = hidden["matched_cosine"].sel(control=name).values
        found.append(
            statistical(
                f"sae_beats_{name}",
                statement,
                "Heap et al. 2025; Korznikov et al. 2026 (controls)",
                values=trained - other,
                threshold=0.0,
                direction="above",
                control=name,
                control_values=other,
                reason=f"{missing}, TopK, trained minus {name}",
            )
        )
    gap = hidden["matched_cosine"] - hidden["support_f1"]
    found.append(
        statistical(
            "sae_directions_not_supports",
            "Dictionaries recover directions better than supports.",
            "dissociation seen in a small prototype of the SAE-recovery study",
            values=gap.sel(control="none").values,
            threshold=GAP,
            direction="above",
            control="permuted",
            control_values=gap.sel(control="permuted").values,
            reason="MCC minus F1, TopK, hidden pre-activations",
        )
    )
    return found


def _linear(data: Data) -> list[Claim]:
    """Every finally annealed model against the best affine decoder, and that against a fit."""
    worse = total = 0
    deviation = 0.0
    for ds in data.values():
        final = ds["evaluation_loss"].isel(checkpoint=-1)
        linear, known = ds["linear_loss"], ds["linear_loss"].notnull()
        worse += int((known & ~(final < linear)).sum())
        total += int(known.sum())
        error = np.abs(ds["linear_loss_fitted"] / linear - 1).where(known)
        deviation = max(deviation, float(error.max()))
    return [
        exact(
            "m13",
            "Every trained model beats the best affine decoder of its inputs.",
            "derived: the decoder's loss from the covariance of the features",
            estimate=worse,
            threshold=0,
            n=total,
            unit="models",
            reason="number of models whose final evaluation loss is not below the decoder's",
        ),
        exact(
            "m13_closed_form",
            "The closed form of the best affine decoder's loss is right.",
            "derived",
            estimate=deviation,
            threshold=TOLERANCE,
            n=total,
            reason="largest relative difference from least squares on moments from quadrature",
        ),
    ]


def _lasso() -> Claim:
    return untested(
        "m16",
        "A penalty on hidden activations and outputs trades estimation error for monosemantic "
        "neurons.",
        COMMENTS,
        reason="not swept here; `l1_hidden` by `l1_output` in {0, 0.003, 0.03} with 5 seeds at "
        "N=64, d=16, k=128 (45 models of 2048 steps) would test it",
    )
