"""Figures: imbalance, directions, salience, switches, scores, traps, and hidden states."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import figure, theme
from tegum.figures.series import as_series

Data = Mapping[str, xr.Dataset]

SHOWN = ["ccs", "tpc", "kmeans", "gmm", "logistic", "random"]
CUT = {"threshold": "zero", "normalisation": "train", "control": "none"}
SEEDS = "Five seeds; bands and bars are 95 % bootstrap intervals of the mean over seeds."
TURN = 0.5 * (1 + np.sqrt(1 - (1.0 / 1.5) ** 2))
"""Where theory turns the top component: a = 1.5, e = 1, pi_q = 1/2."""


def _plain(ds: xr.Dataset, names: Sequence[str], **wanted: str) -> xr.Dataset:
    """These variables at zero, by the training means, with true labels, unless told otherwise."""
    found = ds[list(names)]
    return found.sel({d: v for d, v in (CUT | wanted).items() if d in found.dims}, drop=True)


def _by_noise(ds: xr.Dataset, theory: Mapping[str, Mapping[str, str]], low: float) -> Any:
    """Panels against imbalance by noise, of variables with what theory expects beside readers.

    Args:
        theory: variable to series to the variable that it shows.
        low: least value that is drawn.
    """
    panels = []
    for noise in ds["noise"].values.tolist():
        part = ds.sel(noise=noise, drop=True)
        for name, more in theory.items():
            plain = _plain(part, [name])[name]
            parts = {reader: plain.sel(reader=reader, drop=True) for reader in SHOWN}
            table = as_series("reader", parts | {label: part[of] for label, of in more.items()})
            look: Any = {"title": f"noise {noise:g}", "ylim": (low, 1.02)}
            look["control"] = ("random", "majority")
            panels.append(theme.band(table, "value", "truth_probability", "reader", **look))
    return theme.layout(*panels)


@figure(
    caption="Accuracy and balanced accuracy of the test pairs, cut at zero, against the "
    "probability pi that a statement is true, with little and with strong noise; grey: random "
    f"direction, and share of the larger class. Theory: the top component of 500 pairs. {SEEDS}",
    shows="CCS and the top component lose accuracy with imbalance although the noise is little, "
    "{d1_ccs} and {d1_tpc}; clusters and the supervised probe lose none (d1_kmeans: "
    "{d1_kmeans.verdict}, d1_gmm: {d1_gmm.verdict}, d1_logistic: {d1_logistic.verdict}). The top "
    "component follows theory (d1_tpc_curve: {d1_tpc_curve.verdict}).",
    surprise="With strong noise clusters fail too, and at strong imbalance readers without labels "
    "are worse than always answering with the larger class; the supervised probe keeps its range "
    "(d3_logistic: {d3_logistic.verdict}).",
    sweeps=("imbalance",),
)
def imbalance(data: Data) -> Any:
    accuracy = {"tpc, theory": "expected_sampled", "majority": "majority"}
    theory = {"accuracy": accuracy, "balanced_accuracy": {"known truth": "ceiling"}}
    return _by_noise(data["imbalance"], theory, 0.4)


@figure(
    caption="|cos| between each reader's direction and the truth against pi, with little and with "
    f"strong noise; grey: random direction. {SEEDS}",
    shows="With little noise the directions stay, that of the top component within a |cos| of "
    "{d1_cos}: the accuracy that is lost at moderate imbalance is the threshold's. Only CCS turns "
    "away, to {d2_ccs_lost} at the strongest imbalance.",
    surprise="With strong noise the top component loses its direction there as the theory of "
    "random matrices says for 500 pairs in 64 dimensions; CCS does so earlier, and the mixture is "
    "off at balance already.",
    sweeps=("imbalance",),
)
def direction(data: Data) -> Any:
    return _by_noise(data["imbalance"], {"cos_truth": {"tpc, theory": "expected_cos"}}, 0)


@figure(
    caption="Accuracy on the truth and on a balanced distractor against the distractor's scale; "
    f"dashed line: the truth's scale; labels are balanced; grey: random direction. {SEEDS}",
    shows="Readers without labels follow the truth while it is the stronger one and the distractor "
    "after (d5_ccs: {d5_ccs.verdict}, d5_tpc: {d5_tpc.verdict}); the supervised probe is perfect "
    "throughout (d5_logistic: {d5_logistic.verdict}).",
    surprise="Between the scales next to the line they turn over completely. A random direction "
    "already reads more than half of the truth, since little noise leaves few competitors.",
    sweeps=("salience",),
)
def salience(data: Data) -> Any:
    names = "accuracy", "accuracy_distractor"
    return _turning(data["salience"], names, "distractor_scale", 1.5, 0.4)


@figure(
    caption="|cos| with the truth and with a weaker distractor (scale 1 against 1.5) against pi; "
    f"dashed line: where theory turns the top component; grey: random direction. {SEEDS}",
    shows="The top component turns near the analytic imbalance, {d4_tpc} from it; CCS turns "
    "{d4_ccs_earlier} earlier, so that a weaker distractor takes it where the top component still "
    "follows the truth.",
    surprise="2-means turns as late as the top component, while the mixture is long undecided: it "
    "turns in different seeds at very different imbalances.",
    sweeps=("imbalance_distractor",),
)
def switching(data: Data) -> Any:
    names = "cos_truth", "cos_distractor"
    return _turning(data["imbalance_distractor"], names, "truth_probability", TURN, 0)


def _turning(ds: xr.Dataset, names: Sequence[str], x: str, at: float, low: float) -> Any:
    """A panel for each variable, with a line where readers should turn to the distractor."""
    plain = _plain(ds.sel(reader=SHOWN), names)
    look: Any = {"control": "random", "ylim": (low, 1.02)}
    bands = [theme.band(plain[[name]], name, x, "reader", **look) for name in names]
    return theme.layout(
        *(theme.overlay(b, theme.reference_line(at, "predicted", axis="x")) for b in bands)
    )


@figure(
    caption="Accuracy, and accuracy on the pairs where the distractor disagrees with the truth, "
    "against the share of pairs in which it copies the truth, for a weaker and a stronger "
    f"distractor; grey: random direction. {SEEDS}",
    shows="With a stronger distractor the accuracy rises with consistency, in the end by "
    "{consistency_masked}, although of the disagreeing pairs CCS reads {consistency_ccs} rightly: "
    "agreement hides what is followed. (Without consistency the sign of a score that follows the "
    "distractor is a coin's.)",
    surprise="A weaker distractor does no harm to CCS even where it copies the truth in most "
    "pairs; the top component tilts and loses a few of the disagreeing pairs, as theory says "
    "(consistency_tpc: {consistency_tpc.verdict}).",
    sweeps=("consistency",),
)
def consistency(data: Data) -> Any:
    ds = data["consistency"].sel(reader=SHOWN)
    panels = []
    for scale in ds["distractor_scale"].values.tolist():
        for name in ("accuracy", "accuracy_disagreeing"):
            table = _plain(ds.sel(distractor_scale=scale, drop=True), [name])
            title = f"distractor {scale:g}, truth 1.5"
            look: Any = {"control": "random", "title": title, "ylim": (-0.02, 1.02)}
            panels.append(theme.band(table, name, "consistency", "reader", **look))
    return theme.layout(*panels)


@figure(
    caption="Final loss of CCS and accuracy (either sign) of each of ten tries and five seeds, on "
    "the truth and on the distractor, by the distractor's scale; the truth's is 1.5. Points lie on "
    "each other; no interval.",
    shows="Every try finds the truth or the distractor, never a mixture. At equal scales both have "
    "about the same loss; which one the lowest has is chance: the best accuracy among the tries is "
    "{d6_order} above that of the lowest loss.",
    surprise="The more salient the distractor, the lower the loss: the lowest of all belong to "
    "wrong answers. Yet a few tries with the strongest distractors still end on the truth.",
    sweeps=("salience",),
)
def tries(data: Data) -> Any:
    ds = data["salience"]
    scales = [s for s in (0.0, 1.25, 1.5, 1.75, 3.0) if s in ds["distractor_scale"]]
    names = "try_accuracy", "try_accuracy_distractor"
    table = ds[["loss", *names]].sel(distractor_scale=scales)
    return theme.layout(
        *(
            theme.scatter(table, name, "loss", "distractor_scale", colours="viridis")
            for name in names
        )
    )


@figure(
    caption="Scores of the test pairs by class, for one seed (n = 1, no interval), of the top "
    "component and of CCS at the mildest and the strongest imbalance; dashed lines: zero and the "
    "Otsu threshold. The outermost bins hold all that lies beyond.",
    shows="At strong imbalance the two classes of the top component stand as far apart as before, "
    "but zero lies inside the larger one; the Otsu threshold lies between them (d2_tpc: "
    "{d2_tpc.verdict}).",
    surprise="CCS at the strongest imbalance still ranks nearly all false pairs below the true "
    "ones, although of its direction a |cos| of {d2_ccs_lost} is left: Otsu's cut inside the "
    "larger class fails, a cut further left would not.",
    sweeps=("imbalance",),
)
def histograms(data: Data) -> Any:
    ds = data["imbalance"].isel(noise=0, seed=0, drop=True)
    panels = []
    for reader in ("tpc", "ccs"):
        for probability in ds["truth_probability"].values[[0, -1]].tolist():
            part = ds.sel(reader=reader, truth_probability=probability, drop=True)
            look: Any = {"title": f"{reader}, pi = {probability:g}"}
            panel = theme.curves(part[["histogram"]], "histogram", "bin", "label", **look)
            lines = [
                theme.reference_line(0.0, "zero", axis="x"),
                theme.reference_line(float(part["cut"]), "cut", axis="x"),
            ]
            panels.append(theme.overlay(panel, *lines))
    return theme.layout(*panels)


@figure(
    caption="Traps of the official code. Top left: test pairs under a shift from pi = 0.5, centred "
    "by the training or by their own means. Top right: max(accuracy, 1 - accuracy), for a random "
    "direction and shuffled labels. Bottom: linear and MLP probes on 200 pairs, accuracy and "
    f"lowest loss; grey: before training. {SEEDS}",
    shows="Centring by their own means costs {trap_renormalised} of the accuracy of CCS at the "
    "strongest shift. Chance becomes more than a half when the sign is free. The MLP has a loss of "
    "zero at every imbalance, which is that of the linear probe plus {trap_mlp_loss}, and is less "
    "accurate at imbalance (trap_mlp_accuracy: {trap_mlp_accuracy.verdict}).",
    surprise="Centring costs the supervised probe as much. Memorising its 200 pairs changes the "
    "accuracy of the MLP by no more than {trap_mlp_accuracy}; what is lost is the loss as a sign "
    "of quality.",
    sweeps=("imbalance", "probes", "shift"),
)
def traps(data: Data) -> Any:
    shift, hard, probes = data["shift"], data["imbalance"].isel(noise=-1), data["probes"]
    centred = {
        f"{by} mean, {reader}": _plain(shift, ["accuracy"], normalisation=by, reader=reader)
        for reader in ("ccs", "logistic")
        for by in ("train", "test")
    }
    by = "test pairs centred by"
    means = as_series(by, {name: part["accuracy"] for name, part in centred.items()})
    chance = _plain(hard, ["accuracy"], control="shuffled", reader="random")["accuracy"]
    chance = chance.drop_vars("noise")
    sign = as_series("sign", {"by labels": chance, "either": _either(chance)})
    trained = _plain(probes, ["accuracy"])["accuracy"]
    parts = {
        f"{probe}{state}": trained.sel(probe=probe, reader=reader, drop=True)
        for probe in probes["probe"].values.tolist()
        for state, reader in (("", "ccs"), (", untrained", "ccs_untrained"))
    }
    untrained = [name for name in parts if name.endswith("untrained")]
    losses = probes[["loss"]].min("try", keep_attrs=True)
    of_chance: Any = {"title": "random direction, shuffled labels", "control": "by labels"}
    of_probes: Any = {"control": untrained, "ylim": (0.4, 1.02)}
    return theme.layout(
        theme.band(means, "value", "test_truth_probability", by),
        theme.overlay(
            theme.band(sign, "value", "truth_probability", "sign", **of_chance),
            theme.reference_line(0.5, "chance"),
        ),
        theme.band(as_series("probe", parts), "value", "truth_probability", "probe", **of_probes),
        theme.band(losses, "loss", "truth_probability", "probe"),
    )


def _either(accuracy: xr.DataArray) -> xr.DataArray:
    """What max(accuracy, 1 - accuracy) reports."""
    return accuracy.where(accuracy > 0.5, 1.0 - accuracy)


@figure(
    caption="Accuracy on the truth and on the sentiment of hidden states of small transformers, "
    "causal and bidirectional, read at one token, with the label before or after it; grey: "
    f"untrained. {SEEDS}",
    shows="The supervised probe reads the truth from every trained model that can see the label; a "
    "causal one that is read before it has equal members and nothing to read. CCS finds the truth "
    "in some models and the sentiment in others, which are as consistent.",
    surprise="CCS is no better than its own untrained probe, and hardly better than a random "
    "direction: few directions are left in these hidden states (32 distinct pairs, 16 dimensions), "
    "and the model, not the reader, decides which is found.",
    sweeps=("attention",),
)
def attention(data: Data) -> Any:
    ds = data["attention"]
    panels = []
    for place in ds["label_position"].values.tolist():
        for name in ("accuracy", "accuracy_distractor"):
            here = ds.sel(label_position=place, reader=SHOWN, drop=True)
            parts = {
                f"{kind}{state}": _plain(here, [name], attention=kind, control=control)[name]
                for kind in here["attention"].values.tolist()
                for state, control in (("", "none"), (", untrained", "untrained"))
            }
            table = as_series("model", parts)
            untrained = [label for label in parts if label.endswith("untrained")]
            look: Any = {"title": f"label {place.replace('_', ' ')}", "ylim": (0.3, 1.02)}
            look["control"] = untrained
            panels.append(theme.intervals(table, "value", "reader", "model", **look))
    return theme.layout(*panels)
