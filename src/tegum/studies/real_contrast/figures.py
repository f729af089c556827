"""Figures: layers, imbalance, what CCS prefers, and weights drawn anew."""

from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from tegum.figures import figure, theme
from tegum.figures.series import as_series

Data = Mapping[str, xr.Dataset]

SHOWN = ["ccs", "tpc", "kmeans", "logistic", "random"]
CUT = {"threshold": "zero", "control": "none"}
SEEDS = (
    "Five halvings of 320 pairs, 80 to fit on and 80 to measure on; bands and bars are 95 % "
    "bootstrap intervals of the mean over them. The weights of SmolLM2-135M-Instruct were "
    "quantised."
)
MODELS = {"causal": "SmolLM2", "bidirectional": "all-MiniLM-L6"}


def _plain(ds: xr.Dataset, name: str, **wanted: Any) -> xr.Dataset:
    """One variable at zero, with true labels, unless told otherwise."""
    found = ds[[name]]
    return found.sel({d: v for d, v in (CUT | wanted).items() if d in found.dims}, drop=True)


def _with_zero_shot(ds: xr.Dataset, dataset: str) -> xr.Dataset:
    """Accuracies of the readers, and of the model's calibrated answer."""
    accuracy = _plain(ds, "accuracy", dataset=dataset)["accuracy"]
    parts = {r: accuracy.sel(reader=r, drop=True) for r in SHOWN}
    shot = _plain(ds, "zero_shot_calibrated", dataset=dataset)["zero_shot_calibrated"]
    if not shot.isnull().all():
        parts["zero-shot, calibrated"] = shot.assign_attrs(accuracy.attrs)
    return as_series("reader", parts)


def _panels(data: Data, sweeps: Sequence[str], x: str) -> Any:
    panels = []
    for sweep in sweeps:
        name = MODELS[sweep.split("_")[1]]
        for dataset in data[sweep]["dataset"].values.tolist():
            look: Any = {"control": "random", "title": f"{name}, {dataset}", "ylim": (0.35, 1.02)}
            table = _with_zero_shot(data[sweep], dataset)
            panels.append(theme.band(table, "value", x, "reader", **look))
    return theme.layout(*panels)


@figure(
    caption="Accuracy of readers of the residual stream after each block, at balance; grey: random "
    f"direction. {SEEDS}",
    shows="The supervised probe reads the sentiment of reviews from SmolLM2 (reads_causal_reviews: "
    "{reads_causal_reviews.verdict}) and from all-MiniLM-L6 (reads_bidirectional_reviews: "
    "{reads_bidirectional_reviews.verdict}), and the truth of statements on cities "
    "(reads_causal_cities: {reads_causal_cities.verdict}, reads_bidirectional_cities: "
    "{reads_bidirectional_cities.verdict}). CCS far behind: gap_causal_reviews "
    "{gap_causal_reviews.verdict}.",
    surprise="Two thirds up against after the first block: deeper_causal {deeper_causal.verdict}, "
    "deeper_bidirectional {deeper_bidirectional.verdict}.",
    sweeps=("layers_causal", "layers_bidirectional"),
)
def layers(data: Data) -> Any:
    return _panels(data, ("layers_causal", "layers_bidirectional"), "layer")


@figure(
    caption="Reviews: balanced accuracy cut at zero and at an Otsu threshold, and AUROC, against "
    f"the share pi of positive reviews, two thirds up; grey: random direction. {SEEDS}",
    shows="What moderate imbalance takes from CCS and the top component an Otsu threshold gives "
    "back (threshold_causal_ccs: {threshold_causal_ccs.verdict}, threshold_causal_tpc: "
    "{threshold_causal_tpc.verdict}, threshold_bidirectional_ccs: "
    "{threshold_bidirectional_ccs.verdict}, threshold_bidirectional_tpc: "
    "{threshold_bidirectional_tpc.verdict}).",
    surprise="Whether the direction is kept at that imbalance: direction_causal_ccs "
    "{direction_causal_ccs.verdict}, direction_bidirectional_ccs "
    "{direction_bidirectional_ccs.verdict}.",
    sweeps=("imbalance_causal", "imbalance_bidirectional"),
)
def imbalance(data: Data) -> Any:
    panels = []
    for model, title in MODELS.items():
        ds = data[f"imbalance_{model}"]
        for name, cut in (
            ("balanced_accuracy", "zero"),
            ("balanced_accuracy", "otsu"),
            ("auroc", ""),
        ):
            part = _plain(ds.sel(reader=SHOWN), name, dataset="reviews", threshold=cut)
            words = f"{title}, {f'cut: {cut}' if cut else 'AUROC'}"
            look: Any = {"control": "random", "title": words, "ylim": (0.35, 1.02)}
            panels.append(theme.band(part, name, "truth_probability", "reader", **look))
    return theme.layout(*panels)


