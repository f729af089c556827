"""B-4, B-5: families of probes beside the control task, and labels that say nothing."""

import xarray as xr

from tegum.evidence.rows import BOTH, of_label, share, share_of_random
from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, listed
from tegum.ledger.findings import finding, untestable
from tegum.studies.model_or_dataset.claims.shared import ANALOGUE, ERROR, PROTOTYPE, RULE, trained

HEWITT = "Hewitt and Liang 2019, not re-read"
THREAD = "Mendel (comments): choose probes by accuracy relative to the control"
TAGGED = "contextual representations of text with tagged parts of speech (about 1M tokens)"
ARTEFACT = "PROBE-ARTEFACT"
NEAR_ZERO = 0.02
"""Largest |mean selectivity| of random labels: own choice."""
SAMPLES = 600
"""Samples at which families of probes are compared: those of the other probes."""
WHERE = f"mean over variables, {SAMPLES} samples"
TWO = {"family": ("linear", "mlp"), "n_train": SAMPLES}
ALL = {"family": ("linear", "quadratic", "mlp"), "n_train": SAMPLES}

b4_accuracy = untestable(
    "b4_accuracy",
    "Linear and MLP probes reach about 97 % on parts of speech.",
    HEWITT,
    f"needs {TAGGED}; here variables of small models",
)
b4_selectivity = untestable(
    "b4_selectivity",
    "On parts of speech the MLP's selectivity is far smaller than the linear probe's, its "
    "accuracy on the control task above 90 %.",
    HEWITT,
    f"needs {TAGGED}; an analogue is judged beside it",
)


def _scores(ds: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """AUROC, that on the control task, and their difference, by family and seed."""
    here = at(ds, n_train=SAMPLES)
    accuracy, memory = (here[name].mean("variable") for name in ("auroc", "auroc_control"))
    return accuracy, memory, accuracy - memory


def _lead(values: xr.DataArray, family: str, *others: str) -> xr.DataArray:
    """Of one family over the best of some others."""
    return at(values, family=family) - at(values, family=others).max("family")


@trained("families", "An MLP probe is less selective than a linear one.", HEWITT + ANALOGUE, at=TWO)
def b4_selectivity_analogue(ds: xr.Dataset) -> Claim:
    accuracy, _, own = _scores(ds)
    control = "difference of AUROC", _lead(accuracy, "mlp", "linear")
    because = f"MLP minus linear, {WHERE}"
    return below(0.0, _lead(own, "mlp", "linear"), control=control, because=because)


@trained(
    "families",
    "An MLP probe scores better on the control task than a linear one.",
    HEWITT + ANALOGUE,
    at=TWO,
)
def b4_memorising_analogue(ds: xr.Dataset) -> Claim:
    accuracy, memory, _ = _scores(ds)
    control = "difference of AUROC on the true labels", _lead(accuracy, "mlp", "linear")
    because = f"MLP minus linear, {WHERE}: {listed(memory, 3)}"
    return above(0.0, _lead(memory, "mlp", "linear"), control=control, because=because)


def _counted(ds: xr.Dataset, kind: str = "per seed, of the variables' base rates") -> str:
    random = of_label(ds, "labels", "random")
    return f"{random.sizes['variable'] * random.sizes['labelling']} random labels {kind}"


def _beside_permuted(bits: xr.Dataset, bound: str) -> list[xr.DataArray]:
    """AUROC minus that of other permuted labels, of random and of true ones."""
    kinds = (of_label(bits, "labels", kind)["selectivity"] for kind in ("random", "true"))
    return [at(kind, label_control="permuted", bound=bound) for kind in kinds]


@finding("bits", "The selectivity of random labels is near 0.", PROTOTYPE)
def b5_selectivity(bits: xr.Dataset) -> Claim:
    random, true = (values.mean(BOTH) for values in _beside_permuted(bits, "value"))
    because = f"|mean AUROC minus that of other permuted labels|; {_counted(bits)}"
    return below(NEAR_ZERO, abs(random), control=("true labels", true), because=because)


@finding("bits", "The rule judges at least 95 % of random labels PROBE-ARTEFACT.", PROTOTYPE)
def b5_artefact(bits: xr.Dataset) -> Claim:
    random, control = share_of_random(bits, ARTEFACT), ("true labels", share(bits, ARTEFACT))
    return above(1 - ERROR, random, control=control, because=_counted(bits))


@finding(
    "bits", "Beside permuted labels alone, at most 5 % of random labels seem selective.", PROTOTYPE
)
def b5_one_control(bits: xr.Dataset) -> Claim:
    random, true = ((values > 0).mean(BOTH) for values in _beside_permuted(bits, "low"))
    return below(ERROR, random, control=("true labels", true), because=_counted(bits))


def _false_positives(ds: xr.Dataset) -> Claim:
    """Of that kind of random labels, of samples or of types, of which more are judged MODEL."""
    rates = {kind: share_of_random(ds, "MODEL", kind) for kind in ("random", "random of types")}
    each = ", ".join(f"{kind} {float(rate.mean()):.3f}" for kind, rate in rates.items())
    worst = max(rates.values(), key=lambda rate: float(rate.mean()))
    because = _counted(ds, f"of each kind per seed: {each}")
    return below(ERROR, worst, control=("true labels", share(ds, "MODEL")), because=because)


false_positives = finding("bits", "The rule judges at most 5 % of random labels MODEL.", RULE)(
    _false_positives, id="false_positives"
)
false_positives_language = finding(
    "latents", "Likewise in language models, of random labels of variables and latents.", RULE
)(_false_positives, id="false_positives_language")


@trained("families", "The MLP is the most accurate family of probes.", THREAD, at=ALL)
def family_accuracy(ds: xr.Dataset) -> Claim:
    accuracy, memory, _ = _scores(ds)
    lead, on_task = (_lead(values, "mlp", "linear", "quadratic") for values in (accuracy, memory))
    because = f"lead of its AUROC, {WHERE}: {listed(accuracy, 3)}"
    return above(0.0, lead, control=("on the control task", on_task), because=because)


@trained("families", "The linear family is the most selective.", THREAD, at=ALL)
def family_selectivity(ds: xr.Dataset) -> Claim:
    accuracy, _, own = _scores(ds)
    lead, of_auroc = (_lead(values, "linear", "quadratic", "mlp") for values in (own, accuracy))
    because = f"lead of its AUROC minus that on the control task, {WHERE}: {listed(own, 3)}"
    return above(0.0, lead, control=("lead of its AUROC", of_auroc), because=because)
