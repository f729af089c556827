"""Figures: verdicts, the ladder of controls, probes, selectivity, interventions, latents."""

from collections.abc import Hashable, Mapping

import holoviews as hv
import numpy as np
import xarray as xr

from tegum.figures import figure, theme
from tegum.figures.series import as_series, named, shares
from tegum.labels import at, at_least, joined, labelled

Data = Mapping[str, xr.Dataset]
NORM, COVARIANCE = "equal_norm", "equal_covariance"
L2 = 0.01
SEEDS = "Mean over seeds with the 95 % bootstrap interval"
VERDICTS = {
    "MODEL": "MODEL",
    "UPSTREAM": "UPSTR.",
    "DATASET": "DATA",
    "PROBE-ARTEFACT": "ARTEF.",
    "INCONCLUSIVE": "INCON.",
}
BITS = {
    "used_and": "x0 & x1",
    "used_and_second": "x2 & x3",
    "unused_linear": "x4",
    "unused_and": "x5 & x6",
    "unused_xor": "x8 ^ x9",
}
WEIGHTS = {
    "untrained": "untrained",
    "matched_normal": "Gaussian",
    "permuted": "permuted",
    "spectrum": "spectrum",
}
KEPT = {f"{name}_kept": short for name, short in WEIGHTS.items()}
TOKENS = {"unigram": "shuffled", "uniform": "uniform", "markov": "Markov-1"}
ACTIVATIONS = {
    "gaussian": "Gaussian",
    "permuted_dimensions": "dimensions",
    "permuted_latents": "latents",
    "random_decoder": "directions",
}
LEARNING = {
    "frozen_decoder": "decoder",
    "soft_frozen_decoder": "soft decoder",
    "frozen_encoder": "encoder",
}
NEAR = {"markov": "Markov-1", "permuted_latents": "latents", "random_decoder": "directions"}
FAR = {"spectrum_kept": "spectrum", "gaussian": "Gaussian", "frozen_decoder": "frozen"}


def _confusion(ds: xr.Dataset, title: str, outcome: str, direction: str) -> hv.Overlay:
    """Share of each verdict for each known role; random labels are roles of their own."""
    verdict, role = at(ds["verdict"], outcome=outcome, direction=direction), ds["role"]
    true = verdict.isel(labelling=0)
    groups = {r: true.isel(variable=np.flatnonzero(role == r)) for r in dict.fromkeys(role.values)}
    for kind in dict.fromkeys(ds["labels"].values[1:]):
        groups[kind] = verdict.isel(labelling=np.flatnonzero(ds["labels"] == kind))
    words = {name.replace("_", " "): group for name, group in groups.items()}
    drawn = shares(words, VERDICTS, "known role", "verdict")
    title = f"{title}: {outcome}, {direction.replace('_', ' ')}"
    return theme.heatmap(drawn, "share", "class", "group", limits=(0.0, 1.0), title=title)


@figure(
    caption="Share of each verdict of the rule (columns) among the variables of each known role "
    "(rows), all seeds; `random`: random labels of the variables' base rates, of samples and of "
    "types of input, the control. Top: classifiers of bits; bottom: language models, where nothing "
    "is known of the latents. Left: effects on the outputs that go with the variable in the data, "
    "beside random directions of equal norm; right: on all logits, beside random directions of "
    "equal covariance. UPSTR.: upstream, DATA: dataset, ARTEF.: probe artefact, INCON.: "
    "inconclusive. No interval: shares of few verdicts.",
    shows="Of random labels a share of {b5_artefact} are artefacts. Of the unused variables of "
    "classifiers {b1_unused_not_model} are judged MODEL, of those of language models "
    "{language_unused}; of the used ones {b1_used_model} and {language_used.control_estimate}: an "
    "untrained classifier is read as well, so that its variables are UPSTREAM.",
    surprise="Left, the rule has no power to call anything DATASET (b1_unused_dataset: "
    "{b1_unused_dataset.verdict}): most random directions do next to nothing and a few a great "
    "deal, so that twice their mean is no rare effect. Right it has the power, and calls used "
    "variables DATASET too: directions of equal covariance are made of the used variables.",
    sweeps=("bits", "latents"),
)
def verdicts(data: Data) -> hv.Layout:
    panels = [
        _confusion(data[sweep], title, outcome, direction)
        for sweep, title in (("bits", "classifiers"), ("latents", "language models"))
        for outcome, direction in (("expected", NORM), ("logit", COVARIANCE))
    ]
    return theme.layout(*panels)


