"""Figures: verdicts, the ladder of controls, probes, selectivity, interventions, latents."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Figure, theme
from tegum.labels import coordinate, variable

Data = Mapping[str, xr.Dataset]
VERDICTS = ("MODEL", "UPSTREAM", "DATASET", "PROBE-ARTEFACT", "INCONCLUSIVE")
SHORT = {
    "UPSTREAM": "UPSTR.",
    "DATASET": "DATA",
    "PROBE-ARTEFACT": "ARTEF.",
    "INCONCLUSIVE": "OPEN",
}
NORM, COVARIANCE = "equal_norm", "equal_covariance"
RANDOM = ("random", "random of types")
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
    """Share of each verdict for each known role; random labels are roles of their own."""
    verdict = ds["verdict"].sel(scale)
    true, kind = verdict.isel(labelling=0), ds["labels"].values
    random = {k: verdict.isel(labelling=np.flatnonzero(kind == k)) for k in RANDOM}
    roles = list(dict.fromkeys(ds["role"].values))
    groups = {role: true.sel(variable=ds["role"] == role) for role in roles} | random
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
        for outcome, direction in (("expected", NORM), ("logit", COVARIANCE)):
            text = f"{title}: {outcome}, {direction.replace('_', ' ')}"
            panels.append(_confusion(ds, text, outcome=outcome, direction=direction))
    return theme.layout(*panels)


def _rungs(rungs: xr.Dataset, names: Mapping[str, str], title: str, suffix: str = "") -> xr.Dataset:
    """FVU of some rungs, under short names."""
    found = rungs[["fvu"]].sel(control=[f"{name}{suffix}" for name in names])
    plain = np.array(list(names.values()), dtype=object)
    return found.assign_coords(control=coordinate("control", plain, title))


def _ladder(data: Data) -> Any:
    rungs = data["ladder"]
    trained = theme.reference_line(float(rungs["fvu"].sel(control="none").mean()))
    weights = {
        "untrained": "untrained",
        "matched_normal": "Gaussian",
        "permuted": "permuted",
        "spectrum": "spectrum",
    }
    both = xr.concat(
        [_rungs(rungs, weights, "weights"), _rungs(rungs, weights, "weights", "_kept")],
        coordinate("embedding", np.array(["changed too", "kept"], dtype=object), "embeddings"),
        combine_attrs="override",
    )
    others = {
        "tokens": {"unigram": "shuffled", "uniform": "uniform", "markov": "Markov-1"},
        "activations": {
            "gaussian": "Gaussian",
            "permuted_dimensions": "dimensions",
            "permuted_latents": "latents",
            "random_decoder": "directions",
        },
        "what is not learnt": {
            "frozen_decoder": "decoder",
            "soft_frozen_decoder": "soft decoder",
            "frozen_encoder": "encoder",
        },
    }
    panels = [theme.intervals(both, "fvu", "control", "embedding", ylim=(0.0, None))]
    for title, names in others.items():
        here = _rungs(rungs, names, title)
        panels.append(theme.intervals(here, "fvu", "control", ylim=(0.0, None)))
    return theme.layout(*(theme.overlay(panel, trained) for panel in panels))


def _architectures(data: Data) -> Any:
    others = data["architectures"]
    topk = data["ladder"][list(others.data_vars)].sel(control=others["control"].values)
    rungs = xr.concat([topk.expand_dims(architecture=["topk"]), others], "architecture")
    rungs["ratio"] = rungs["fvu"] / rungs["fvu"].sel(control="none")
    rungs["ratio"].attrs = {"long_name": "FVU over that of the trained model", "units": "1"}
    near = {"markov": "Markov-1", "permuted_latents": "latents", "random_decoder": "directions"}
    far = {
        "spectrum_kept": "spectrum",
        "gaussian": "Gaussian",
        "frozen_decoder": "frozen",
    }
    drawn: list[tuple[str, Mapping[str, str], float, dict[str, Any]]] = [
        ("ratio", near, 1.0, {}),
        ("ratio", far, 1.0, {"logy": True}),
        ("l0", {"none": "trained"} | near, 4.0, {}),
        ("l0", far, 4.0, {}),
    ]
    panels = []
    for y, names, level, look in drawn:
        here = rungs[[y]].sel(control=list(names))
        plain = coordinate("control", np.array(list(names.values()), dtype=object), "control")
        panel = theme.intervals(
            here.assign_coords(control=plain), y, "control", "architecture", **look
        )
        panels.append(theme.overlay(panel, theme.reference_line(level)))
    return theme.layout(*panels)


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
    own = ds["auroc"] - ds["auroc_control"]
    own.attrs = {"long_name": "AUROC minus that on the control task", "units": "1"}
    return ds.assign(own=own)


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
    return theme.band(drawn, "moved", "alpha", "along", control=names[1:], **look)


def _interventions(data: Data) -> Any:
    roles = {"used": ("used",), "unused": ("unused_linear", "unused_nonlinear")}
    return theme.layout(
        *(
            _moved(data["bits"], of, outcome, f"{name} variables")
            for outcome in ("expected", "logit")
            for name, of in roles.items()
        )
    )


def _latents(data: Data) -> Any:
    ds = data["latents"].isel(labelling=0).sel(alpha=1.0, outcome="expected")
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


_SEEDS = "Mean over 5 seeds with the 95 % bootstrap interval"
FIGURES = {
    "verdicts": Figure(
        caption=(
            "Share of each verdict of the rule (columns) among the variables of each known role "
            "(rows), 5 seeds; `random`: random labels of the variables' base rates, of samples and "
            "of types of input, the control. "
            "Top: classifiers of bits; bottom: language models, where nothing is known of the "
            "latents. Left: effects on the outputs that go with the variable in the data, beside "
            "random directions of equal norm; right: on all logits, beside random directions of "
            "equal covariance. UPSTR.: upstream, DATA: dataset, ARTEF.: probe artefact, OPEN: "
            "inconclusive. No interval: shares of 5 to 240 verdicts."
        ),
        shows=(
            "Random labels are artefacts, whatever effects are compared with, and no unused "
            "variable is judged MODEL. In language models the used variables are; in classifiers "
            "they are UPSTREAM, since an untrained network of 32 neurons is read as well."
        ),
        surprise=(
            "Left, the rule has no power to call anything DATASET: most random directions do next "
            "to nothing and a few a great deal, so that twice their mean is no rare effect. Right "
            "it has the power, and calls used variables DATASET too: directions of equal "
            "covariance are made of the used variables."
        ),
        draw=_verdicts,
    ),
    "ladder": Figure(
        caption=(
            "Fraction of variance unexplained by a TopK dictionary (128 latents, 4 active) on the "
            "residual stream of a small language model, where weights (top left), tokens (top "
            "right) or activations (bottom left: Gaussian of equal mean and covariance, permuted "
            "dimensions, permuted latents, random directions with the same codes) have lost some "
            "structure, or a part of the dictionary is not learnt (bottom right). "
            f"{_SEEDS}; dashed: the trained model."
        ),
        shows=(
            "The dictionary explains the trained model better than every control but one: the same "
            "codes with random directions, which are sparse in its own sense by construction."
        ),
        surprise=(
            "The matched Gaussian is far from the worst, better than every untrained model. The "
            "trained model's activations have few large principal components (participation ratio "
            "3.8 of 32, against 11 untrained), and what keeps their covariance is easy to explain."
        ),
        draw=_ladder,
    ),
    "architectures": Figure(
        caption=(
            "Dictionaries of six architectures (128 latents, about 4 active) under the controls "
            "that are hardest to beat: FVU over that on the trained model (left: Markov-1 tokens, "
            "permuted latents, random directions with the same codes; right: weights of equal "
            "spectrum with the trained embeddings, Gaussian activations, frozen directions). "
            "Below: active latents per sample on fresh data. "
            f"{_SEEDS}; dashed: the trained model, and the 4 active latents asked for."
        ),
        shows=(
            "Every architecture explains the trained model far better than what has lost its "
            "weights, its sparsity or its freedom to learn directions; but Markov-1 tokens are "
            "nearly as good as the corpus, and random directions with the same codes no worse: a "
            "good reconstruction does not say which directions there are."
        ),
        surprise=(
            "Latents permuted apart from each other are five times as hard for TopK, and make no "
            "clear difference to Standard and Matryoshka: these two gain nothing from what fires "
            "together."
        ),
        draw=_architectures,
    ),
    "probes": Figure(
        caption=(
            "AUROC of linear probes of two used and three unused variables, on trained classifiers "
            "and on four controls on their weights; grey: the control task, one random label for "
            f"each value of six bits, on trained ones. {_SEEDS}."
        ),
        shows=(
            "A probe reads every variable, used or not. Networks that never learnt are read better "
            "where the variable is unused: accuracy does not tell the model from the data."
        ),
        surprise=(
            "Weights of equal spectrum are read worst. Training left a spectrum with a few large "
            "values, and random directions with that spectrum keep less of the input than others."
        ),
        draw=_probes,
    ),
    "selectivity": Figure(
        caption=(
            "AUROC minus that on the control task against the number of training samples: by "
            "variable (l2 = 0.01), by l2 (mean over variables), by family of probes (mean over "
            f"variables); bottom right the AUROC itself. {_SEEDS}."
        ),
        shows=(
            "More samples raise the accuracy of every family, and let it memorise the control "
            "task: selectivity falls."
        ),
        surprise=(
            "The most accurate family is the quadratic one, not the network, and with 1,200 "
            "samples it is by far the least selective. Nor is the linear one the most selective: "
            "at 600 samples the network is, by a little."
        ),
        draw=_selectivity,
    ),
    "interventions": Figure(
        caption=(
            "Mean size of the change of the outputs against the multiple of the difference of "
            "class means that is added to negatives, for used (left) and unused variables (right) "
            "of the classifiers. Top: probabilities along the change that goes with the variable "
            "in the data, bottom: all logits. Beside random directions of equal norm and of equal "
            f"covariance (the controls). {_SEEDS}; log scale."
        ),
        shows=(
            "A used variable moves its output all the way; an unused one moves probabilities by a "
            "thousandth."
        ),
        surprise=(
            "The ratio to directions of equal norm, about 60 in probabilities, is 4 in logits: the "
            "rest is the saturation of the sigmoid. Unused variables move the output more than "
            "directions of equal norm, since by chance the class means of 600 samples differ in "
            "the used variables as well; directions of equal covariance move it further."
        ),
        draw=_interventions,
    ),
    "latents": Figure(
        caption=(
            "Mean change of the next token's probabilities, along that which goes with the "
            "variable in the data, over that of random directions of equal norm, of equal "
            "covariance, and of latents of like density, in language models. Left: the difference "
            "of class means of known variables, added; right: latents of the dictionary, taken "
            "away. "
            f"{_SEEDS}; dashed: no difference (the control)."
        ),
        shows=(
            "The number of the subject and the topic, which the model uses, stand out among random "
            "directions; the style of the determiner, for which it has no use, hardly does."
        ),
        surprise=(
            "Most latents do no more to the tokens that go with them than other latents or "
            "directions of equal covariance do, although untrained models are read far worse "
            "(AUROC 0.99 against 0.77)."
        ),
        draw=_latents,
    ),
}
