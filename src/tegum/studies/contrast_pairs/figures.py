"""Figures: imbalance, directions, salience, switches, scores, traps, and hidden states."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Figure, theme
from tegum.labels import coordinate

Data = Mapping[str, xr.Dataset]

SHOWN = ["ccs", "tpc", "kmeans", "gmm", "logistic", "random"]
CUT = {"threshold": "zero", "normalisation": "train", "control": "none"}
SEEDS = "Five seeds; bands and bars are 95 % bootstrap intervals of the mean over seeds."


def _plain(ds: xr.Dataset, names: Sequence[str], **wanted: str) -> xr.Dataset:
    """These variables at zero, by the training means, with true labels, unless told otherwise."""
    found = ds[list(names)]
    return found.sel({d: v for d, v in (CUT | wanted).items() if d in found.dims}, drop=True)


def _beside(ds: xr.Dataset, name: str, dim: str, more: Mapping[str, xr.DataArray]) -> xr.Dataset:
    """A variable with more series along `dim`."""
    parts = [ds[name], *(v.expand_dims({dim: [label]}) for label, v in more.items())]
    joined = xr.concat(parts, dim, coords="minimal", compat="override", join="override")
    labels = [*ds[dim].values.tolist(), *more]
    return _labelled(joined, ds[name], dim, labels)


def _labelled(array: xr.DataArray, like: xr.DataArray, dim: str, labels: Sequence) -> xr.Dataset:
    """A Dataset `value` with the labels of `like` and the values of `dim`."""
    array = array.assign_attrs(like.attrs)
    named = coordinate(dim, np.array(labels, dtype=object), dim.replace("_", " "))
    return array.to_dataset(name="value").assign_coords({dim: named})


def _series(dim: str, parts: Mapping[str, xr.DataArray]) -> xr.Dataset:
    """Several variables as series of one, with the labels of the first."""
    arrays = [v.drop_vars(dim, errors="ignore").expand_dims({dim: [k]}) for k, v in parts.items()]
    joined = xr.concat(arrays, dim, coords="minimal", compat="override", join="override")
    return _labelled(joined, next(iter(parts.values())), dim, list(parts))


def _imbalance(data: Data) -> Any:
    ds = data["imbalance"]
    panels = []
    for noise in ds["noise"].values.tolist():
        part = ds.sel(noise=noise, reader=SHOWN, drop=True)
        for name in ("accuracy", "balanced_accuracy"):
            plain = _plain(part, [name])
            theory = {
                "accuracy": {
                    "tpc, theory": part["expected_sampled"],
                    "majority": part["majority"],
                },
                "balanced_accuracy": {"known truth": part["ceiling"]},
            }[name]
            table = _beside(plain, name, "reader", theory)
            look: Any = {
                "control": ("random", "majority"),
                "title": f"noise {noise:g}",
                "ylim": (0.4, 1.02),
            }
            panels.append(theme.band(table, "value", "truth_probability", "reader", **look))
    return theme.layout(*panels)


def _direction(data: Data) -> Any:
    ds = data["imbalance"]
    panels = []
    for noise in ds["noise"].values.tolist():
        part = ds.sel(noise=noise, reader=SHOWN, drop=True)
        plain = _plain(part, ["cos_truth"])
        table = _beside(plain, "cos_truth", "reader", {"tpc, theory": part["expected_cos"]})
        look: Any = {"control": "random", "title": f"noise {noise:g}", "ylim": (0, 1.02)}
        panels.append(theme.band(table, "value", "truth_probability", "reader", **look))
    return theme.layout(*panels)


def _salience(data: Data) -> Any:
    ds = data["salience"].sel(reader=SHOWN)
    panels = [
        theme.overlay(
            theme.band(
                _plain(ds, [name]),
                name,
                "distractor_scale",
                "reader",
                control="random",
                ylim=(0.4, 1.02),
            ),
            theme.reference_line(1.5, axis="x"),
        )
        for name in ("accuracy", "accuracy_distractor")
    ]
    return theme.layout(*panels)


def _switching(data: Data) -> Any:
    ds = data["imbalance_distractor"].sel(reader=SHOWN)
    panels = [
        theme.overlay(
            theme.band(
                _plain(ds, [name]),
                name,
                "truth_probability",
                "reader",
                control="random",
                ylim=(0, 1.02),
            ),
            theme.reference_line(TURN, axis="x"),
        )
        for name in ("cos_truth", "cos_distractor")
    ]
    return theme.layout(*panels)


TURN = 0.5 * (1 + np.sqrt(1 - (1.0 / 1.5) ** 2))
"""Where theory turns the top component: a = 1.5, e = 1, pi_q = 1/2."""


def _consistency(data: Data) -> Any:
    ds = data["consistency"].sel(reader=SHOWN)
    panels = []
    for scale in ds["distractor_scale"].values.tolist():
        for name in ("accuracy", "accuracy_disagreeing"):
            table = _plain(ds.sel(distractor_scale=scale, drop=True), [name])
            look: Any = {
                "control": "random",
                "title": f"distractor {scale:g}, truth 1.5",
                "ylim": (-0.02, 1.02),
            }
            panels.append(theme.band(table, name, "consistency", "reader", **look))
    return theme.layout(*panels)


def _tries(data: Data) -> Any:
    ds = data["salience"]
    scales = [s for s in (0.0, 1.25, 1.5, 1.75, 3.0) if s in ds["distractor_scale"]]
    table = ds[["loss", "try_accuracy", "try_accuracy_distractor"]].sel(distractor_scale=scales)
    return theme.layout(
        *(
            theme.scatter(table, name, "loss", "distractor_scale", colours="viridis")
            for name in ("try_accuracy", "try_accuracy_distractor")
        )
    )


def _histograms(data: Data) -> Any:
    ds = data["imbalance"].isel(noise=0, seed=0, drop=True)
    panels = []
    for reader in ("tpc", "ccs"):
        for probability in ds["truth_probability"].values[[0, -1]].tolist():
            part = ds.sel(reader=reader, truth_probability=probability, drop=True)
            look: Any = {"title": f"{reader}, pi = {probability:g}"}
            panel = theme.curves(part[["histogram"]], "histogram", "bin", "label", **look)
            lines = [theme.reference_line(x, axis="x") for x in (0.0, float(part["cut"]))]
            panels.append(theme.overlay(panel, *lines))
    return theme.layout(*panels)


def _traps(data: Data) -> Any:
    shift, hard, probes = data["shift"], data["imbalance"].isel(noise=-1), data["probes"]
    means = _series(
        "test pairs centred by",
        {
            f"{by} mean, {reader}": _plain(shift, ["accuracy"], normalisation=by)["accuracy"].sel(
                reader=reader, drop=True
            )
            for reader in ("ccs", "logistic")
            for by in ("train", "test")
        },
    )
    chance = _plain(hard, ["accuracy"], control="shuffled")["accuracy"].sel(reader="random")
    chance = chance.drop_vars(["reader", "noise"])
    sign = _series("sign", {"by labels": chance, "either": _either(chance)})
    trained = _plain(probes, ["accuracy"])["accuracy"]
    parts = {
        f"{probe}{state}": trained.sel(probe=probe, reader=reader, drop=True)
        for probe in probes["probe"].values.tolist()
        for state, reader in (("", "ccs"), (", untrained", "ccs_untrained"))
    }
    untrained = [name for name in parts if name.endswith("untrained")]
    losses = probes[["loss"]].min("try", keep_attrs=True)
    of_probes: Any = {"control": untrained, "ylim": (0.4, 1.02)}
    return theme.layout(
        theme.band(means, "value", "test_truth_probability", "test pairs centred by"),
        theme.overlay(
            theme.band(
                sign,
                "value",
                "truth_probability",
                "sign",
                title="random direction, shuffled labels",
                control="by labels",
            ),
            theme.reference_line(0.5),
        ),
        theme.band(_series("probe", parts), "value", "truth_probability", "probe", **of_probes),
        theme.band(losses, "loss", "truth_probability", "probe"),
    )


def _either(accuracy: xr.DataArray) -> xr.DataArray:
    """What max(accuracy, 1 - accuracy) reports."""
    return accuracy.where(accuracy > 0.5, 1.0 - accuracy)


def _attention(data: Data) -> Any:
    ds = data["attention"]
    panels = []
    for place in ds["label_position"].values.tolist():
        for name in ("accuracy", "accuracy_distractor"):
            part = ds[[name]].sel(label_position=place, threshold="zero", drop=True)
            part = part.sel(normalisation="train", reader=SHOWN, drop=True)
            parts = {
                f"{kind}{state}": part[name].sel(attention=kind, control=control, drop=True)
                for kind in part["attention"].values.tolist()
                for state, control in (("", "none"), (", untrained", "untrained"))
            }
            table = _series("model", parts)
            untrained = [label for label in parts if label.endswith("untrained")]
            look: Any = {
                "control": untrained,
                "title": f"label {place.replace('_', ' ')}",
                "ylim": (0.3, 1.02),
            }
            panels.append(theme.intervals(table, "value", "reader", "model", **look))
    return theme.layout(*panels)


FIGURES = {
    name: Figure(caption=SEEDS, shows=SEEDS, surprise=SEEDS, draw=draw)
    for name, draw in {
        "imbalance": _imbalance,
        "direction": _direction,
        "salience": _salience,
        "switching": _switching,
        "consistency": _consistency,
        "tries": _tries,
        "histograms": _histograms,
        "traps": _traps,
        "attention": _attention,
    }.items()
}
