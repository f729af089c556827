"""All of the battery on one case, and what was found as one labelled Dataset."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.dictionaries.base import Dictionary
from tegum.errors import TegumError
from tegum.evidence import dictionary as dictionaries
from tegum.evidence import fvu_ladder, variables
from tegum.evidence.arrays import Case
from tegum.evidence.dictionary import Latents
from tegum.evidence.variables import SHARES, STRENGTHS, Found, Options
from tegum.evidence.verdict import Effect
from tegum.labels import coordinate, variable
from tegum.statistics import benjamini_hochberg, permutation_p_value

Array = NDArray[np.floating]

BOUNDS = ("low", "high")
LABELLINGS = ("labels", "control")


@dataclass(frozen=True)
class Report:
    """What was found."""

    names: tuple[str, ...]
    """Of the variables."""
    found: list[Found]
    """One for each variable."""
    latents: dictionaries.Latents | None
    ladder: dict[str, NDArray[np.floating]]
    """FVU of refits by control, (seed,); empty where there are none."""
    notes: list[str]


def run(case: Case, dictionary: Dictionary | None, options: Options) -> Report:
    """Every part that the case has arrays for.

    Raises:
        TegumError: where there are neither labels nor a dictionary, or the dictionary has other
            inputs.
    """
    if not case.names and dictionary is None:
        raise TegumError("neither labels nor a dictionary: give labels (sample, variable) in FILE")
    found, notes = variables.analyse(case, options) if case.names else ([], [])
    latents, refits = None, {}
    if dictionary is not None:
        dictionaries.check(dictionary, case)
        whole = replace(options, train=len(case.activations) // 2)
        train, test = variables.split(case, whole)
        latents = dictionaries.analyse(test, dictionary, options)
        if options.refits:
            refits = fvu_ladder.ladder(train, test, dictionary, options)
    return Report(case.names, found, latents, refits, [*case.notes, *notes])


def dataset(report: Report) -> xr.Dataset:
    """Everything that was measured, along named dimensions; what was not tested is left out."""
    data, coords = {}, {}
    if report.found:
        data |= _variables(report.found, coords)
    if report.latents:
        data |= _latents(report.latents, bool(report.names), coords)
    if report.ladder:
        coords["activation_control"] = _names("activation_control", report.ladder)
        values = np.stack(list(report.ladder.values()))
        coords["seed"] = coordinate("seed", np.arange(values.shape[1]), "seed")
        data["unexplained"] = variable(
            ("activation_control", "seed"), values, "fraction of variance unexplained, refits", "1"
        )
    return xr.Dataset(data, coords, {"notes": "\n".join(report.notes)})


def _variables(found: Sequence[Found], coords: dict[str, xr.Variable]) -> dict[str, xr.Variable]:
    first = found[0]
    controls = list(dict.fromkeys(c for f in found for c in f.label_auroc))
    kinds = list(dict.fromkeys(kind for f in found for kind in f.judgements))
    judgements = [[f.judgements.get(kind, f.judgement) for kind in kinds] for f in found]
    coords |= {
        "variable": _names("variable", [f.name for f in found]),
        "family": _names("family", first.families, "probe family"),
        "label_control": _names("label_control", controls),
        "direction_control": _names("direction_control", kinds),
        "bound": _names("bound", BOUNDS, "end of the 95 % interval"),
        "labelling": _names("labelling", LABELLINGS),
        "share": coordinate("share", np.array(SHARES), "share of the training samples"),
        "l2": coordinate("l2", np.array(STRENGTHS), "l2"),
    }
    nothing = (np.nan, np.nan, np.nan)
    intervals = np.array([[f.probed.selectivity.get(c, nothing) for c in controls] for f in found])
    draws = [[f.label_auroc.get(c) for c in controls] for f in found]
    p_values = np.array(
        [
            [np.nan if d is None else permutation_p_value(f.probed.auroc, d) for d in of]
            for f, of in zip(found, draws, strict=True)
        ]
    )
    data = {
        "verdict": _text([[j.verdict for j in of] for of in judgements], "verdict"),
        "open": _text([["; ".join(j.open) for j in of] for of in judgements], "what is open"),
        "chosen_family": _text([f.family for f in found], "family of the most selective probe"),
        "family_selectivity": variable(
            ("variable", "family"),
            [list(f.families.values()) for f in found],
            "selectivity on held-out training samples",
            "1",
        ),
        "auroc": _each([f.probed.auroc for f in found], "area under the ROC curve"),
        "balanced_accuracy": _each([f.balanced_accuracy for f in found], "balanced accuracy"),
        "label_auroc": variable(
            ("variable", "label_control", "draw"),
            _padded([[np.empty(0) if d is None else d for d in of] for of in draws]),
            "area under the ROC curve on control labels",
            "1",
        ),
        "label_p_value": variable(
            ("variable", "label_control"), p_values, "p-value among control labels", "1"
        ),
        "label_p_adjusted": variable(
            ("variable", "label_control"),
            np.stack([_adjusted(p) for p in p_values.T], 1),
            "p-value among control labels, Benjamini-Hochberg over variables",
            "1",
        ),
        "selectivity": variable(
            ("variable", "label_control"), intervals[:, :, 0], "selectivity", "1"
        ),
        "selectivity_interval": variable(
            ("variable", "label_control", "bound"), intervals[:, :, 1:], "selectivity", "1"
        ),
        "grid_auroc": variable(
            ("variable", "labelling", "share", "l2"),
            np.stack([f.grid for f in found]),
            "area under the ROC curve",
            "1",
        ),
    }
    if first.probed.untrained_auroc:
        coords["weight_control"] = _names("weight_control", first.probed.untrained_auroc)
        above = np.array([f.probed.advantage or nothing for f in found])
        data |= {
            "untrained_auroc": variable(
                ("variable", "weight_control", "run"),
                _padded([list(f.probed.untrained_auroc.values()) for f in found]),
                "area under the ROC curve on untrained models",
                "1",
            ),
            "advantage": _each(above[:, 0], "advantage over untrained models"),
            "advantage_interval": variable(
                ("variable", "bound"), above[:, 1:], "advantage over untrained models", "1"
            ),
        }
    if any(f.measured for f in found):
        data |= _effects(found, kinds)
    return data


def _effects(found: Sequence[Found], kinds: Sequence[str]) -> dict[str, xr.Variable]:
    by = ("variable", "direction_control")
    none = Effect(np.nan, False, np.nan, np.nan)
    tests = [[_effect_of(f, kind) or none for kind in kinds] for f in found]
    power = [[f.measured[k].power if k in f.measured else np.nan for k in kinds] for f in found]
    sizes = [np.nan if f.effect is None else f.effect for f in found]
    nulls = [[f.random_effects.get(kind, np.empty(0)) for kind in kinds] for f in found]
    return {
        "effect": _each(sizes, "size of the effect"),
        "right_sign": _each([t[0].right_sign for t in tests], "goes where it was predicted to"),
        "random_effect": variable(
            (*by, "direction"), _padded(nulls), "size of the effect of a random direction", "1"
        ),
        "effect_ratio": variable(
            by, [[e.ratio for e in t] for t in tests], "effect over mean random effect", "1"
        ),
        "p_value": variable(by, [[e.p_value for e in t] for t in tests], "p-value", "1"),
        "p_corrected": variable(
            by, [[e.p_corrected for e in t] for t in tests], "p-value corrected (Holm)", "1"
        ),
        "power": variable(by, power, "power at twice the random effect", "1"),
    }


def _effect_of(found: Found, kind: str) -> Effect | None:
    return found.judgements[kind].evidence.effect if kind in found.judgements else None


def _latents(
    latents: Latents, labelled: bool, coords: dict[str, xr.Variable]
) -> dict[str, xr.Variable]:
    coords |= {
        "latent": coordinate("latent", np.arange(len(latents.density)), "latent"),
        "code_control": _names("code_control", latents.unexplained),
    }
    data = {
        "density": variable("latent", latents.density, "share of samples it fires on", "1"),
        "norm": variable("latent", latents.norm, "norm of its direction", "1"),
        "own_unexplained": variable(
            "code_control",
            list(latents.unexplained.values()),
            "fraction of variance unexplained, as given",
            "1",
        ),
    }
    if labelled:
        coords["latent_control"] = _names("latent_control", latents.percentile)
        data |= {
            "latent_auroc": variable(
                ("latent", "variable"), latents.auroc, "area under the ROC curve of its codes", "1"
            ),
            "percentile": variable(
                ("latent_control", "latent"),
                np.stack(list(latents.percentile.values())),
                "share of the control that its best AUROC exceeds",
                "1",
            ),
            "latent_p_adjusted": variable(
                "latent", latents.p_adjusted, "p-value, Benjamini-Hochberg over latents", "1"
            ),
        }
    return data


def _names(dim: str, names: Iterable[str], long_name: str = "") -> xr.Variable:
    return coordinate(dim, np.array(list(names), object), long_name or dim.replace("_", " "))


def _each(values: object, long_name: str) -> xr.Variable:
    return variable("variable", np.asarray(values, float), long_name, "1")


def _text(values: Sequence[Any], long_name: str) -> xr.Variable:
    """Of each variable, and where there are several, beside each kind of random direction."""
    array = np.array(values, object).astype(str).astype(object)
    return variable(("variable", "direction_control")[: array.ndim], array, long_name, "1")


def _adjusted(p_values: Array) -> Array:
    """By Benjamini and Hochberg, of those that are not NaN."""
    found, tested = p_values.copy(), np.isfinite(p_values)
    found[tested] = benjamini_hochberg(p_values[tested])
    return found


def _padded(rows: Sequence[Sequence[Array]]) -> Array:
    """Arrays of unequal lengths as one, with NaN at their ends: (row, column, longest)."""
    longest = max(len(a) for row in rows for a in row)
    found = np.full((len(rows), len(rows[0]), longest), np.nan)
    for i, row in enumerate(rows):
        for j, a in enumerate(row):
            found[i, j, : len(a)] = a
    return found
