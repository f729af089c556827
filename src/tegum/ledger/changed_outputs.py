"""Findings on what errors of dictionaries do to outputs, in the studies that measure that.

Thresholds are the same in all of them.
"""

from collections.abc import Callable
from functools import partial

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, listed
from tegum.ledger.findings import Finding, finding

GURNEE = "Gurnee 2024, SAE reconstruction errors are (empirically) pathological"
PLATEAUS = "Heimersheim and Mendel 2024, activation plateaus"
TOY = "Mendel (comments); measured on a toy model with a threshold, in the study sae_errors"

TWICE = 2.0
"""The lower end of the published ratios, 2 to 4.5."""
WELL = 1.5
"""Ratio that counts as well above 1: own choice, as in sae_errors."""
CAUSES = {
    "norm": (
        "It is not the length of reconstructions: with corrected norms they do well more as well.",
        GURNEE,
        ("norm corrected", "isotropic"),
        "norm-corrected reconstructions over that of isotropic changes as long as errors",
    ),
    "covariance": (
        "It is not the covariance of the errors: random changes of equal covariance do less.",
        GURNEE,
        ("dictionary", "equal covariance"),
        "the dictionary's errors over that of random changes of equal covariance, as long",
    ),
    "shuffled": (
        "The error of another token does less than the token's own.",
        TOY,
        ("dictionary", "shuffled"),
        "a token's own error over that of another token's, as long",
    ),
}
"""Name to a statement on what errors owe their effect to, its source, the ratio and its words."""


Judge = Callable[[xr.Dataset], Claim]


def on_errors(
    sweep: str,
    there: Callable[[xr.Dataset], xr.Dataset],
    converged: float,
    model_converged: float | None = None,
) -> list[Finding]:
    """Findings `g1` to `g5` on a measured Dataset that has what `dictionaries.outputs` finds.

    Args:
        sweep: of this Dataset.
        there: gives it back, or raises `Untested` where its rows could not be made.
        converged: largest change of the losses at which verdicts count.
        model_converged: the same for what rests on the model alone; None where nobody trained it.
    """

    def guarded(judge: Judge) -> Judge:
        return lambda outputs: judge(there(outputs))

    of_dictionaries = partial(finding, sweep, converged=converged)
    causes = [
        of_dictionaries(statement, source)(guarded(partial(_cause, both, words)), id=f"g1_{name}")
        for name, (statement, source, both, words) in CAUSES.items()
    ]
    return [
        of_dictionaries(
            "Errors of dictionaries change outputs at least twice as much as random changes as "
            "long.",
            GURNEE,
        )(guarded(_g1), id="g1"),
        *causes,
        of_dictionaries(
            "Changes of active latents alone change outputs well more than random ones.", TOY
        )(guarded(_g3), id="g3"),
        finding(
            sweep,
            "Towards another activation outputs change sooner than in a random direction.",
            PLATEAUS,
            converged=model_converged,
        )(guarded(_g5), id="g5"),
    ]


def ratio(outputs: xr.Dataset, name: str, by: str = "isotropic") -> xr.DataArray:
    """Divergence of one substitution over that of another."""
    kl = outputs["kl"]
    return at(kl, substitution=name) / at(kl, substitution=by)


def _again(outputs: xr.Dataset) -> tuple[str, xr.DataArray]:
    return "other isotropic changes", ratio(outputs, "isotropic again")


def _g1(outputs: xr.Dataset) -> Claim:
    loss = outputs["loss"].mean("seed")
    told = (
        "KL of the dictionary's errors over that of isotropic changes as long; loss "
        f"{float(at(loss, substitution='dictionary')):+.2f} against "
        f"{float(at(loss, substitution='isotropic')):+.2f} nat; one position is changed; FVU "
        f"{float(outputs['fvu'].mean()):.2f}"
    )
    return above(TWICE, ratio(outputs, "dictionary"), control=_again(outputs), because=told)


def _cause(both: tuple[str, str], words: str, outputs: xr.Dataset) -> Claim:
    name, by = both
    control = ("isotropic changes", ratio(outputs, "isotropic", by))
    return above(
        WELL,
        ratio(outputs, name, by),
        control=_again(outputs) if by == "isotropic" else control,
        because=f"KL of {words}",
    )


def _g3(outputs: xr.Dataset) -> Claim:
    kl = outputs["moved_kl"]
    found, other = (at(kl, move=name) / at(kl, move="isotropic") for name in ("active", "inactive"))
    told = (
        "KL over that of isotropic changes as long, both from the reconstruction, on the "
        f"{float(outputs['movable'].mean()):.0%} of samples in which active latents can move so far"
    )
    return above(WELL, found, control=("as many inactive latents", other), because=told)


def _g5(outputs: xr.Dataset) -> Claim:
    half = outputs["half"]
    found, matched = (
        at(half, line="difference") / at(half, line=name)
        for name in ("isotropic", "equal covariance")
    )
    told = (
        "distance at which the divergence has half of its maximum, over that of isotropic "
        f"directions; the maxima, in nat: {listed(outputs['line_kl'].isel(distance=-1))}"
    )
    control = "over that of directions of equal covariance", matched
    return below(1.0, found, control=control, because=told)