@figure(
    caption="Top: CCS loss of the best of five tries, of the worst, and of a probe that started at "
    "the supervised direction. Bottom: share of the variance of the differences along the top "
    f"component and along the supervised direction. At balance. {SEEDS}",
    shows="Started at the supervised direction CCS ends above the best of its tries where it "
    "prefers another direction: objective_causal_reviews {objective_causal_reviews.verdict}, "
    "objective_bidirectional_reviews {objective_bidirectional_reviews.verdict}.",
    surprise="A start at the truth does not hold CCS there where another direction divides the "
    "pairs as consistently: objective_causal_cities {objective_causal_cities.verdict}, "
    "objective_bidirectional_cities {objective_bidirectional_cities.verdict}.",
    sweeps=("layers_causal", "layers_bidirectional"),
)
def objective(data: Data) -> Any:
    panels = []
    for model, title in MODELS.items():
        ds = data[f"layers_{model}"].sel(dataset="reviews", drop=True)
        losses = ds["loss"]
        parts = {
            "best try": losses.min("try", keep_attrs=True),
            "worst try": losses.max("try", keep_attrs=True),
            "from the truth": ds["loss_from_truth"].assign_attrs(losses.attrs),
        }
        table = as_series("probe", parts)
        look: Any = {"control": "worst try", "title": f"{title}, CCS loss"}
        panels.append(theme.band(table, "value", "layer", "probe", **look))
    for model, title in MODELS.items():
        ds = data[f"layers_{model}"].sel(dataset="reviews", drop=True)
        along = ds["top_variance"].assign_attrs(long_name="share of the variance", units="1")
        parts = {
            "top component": along,
            "supervised": ds["truth_variance"].assign_attrs(along.attrs),
        }
        table = as_series("direction", parts)
        panels.append(theme.band(table, "value", "layer", "direction", title=title))
    return theme.layout(*panels)


@figure(
    caption="Accuracy two thirds up, at balance, of the trained models and (grey) of the same "
    f"architectures with weights drawn anew. {SEEDS}",
    shows="The supervised probe reads more from trained weights: trained_causal_reviews "
    "{trained_causal_reviews.verdict}, trained_causal_cities {trained_causal_cities.verdict}, "
    "trained_bidirectional_reviews {trained_bidirectional_reviews.verdict}, "
    "trained_bidirectional_cities {trained_bidirectional_cities.verdict}.",
    surprise="By {trained_causal_reviews} and {trained_causal_cities} of the accuracy in SmolLM2, "
    "by {trained_bidirectional_reviews} and {trained_bidirectional_cities} in all-MiniLM-L6: what "
    "is left to weights drawn anew shows in grey.",
    sweeps=("weights_causal", "weights_bidirectional"),
)
def weights(data: Data) -> Any:
    panels = []
    for model, title in MODELS.items():
        ds = data[f"weights_{model}"]
        for dataset in ds["dataset"].values.tolist():
            named = ds[["accuracy"]].sel(threshold="zero", dataset=dataset, drop=True)
            named = named.sel(reader=SHOWN)["accuracy"]
            fresh = "weights drawn anew"
            parts = {"trained": named.sel(control="none", drop=True)}
            parts[fresh] = named.sel(control=fresh, drop=True)
            table = as_series("weights", parts)
            look: Any = {"control": [fresh], "title": f"{title}, {dataset}", "ylim": (0.35, 1.02)}
            panels.append(theme.intervals(table, "value", "reader", "weights", **look))
    return theme.layout(*panels)