@figure(
    caption="Fraction of variance unexplained by a TopK dictionary on the residual stream of a "
    "small language model, where weights (top left), tokens (top right) or activations (bottom "
    "left: Gaussian of equal mean and covariance, permuted dimensions, permuted latents, random "
    "directions with the same codes) have lost some structure, or a part of the dictionary is not "
    f"learnt (bottom right). {SEEDS}; dashed: the trained model.",
    shows="The dictionary explains the trained model better than all controls on the weights "
    "(b2_weights: {b2_weights.verdict}) and on the tokens (b2_inputs: {b2_inputs.verdict}), by an "
    "FVU of {b2_weights} and {b2_inputs} at least. The same codes with random directions are "
    "sparse in its own sense by construction (beats_random_decoder: "
    "{beats_random_decoder.verdict}).",
    surprise="The matched Gaussian need not be the worst (b2_gaussian: {b2_gaussian.verdict}): its "
    "lead over permuted dimensions, or theirs over the next, is {b2_gaussian}. Where a trained "
    "model's activations have few large principal components, what keeps their covariance is easy "
    "to explain.",
    sweeps=("ladder",),
)
def ladder(data: Data) -> hv.Layout:
    fvu = data["ladder"][["fvu"]]
    trained = theme.reference_line(float(at(fvu["fvu"], control="none").mean()), "trained")
    parts = {"changed too": WEIGHTS, "kept": KEPT}
    weights = {k: named(fvu, "control", names, "weights")["fvu"] for k, names in parts.items()}
    both = as_series("embedding", weights, "embeddings")
    panels = [theme.intervals(both, "value", "control", "embedding", ylim=(0.0, None))]
    others = {"tokens": TOKENS, "activations": ACTIVATIONS, "what is not learnt": LEARNING}
    for title, names in others.items():
        here = named(fvu, "control", names, title)
        panels.append(theme.intervals(here, "fvu", "control", ylim=(0.0, None)))
    return theme.layout(*(theme.overlay(panel, trained) for panel in panels))


@figure(
    caption="Dictionaries of several architectures under the controls that are hardest to beat: "
    "FVU over that on the trained model (left: Markov-1 tokens, permuted latents, random "
    "directions with the same codes; right: weights of equal spectrum with the trained embeddings, "
    "Gaussian activations, frozen directions). Below: active latents per sample on fresh data. "
    f"{SEEDS}; dashed: the trained model, and the active latents of TopK on it.",
    shows="Every architecture explains the trained model better than what has lost its weights or "
    "its freedom to learn directions, Matryoshka by an FVU of {matryoshka_weights} and "
    "{matryoshka_frozen}. On Markov-1 tokens its FVU differs by {matryoshka_inputs}, on the same "
    "codes with random directions by {matryoshka_same_codes}: a good reconstruction does not say "
    "which directions there are.",
    surprise="Latents permuted apart from each other raise the FVU of TopK, which gains from what "
    "fires together, by {beats_permuted_latents}; where the difference is least, these or Gaussian "
    "activations raise that of Standard by {standard_activations}, of Matryoshka by "
    "{matryoshka_activations}.",
    sweeps=("ladder", "architectures"),
)
def architectures(data: Data) -> hv.Layout:
    others = at_least(data["architectures"][["fvu", "l0"]], architecture=1)
    topk = at(data["ladder"][["fvu", "l0"]], control=others["control"].values)
    rungs = xr.concat([topk.expand_dims(architecture=["topk"]), others], "architecture")
    own = at(rungs, control="none")
    ratio = (rungs["fvu"] / own["fvu"]).assign_attrs(long_name="FVU over that of the trained model")
    rungs["ratio"] = ratio.assign_attrs(units="1")
    active = float(own["l0"].isel(architecture=0).mean())
    panels = []
    for y, level, says in (("ratio", 1.0, "trained"), ("l0", active, "TopK")):
        for names in ({"none": "trained"} | NEAR if y == "l0" else NEAR, FAR):
            here = named(rungs[[y]], "control", names, "control")
            log, legend = y == "ratio" and names is FAR, "right" if names is FAR else None
            panel = theme.intervals(here, y, "control", "architecture", logy=log, legend=legend)
            panels.append(theme.overlay(panel, theme.reference_line(level, says)))
    return theme.layout(*panels)


