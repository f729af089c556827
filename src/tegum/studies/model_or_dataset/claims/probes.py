"""B-4, B-5: families of probes beside the control task, and labels that say nothing."""

from functools import partial

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below
from tegum.ledger.findings import finding
from tegum.studies.model_or_dataset.claims.shared import (
    ANALOGUE,
    ERROR,
    PROTOTYPE,
    RULE,
    labelled,
    needs,
    share,
    share_of_random,
    trained,
)

HEWITT = "Hewitt and Liang 2019, not re-read"
THREAD = "Mendel (comments): choose probes by accuracy relative to the control"
NEAR_ZERO = 0.02
"""Largest |mean selectivity| of random labels: own choice."""
SAMPLES = 600
"""Samples at which families of probes are compared: those of the other probes."""
WHERE = f"mean over variables, {SAMPLES} samples"
TAGGED = "contextual representations of text with tagged parts of speech (about 1M tokens); "
TWO = {"family": ("linear", "mlp"), "n_train": SAMPLES}
ALL = TWO | {"family": ("linear", "quadratic", "mlp")}
BOTH = ("variable", "labelling")
OF_BASE_RATES = "per seed, of the variables' base rates"
KINDS = ("random", "random of types")
"""Of labels that say nothing: of samples, or of types of input."""


b4_accuracy = finding((), "Linear and MLP probes reach about 97 % on parts of speech.", HEWITT)(
    partial(needs, TAGGED + "here variables of small models"), id="b4_accuracy"
)
b4_selectivity = finding(
    (),
    "On parts of speech the MLP's selectivity is far smaller than the linear probe's, its "
    "accuracy on the control task above 90 %.",
    HEWITT,
)(partial(needs, TAGGED + "an analogue is judged beside it"), id="b4_selectivity")


def _lead(values: xr.DataArray, family: str, others: tuple[str, ...]) -> xr.DataArray:
    """Of one family over the best of some others."""
    return at(values, family=family) - at(values, family=others).max("family")


def _listed(values: xr.DataArray) -> str:
    """Means over seeds by family, as text."""
    means = values.mean("seed")
    return ", ".join(f"{f} {float(at(means, family=f)):.3f}" for f in means["family"].values)


def _scores(ds: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """AUROC, and that on the control task, by family and seed."""
    here = at(ds, n_train=SAMPLES)
    return here["auroc"].mean("variable"), here["auroc_control"].mean("variable")


@trained("families", "An MLP probe is less selective than a linear one.", HEWITT + ANALOGUE, at=TWO)
def b4_selectivity_analogue(ds: xr.Dataset) -> Claim:
    accuracy, memory = _scores(ds)
    return below(
        0.0,
        _lead(accuracy - memory, "mlp", ("linear",)),
        control=("difference of AUROC", _lead(accuracy, "mlp", ("linear",))),
        because=f"MLP minus linear, {WHERE}",
    )


@trained(
    "families",
    "An MLP probe scores better on the control task than a linear one.",
    HEWITT + ANALOGUE,
    at=TWO,
)
def b4_memorising_analogue(ds: xr.Dataset) -> Claim:
    accuracy, memory = _scores(ds)
    return above(
        0.0,
        _lead(memory, "mlp", ("linear",)),
        control=("difference of AUROC on the true labels", _lead(accuracy, "mlp", ("linear",))),
        because=f"MLP minus linear, {WHERE}: {_listed(memory)}",
    )


def _counted(ds: xr.Dataset) -> str:
    random = labelled(ds, "labels", "random")
    count = random.sizes["variable"] * random.sizes["labelling"]
    return f"{count} random labels"


def _selectivity(ds: xr.Dataset, kind: str, bound: str) -> xr.DataArray:
    """AUROC minus that of other permuted labels, with labels of one kind."""
    of_kind = labelled(ds, "labels", kind)["selectivity"]
    return at(of_kind, label_control="permuted", bound=bound)


@finding("bits", "The selectivity of random labels is near 0.", PROTOTYPE)
def b5_selectivity(bits: xr.Dataset) -> Claim:
    random, true = (_selectivity(bits, kind, "value").mean(BOTH) for kind in ("random", "true"))
    return below(
        NEAR_ZERO,
        abs(random),
        control=("true labels", true),
        because=f"|mean AUROC minus that of other permuted labels|; {_counted(bits)} "
        f"{OF_BASE_RATES}",
    )


@finding("bits", "The rule judges at least 95 % of random labels PROBE-ARTEFACT.", PROTOTYPE)
def b5_artefact(bits: xr.Dataset) -> Claim:
    return above(
        1 - ERROR,
        share_of_random(bits, "PROBE-ARTEFACT"),
        control=("true labels", share(bits, "PROBE-ARTEFACT")),
        because=f"{_counted(bits)} {OF_BASE_RATES}",
    )


@finding(
    "bits",
    "Beside permuted labels alone, at most 5 % of random labels seem selective.",
    PROTOTYPE,
)
def b5_one_control(bits: xr.Dataset) -> Claim:
    random, true = ((_selectivity(bits, kind, "low") > 0).mean(BOTH) for kind in ("random", "true"))
    return below(
        ERROR,
        random,
        control=("true labels", true),
        because=f"{_counted(bits)} {OF_BASE_RATES}",
    )


def _false_positives(ds: xr.Dataset) -> Claim:
    """Of that kind of random labels of which more are judged MODEL."""
    rates = {kind: share_of_random(ds, "MODEL", kind) for kind in KINDS}
    each = ", ".join(f"{kind} {float(rate.mean()):.3f}" for kind, rate in rates.items())
    return below(
        ERROR,
        max(rates.values(), key=lambda rate: float(rate.mean())),
        control=("true labels", share(ds, "MODEL")),
        because=f"{_counted(ds)} of each kind per seed: {each}",
    )


false_positives = finding("bits", "The rule judges at most 5 % of random labels MODEL.", RULE)(
    _false_positives, id="false_positives"
)
false_positives_language = finding(
    "latents", "Likewise in language models, of random labels of variables and latents.", RULE
)(_false_positives, id="false_positives_language")


@trained("families", "The MLP is the most accurate family of probes.", THREAD, at=ALL)
def family_accuracy(ds: xr.Dataset) -> Claim:
    accuracy, memory = _scores(ds)
    return above(
        0.0,
        _lead(accuracy, "mlp", ("linear", "quadratic")),
        control=("on the control task", _lead(memory, "mlp", ("linear", "quadratic"))),
        because=f"lead of its AUROC, {WHERE}: {_listed(accuracy)}",
    )


@trained("families", "The linear family is the most selective.", THREAD, at=ALL)
def family_selectivity(ds: xr.Dataset) -> Claim:
    accuracy, memory = _scores(ds)
    own = accuracy - memory
    return above(
        0.0,
        _lead(own, "linear", ("quadratic", "mlp")),
        control=("lead of its AUROC", _lead(accuracy, "linear", ("quadratic", "mlp"))),
        because=f"lead of its AUROC minus that on the control task, {WHERE}: {_listed(own)}",
    )
