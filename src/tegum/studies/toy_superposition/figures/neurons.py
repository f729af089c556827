"""Models that compute: what each neuron serves, density by density."""

from typing import Any

import xarray as xr

from tegum.figures import Data, figure, theme
from tegum.figures.axes import SEEDS
from tegum.figures.neurons import neuron_stacks as stacks
from tegum.figures.series import as_series
from tegum.labels import at, labelled
from tegum.theory.published_toys import published

DENSITY = "feature_probability"
GAIN = "gain (|input weight| x output weight, where that is positive)"
NEAR = 1.01
"""Loss, over the least one, of a restart that is near the best."""


def _trained(ds: xr.Dataset) -> xr.Dataset:
    return at(ds, control="none").drop_vars("control")


def _counts(parts: dict[str, xr.DataArray], what: str) -> xr.Dataset:
    """Counts of a sweep's models side by side, along `which`."""
    table = as_series("which", parts, "")
    return table.assign(value=table["value"].assign_attrs(long_name=what))


@figure(
    caption="Absolute value, by feature probability: participation ratio of the neurons, mono- "
    "and polysemantic neurons, computed features (dashed line: half the number of neurons), "
    "and neurons in the asymmetric motif with inhibition; grey: permuted weights. "
    f"{SEEDS}",
    shows="Neurons turn from mono- to polysemantic as features get sparser (t25_majority: "
    "{t25_majority.verdict}); in the same range more features are computed, in the sparsest data "
    "{t26} more than half the number of neurons, and the asymmetric motif appears (t27_motif: "
    "{t27_motif.verdict}).",
    surprise="The participation in permuted weights rises as well, by {t25.control_estimate} "
    "against {t25.estimate}: sparse models have more gains that are not 0, which meet in a neuron "
    "hardly more than by chance. In the sparsest data fewer features may be computed than before; "
    "the figure of the minima says why.",
    sweeps=("abs_large",),
)
def neurons_by_density(data: Data) -> Any:
    ds = data["abs_large"]
    trained = _trained(ds)
    kinds = _counts({k: trained[f"n_{k}"] for k in ("mono", "poly")}, "number of neurons")
    meeting = ds[["participation"]].mean("hidden", keep_attrs=True)
    look: Any = {"logx": True, "markers": True}
    beside: Any = {**look, "by": "control", "control": "permuted"}
    computed = theme.band(ds[["n_computed"]], "n_computed", DENSITY, **look)
    half = theme.reference_line(ds.sizes["hidden"] / 2, "half of the neurons")
    return theme.layout(
        theme.band(meeting, "participation", DENSITY, **beside),
        theme.band(kinds, "value", DENSITY, "which", **look),
        theme.overlay(computed, half),
        theme.band(ds[["n_motif"]], "n_motif", DENSITY, **beside),
    )


@figure(
    caption="Absolute value: loss over that of the best constants and monosemantic neurons; "
    "left: sparse features (probability 0.01), by the standard deviation of the initial "
    "weights; right: with and without (grey) denser features in the first half of equally many "
    f"steps. {SEEDS}",
    shows="In the sparsest data the loss depends on how training starts: on the scale of the "
    "initial weights, and on denser features in the first half, which save a share of {t25_trap} "
    "of it.",
    surprise="The better minimum is the monosemantic one: after the dense start most neurons serve "
    "one feature, after a random start few. At this size the polysemantic neurons of sparse models "
    "are where training gets stuck, not what lowers the loss.",
    sweeps=("abs_start", "abs_warm"),
)
def absolute_value_minima(data: Data) -> Any:
    start, warm = (_trained(data[n]) for n in ("abs_start", "abs_warm"))
    names = {p: f"from {p:g}" for p in warm["warm_probability"].values.tolist()} | {0.0: "none"}
    panels = []
    for name in ("loss_ratio", "n_mono"):
        panels.append(theme.intervals(start, name, "initial_scale"))
        look: Any = {"control": 0.0, "labels": names}
        panels.append(theme.intervals(warm, name, DENSITY, "warm_probability", **look))
    return theme.layout(*panels)


@figure(
    caption="Identity by hidden ReLU neurons, best restart, by feature probability: "
    "monosemantic neurons and represented features, beside the published ones (grey); share "
    f"of a seed's restarts whose loss is at most {NEAR} of its least. {SEEDS}",
    shows="Share of seeds whose best model is the published solution, from dense to sparse: "
    "{t28_dense.estimate}, {t28_mixed.estimate}, {t28_few.estimate}, {t28_one.estimate}, "
    "{t28_sparse.estimate}, {t28_pairs.estimate}. Where it is not, the solution of a neighbouring "
    "range is found.",
    surprise="Ten features are reached in sparser data than published. There few restarts come "
    "near a seed's best loss, so that the best of them need not be the best there is.",
    sweeps=("hidden_relu",),
)
def hidden_relu(data: Data) -> Any:
    ds = data["hidden_relu"]
    trained = _trained(ds)
    panels = []
    for name in ("n_mono", "n_represented"):
        parts = {"found": trained[name], "published": published(trained, name)}
        table = _counts(parts, ds[name].attrs["long_name"])
        panels.append(theme.intervals(table, "value", DENSITY, "which", control="published"))
    loss = ds["restart_loss_ratio"]
    near = (loss <= NEAR * loss.min("restart")).mean("restart")
    table = labelled(near, "near", "share of restarts near the best")
    return theme.layout(*panels, theme.intervals(table, "near", DENSITY), columns=1)


@figure(
    caption=f"Absolute value: {GAIN}, stacked over the features, of one seed's neurons (n = 1, "
    "no interval), sorted by their strongest feature; the darker, the more important.",
    shows="With dense features nearly every neuron serves one of them; in sparser data neurons "
    "take up a second, less important one, and in the end nearly all serve several, far down the "
    "ranks (t25_majority: {t25_majority.verdict}).",
    surprise="Dense models do not spread over all features that they could compute: several of "
    "their neurons serve the very first, though half as many features as there are neurons could "
    "have two neurons each.",
    sweeps=("abs_large",),
)
def neuron_stacks(data: Data) -> Any:
    return stacks(data["abs_large"]["gain"].isel(seed=0), DENSITY)


@figure(
    caption=f"Identity by hidden ReLU neurons: {GAIN}, of the best restart of one seed (n = 1, no "
    f"interval), stacked over the features. Last: neurons of one feature, best restarts. {SEEDS}",
    shows="From dense to sparse: neurons of one feature each; then some, then all, share several.",
    surprise="At the published 0.04 a share of {t28_pairs.estimate} of the best models has ten "
    "features in ten pairs of neurons; they appear in sparser data.",
    sweeps=("hidden_relu",),
)
def hidden_relu_stacks(data: Data) -> Any:
    ds = data["hidden_relu"]
    alone = theme.intervals(_trained(ds), "n_mono", DENSITY)
    return stacks(ds["gain"].isel(seed=0), DENSITY, alone)