@figure(
    caption="AUROC of linear probes of two used and three unused variables, on trained classifiers "
    "and on four controls on their weights; grey: the control task, one random label for each type "
    f"of input, on trained ones. {SEEDS}.",
    shows="A probe reads used variables with an AUROC of {b1_decoded}, and unused ones too. "
    "Networks that never learnt are read better where the variable is unused, by {b1_reinit} for "
    "the variable of which this is least: accuracy does not tell the model from the data.",
    surprise="Weights of equal spectrum need not lie between the two (b1_spectrum: "
    "{b1_spectrum.verdict}). Training leaves a spectrum with a few large values, and random "
    "directions with that spectrum keep less of the input than others.",
    sweeps=("bits",),
)
def probes(data: Data) -> hv.Overlay:
    bits = named(data["bits"], "variable", BITS)
    task = at(bits["auroc_control"], label_control="control_task").drop_vars("label_control")
    task = task.expand_dims(control=np.array(["control task"], dtype=object))
    drawn = xr.concat([bits["auroc"], task], "control", combine_attrs="override")
    drawn = drawn.to_dataset(name="auroc")
    drawn["control"].attrs = {"long_name": "weights", "units": "1"}
    labels: dict[Hashable, str] = {"none": "trained", **WEIGHTS, "control task": "control task"}
    look: theme.Look = {"control": "control task", "labels": labels}
    return theme.intervals(drawn, "auroc", "variable", "control", **look)


@figure(
    caption="AUROC minus that on the control task against the number of training samples: by "
    f"variable (l2 = {L2:g}), by l2 (mean over variables), by family of probes (mean over "
    f"variables); bottom right the AUROC itself. {SEEDS}.",
    shows="More samples raise the accuracy of every family, and let it memorise the control task: "
    "selectivity falls.",
    surprise="The most accurate family need not be the network (family_accuracy: "
    "{family_accuracy.verdict}), nor the linear one the most selective (family_selectivity: "
    "{family_selectivity.verdict}; its lead is {family_selectivity}).",
    sweeps=("selectivity", "families"),
)
def selectivity(data: Data) -> hv.Layout:
    def selective(name: str) -> xr.Dataset:
        own = data[name]["auroc"] - data[name]["auroc_control"]
        own.attrs = {"long_name": "AUROC minus that on the control task", "units": "1"}
        return named(data[name].assign(own=own), "variable", BITS)

    sweep, families = selective("selectivity"), selective("families")
    both = families[["own", "auroc"]].mean("variable", keep_attrs=True)
    by_l2 = sweep[["own"]].mean("variable", keep_attrs=True)
    look: theme.Look = {"logx": True, "markers": True}
    return theme.layout(
        theme.band(at(sweep[["own"]], l2=L2), "own", "n_train", "variable", **look),
        theme.band(by_l2, "own", "n_train", "l2", **look),
        theme.band(both, "own", "n_train", "family", **look),
        theme.band(both, "auroc", "n_train", "family", **look),
    )


