"""Figures: verdicts, the ladder of controls, probes, selectivity, interventions, latents."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Figure, theme
from tegum.labels import coordinate, variable

Data = Mapping[str, xr.Dataset]
VERDICTS = ("MODEL", "UPSTREAM", "DATASET", "PROBE-ARTEFACT", "INCONCLUSIVE")
SHORT = {"PROBE-ARTEFACT": "ARTEFACT", "INCONCLUSIVE": "OPEN"}
NORM, COVARIANCE = "equal_norm", "equal_covariance"
WEIGHTS: dict[Any, str] = {
    "none": "trained",
    "untrained": "untrained",
    "matched_normal": "Gaussian weights",
    "permuted": "permuted weights",
    "spectrum": "equal spectrum",
    "control task": "control task",
}
NAMES = {
    "used_and": "x0 & x1",
    "used_and_second": "x2 & x3",
    "unused_linear": "x4",
    "unused_and": "x5 & x6",
    "unused_xor": "x8 ^ x9",
}


def _named(ds: xr.Dataset, names: Mapping[str, str]) -> xr.Dataset:
    """With other names of the variables."""
    found = [names.get(v, v) for v in ds["variable"].values]
    return ds.assign_coords(variable=coordinate("variable", np.array(found, dtype=object), ""))


def _confusion(ds: xr.Dataset, title: str, **scale: str) -> Any:
    """Share of each verdict for each known role; random labels are a role of their own."""
    verdict = ds["verdict"].sel(scale)
    true, random = verdict.isel(labelling=0), verdict.isel(labelling=slice(1, None))
    roles = list(dict.fromkeys(ds["role"].values))
    groups = {role: true.sel(variable=ds["role"] == role) for role in roles} | {"random": random}
    shares = [[float((group == v).mean()) for v in VERDICTS] for group in groups.values()]
    drawn = xr.Dataset(
        {"share": variable(("role", "verdict"), shares, "share", "1")},
        {
            "role": coordinate("role", [r.replace("_", " ") for r in groups], "known role"),
            "verdict": coordinate("verdict", [SHORT.get(v, v) for v in VERDICTS], "verdict"),
        },
    )
    return theme.heatmap(drawn, "share", "verdict", "role", limits=(0.0, 1.0), title=title)


def _verdicts(data: Data) -> Any:
    panels = []
    for name, title in (("bits", "classifiers"), ("latents", "language models")):
        ds = data[name]
        for outcome, direction in (("probability", NORM), ("logit", COVARIANCE)):
            text = f"{title}: {outcome}, {direction.replace('_', ' ')}"
            panels.append(_confusion(ds, text, outcome=outcome, direction=direction))
    return theme.layout(*panels)


def _rungs(rungs: xr.Dataset, names: Sequence[str], title: str, suffix: str = "") -> xr.Dataset:
    found = rungs[["fvu"]].sel(control=[f"{name}{suffix}" for name in names])
    plain = [name.replace("_", " ") for name in names]
    return found.assign_coords(control=coordinate("control", np.array(plain, dtype=object), title))


def _ladder(data: Data) -> Any:
    rungs = data["ladder"]
    trained = theme.reference_line(float(rungs["fvu"].sel(control="none").mean()))
    weights = ("untrained", "matched_normal", "permuted", "spectrum")
    both = xr.concat(
        [_rungs(rungs, weights, "weights"), _rungs(rungs, weights, "weights", "_kept")],
        coordinate("embedding", np.array(["changed too", "kept"], dtype=object), "embeddings"),
        combine_attrs="override",
    )
    panels = [theme.intervals(both, "fvu", "control", "embedding", ylim=(0.0, None))]
    for title, names in (
        ("tokens", ("unigram", "uniform", "markov")),
        ("activations", ("gaussian", "permuted_dimensions", "permuted_latents", "random_decoder")),
        ("what is not learnt", ("frozen_decoder", "soft_frozen_decoder", "frozen_encoder")),
    ):
        here = _rungs(rungs, names, title)
        panels.append(theme.intervals(here, "fvu", "control", ylim=(0.0, None)))
    return theme.layout(*(theme.overlay(panel, trained) for panel in panels))


def _probes(data: Data) -> Any:
    bits = _named(data["bits"], NAMES)
    task = bits["auroc_control"].sel(label_control="control_task", drop=True)
    task = task.expand_dims(control=np.array(["control task"], dtype=object))
    auroc = xr.concat([bits["auroc"], task], "control", combine_attrs="override")
    drawn = auroc.to_dataset(name="auroc")
    drawn["control"].attrs = {"long_name": "weights", "units": "1"}
    return theme.intervals(
        drawn, "auroc", "variable", "control", control="control task", labels=WEIGHTS
    )


def _selective(ds: xr.Dataset) -> xr.Dataset:
    """AUROC minus that on the control task."""
    own = ds["auroc"] - ds["auroc_control"].sel(label_control="control_task", drop=True)
    own.attrs = {"long_name": "AUROC minus that on the control task", "units": "1"}
    return ds.assign(own=own).drop_vars("label_control")


def _selectivity(data: Data) -> Any:
    sweep, families = (_selective(data[name]) for name in ("selectivity", "families"))
    named = _named(sweep, NAMES)
    by_variable = named[["own"]].sel(l2=0.01, method="nearest")
    look: dict[str, Any] = {"logx": True, "markers": True}
    with xr.set_options(keep_attrs=True):
        by_l2 = named[["own"]].mean("variable")
        both = families[["own", "auroc"]].mean("variable")
    return theme.layout(
        theme.band(by_variable, "own", "n_train", "variable", **look),
        theme.band(by_l2, "own", "n_train", "l2", **look),
        theme.band(both, "own", "n_train", "family", **look),
        theme.band(both, "auroc", "n_train", "family", **look),
    )


def _moved(ds: xr.Dataset, roles: Sequence[str], outcome: str, title: str) -> Any:
    """Change of the outputs along the features of some roles and along random directions."""
    here = ds.isel(labelling=0).sel(variable=ds["role"].isin(roles), outcome=outcome)
    random = here["effect_random"].mean("variable")
    values = [here["effect"].mean("variable"), *random.transpose("direction", ...)]
    names = ["feature", "random, equal norm", "random, equal covariance"]
    moved = np.stack([v.transpose("seed", "alpha").values for v in values])
    drawn = xr.Dataset(
        {"moved": variable(("along", "seed", "alpha"), moved, f"mean change, {outcome}", "1")},
        {
            "along": coordinate("along", np.array(names, dtype=object), "along"),
            "seed": ds["seed"],
            "alpha": ds["alpha"],
        },
    )
    look: dict[str, Any] = {"markers": True, "title": title, "logy": True}
    return theme.band(drawn, "moved", "alpha", "along", control=names[1:2], **look)


def _interventions(data: Data) -> Any:
    roles = {"used": ("used",), "unused": ("unused_linear", "unused_nonlinear")}
    return theme.layout(
        *(
            _moved(data["bits"], of, outcome, f"{name} variables")
            for outcome in data["bits"]["outcome"].values
            for name, of in roles.items()
        )
    )


def _latents(data: Data) -> Any:
    ds = data["latents"].isel(labelling=0).sel(alpha=1.0, outcome="probability")
    matched = ds["effect"] / ds["effect_matched"]
    parts = [ds["effect"] / ds["effect_random"].sel(direction=d) for d in ds["direction"].values]
    names = ["equal norm", "equal covariance", "matched latents"]
    values = np.stack([p.transpose("seed", "variable").values for p in (*parts, matched)])
    drawn = xr.Dataset(
        {"ratio": variable(("to", "seed", "variable"), values, "ratio of mean |dp|", "1")},
        {
            "to": coordinate("to", np.array(names, dtype=object), "to"),
            "seed": ds["seed"],
            "variable": ds["variable"],
        },
    )
    short = {v: v.replace("latent ", "") for v in ds["variable"].values}
    panels = []
    for title, latent in (("known variables", False), ("latents, by how often they fire", True)):
        here = drawn.sel(variable=(ds["role"] == "latent") == latent)
        here = _named(here if latent else here.isel(to=slice(0, 2)), short)
        panel = theme.intervals(here, "ratio", "variable", "to", title=title)
        panels.append(theme.overlay(panel, theme.reference_line(1.0)))
    return theme.layout(*panels)


FIGURES: dict[str, Figure] = {}