@figure(
    caption="Mean size of the change of the outputs against the multiple of the difference of "
    "class means that is added to negatives, for used (left) and unused variables (right) of the "
    "classifiers. Top: probabilities along the change that goes with the variable in the data, "
    "bottom: all logits. Beside random directions of equal norm and of equal covariance (the "
    f"controls). {SEEDS}; log scale.",
    shows="A used variable moves its output all the way, by {unused_probability.control_estimate} "
    "in probability; an unused one by {unused_probability}.",
    surprise="The ratio to directions of equal norm, {b1_ratio} in probabilities, is "
    "{b1_ratio_logit} in logits: the rest is the saturation of the sigmoid. Unused variables move "
    "the output {b1_unused_still} times as far as directions of equal norm, since by chance the "
    "class means of the samples differ in the used variables as well; beside directions of equal "
    "covariance it is {unused_covariance}.",
    sweeps=("bits",),
)
def interventions(data: Data) -> hv.Layout:
    panels = []
    for outcome in ("expected", "logit"):
        for title in ("used", "unused"):
            places = np.flatnonzero(data["bits"]["role"].str.startswith(title))
            here = at(data["bits"].isel(labelling=0, variable=places), outcome=outcome)
            moved = here[["effect", "effect_random"]].mean("variable")
            parts = {"feature": moved["effect"]} | {
                f"random, {d.replace('_', ' ')}": at(moved["effect_random"], direction=d)
                for d in (NORM, COVARIANCE)
            }
            drawn = labelled(joined("along", parts), "moved", f"mean change, {outcome}")
            look: theme.Look = {"markers": True, "logy": True, "title": f"{title} variables"}
            look |= {"control": list(parts)[1:], "legend": "right" if title == "unused" else None}
            panels.append(theme.band(drawn, "moved", "alpha", "along", **look))
    return theme.layout(*panels)


@figure(
    caption="Mean change of the next token's probabilities, along that which goes with the "
    "variable in the data, over that of random directions of equal norm, of equal covariance, and "
    "of latents of like density, in language models. Left: the difference of class means of known "
    f"variables, added; right: latents of the dictionary, taken away. {SEEDS}; dashed: no "
    "difference (the control).",
    shows="The number of the subject and the topic, which the model uses, stand out among random "
    "directions; the style of the determiner, for which it has no use, hardly does. A share of "
    "{language_used.estimate} of the former have an effect by the rule.",
    surprise="Latents do {latents_matched} times as much to the tokens that go with them as other "
    "latents do, and {latents_covariance} times as much as directions of equal covariance; a share "
    "of {latents_model} are judged MODEL.",
    sweeps=("latents",),
)
def latents(data: Data) -> hv.Layout:
    ds = at(data["latents"].isel(labelling=0), alpha=1.0, outcome="expected")
    parts = {
        d.replace("_", " "): ds["effect"] / at(ds["effect_random"], direction=d)
        for d in (NORM, COVARIANCE)
    }
    parts["matched latents"] = ds["effect"] / ds["effect_matched"]
    ratio = labelled(joined("to", parts), "ratio", "ratio of mean |dp|")
    panels = []
    for title, latent in (("known variables", False), ("latents, by how often they fire", True)):
        names = ds["variable"].values[(ds["role"] == "latent") == latent]
        short = {str(name): str(name).removeprefix("latent ") for name in names}
        here = named(ratio if latent else ratio.isel(to=slice(0, 2)), "variable", short)
        legend = "right" if latent else None
        panel = theme.intervals(here, "ratio", "variable", "to", title=title, legend=legend)
        panels.append(theme.overlay(panel, theme.reference_line(1.0, "random direction")))
    return theme.layout(*panels)
