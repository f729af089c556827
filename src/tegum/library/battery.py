"""`tegum.controls`: is a variable, or a latent of a dictionary, the model's or only the data's?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.data import files, netcdf
from tegum.dictionaries.base import Dictionary
from tegum.errors import TegumError
from tegum.evidence import report as reports
from tegum.evidence import text
from tegum.evidence.arrays import UNTRAINED, checked
from tegum.evidence.variables import Options
from tegum.figures.page import paragraph, table
from tegum.library.fit import own_settings
from tegum.library.fitted import Fit

HERE = "tegum.controls"
AT_ONCE = 4096
"""Samples in one call of the user's model."""


class Battery:
    """What the control battery found: a verdict on each variable, with the evidence for it.

    Printed, it is the table of `tegum controls`; in a notebook the same as HTML.

    Args:
        report: what was found.
    """

    def __init__(self, report: reports.Report) -> None:
        self.report = report

    @property
    def verdicts(self) -> dict[str, str]:
        """Of each variable: MODEL, DATASET, UPSTREAM, PROBE-ARTEFACT or INCONCLUSIVE."""
        return {found.name: str(found.judgement.verdict) for found in self.report.found}

    def to_dataset(self) -> xr.Dataset:
        """Everything that was measured, along named dimensions."""
        return reports.dataset(self.report)

    def save(self, folder: str | Path, title: str = "Controls") -> None:
        """Write `controls.nc`, and `controls.html`, an offline page with figures."""
        from tegum.evidence import page

        data = self.to_dataset()
        netcdf.save_dataset(Path(folder, "controls.nc"), data, None)
        files.write_bytes(Path(folder, "controls.html"), page.page(self.report, data, title))

    def __repr__(self) -> str:
        return text.text(self.report)

    def _repr_html_(self) -> str:
        notes = [paragraph(f"Note: {note}") for note in self.report.notes]
        return "\n".join([table(*part) for part in text.sections(self.report)] + notes)


def controls(
    activations: Any,
    labels: Any = None,
    *,
    names: Sequence[str] = (),
    types: Any = None,
    untrained: Mapping[str, Any] | None = None,
    forward: Callable[[Tensor], Any] | None = None,
    readout: Any = None,
    effect: Any = None,
    effect_random: Any = None,
    dictionary: Fit | Dictionary | str | Path | None = None,
    **how: Any,
) -> Battery:
    """Put activations of your model, and a dictionary of them, through the control battery.

    What is not given is not tested, and the verdict says which part is open (docs/controls.md).

    Args:
        activations: (sample, dimension), of numpy, torch or xarray.
        labels: of variables, 0 or 1: (sample,) or (sample, variable), 40 samples of each at least.
        names: of the variables.
        types: (sample,), whole numbers that name the input, e.g. token ids: for control tasks.
        untrained: by name, the same samples through a model with control weights: (sample,
            dimension) or (run, sample, dimension).
        forward: from activations (sample, dimension), a torch tensor, to the model's outputs
            (sample, output): then it is tested whether the model uses a variable, by adding its
            direction to 100 samples without it, and 999 random ones of two kinds.
        readout: (dimension, output) instead, where the outputs are linear in the activations.
        effect: (variable,) instead, effects that were measured.
        effect_random: (variable, direction), those of random directions.
        dictionary: a `Fit` of one, or a path that `Fit.load` takes.
        how: how thoroughly (`tegum.evidence.variables.Options`): `seed`, `families`, `draws`,
            `directions`, `refits`, `steps`, ...

    Raises:
        TegumError: naming the argument that is missing, of another shape, or not finite.

    Example:
        >>> import numpy as np, tegum
        >>> rng = np.random.default_rng(0)
        >>> labels = rng.random((400, 2)) < 0.4
        >>> x = labels @ rng.standard_normal((2, 8)) + 0.5 * rng.standard_normal((400, 8))
        >>> found = tegum.controls(x, labels, names=["a", "b"], families=("linear",), draws=20)
        >>> found.verdicts
        {'a': 'INCONCLUSIVE', 'b': 'INCONCLUSIVE'}
        >>> float(found.to_dataset()["auroc"].min()) > 0.8
        True
    """
    given = {
        "activations": activations,
        "labels": labels,
        "types": types,
        "readout": readout,
        "effect": effect,
        "effect_random": effect_random,
        **{f"{UNTRAINED}{name}": x for name, x in (untrained or {}).items()},
    }
    arrays = {name: _numpy(name, x) for name, x in given.items() if x is not None}
    if forward is not None and (readout is not None or effect is not None):
        raise TegumError(f"{HERE}: forward beside readout or effect: give one of them")
    case = checked(arrays, HERE, names=tuple(names))
    if forward is not None:
        case = replace(case, forward=_outputs(forward))
    try:
        thoroughly = Options(**how)
    except TypeError as error:
        known = ", ".join(Options.__dataclass_fields__)
        raise TegumError(f"{HERE}: {error}; there are {known}") from None
    with own_settings():
        return Battery(reports.run(case, _dictionary(dictionary), thoroughly))


def _dictionary(given: Fit | Dictionary | str | Path | None) -> Dictionary | None:
    if isinstance(given, Fit):
        return given.dictionary.cpu()
    if isinstance(given, str | Path):
        return Fit.load(given).dictionary
    if given is None or isinstance(given, Dictionary):
        return given
    raise TegumError(f"{HERE}: dictionary is a {type(given).__name__}; give a tegum.Fit or a path")


def _numpy(name: str, x: Any) -> np.ndarray:
    if isinstance(x, Tensor):
        plain = x.detach().cpu()
        return (plain.float() if plain.is_floating_point() else plain).numpy()
    try:
        return np.asarray(x)
    except (TypeError, ValueError) as error:
        raise TegumError(f"{HERE}: {name} is no array ({error})") from None


def _outputs(forward: Callable[[Tensor], Any]) -> Callable[[Tensor], Tensor]:
    """The user's model as the battery calls it: single precision in, (1, sample, output) out."""

    @torch.no_grad()
    def outputs(x: Tensor) -> Tensor:
        found = [_checked(forward(part.float()), len(part)) for part in x.split(AT_ONCE)]
        return torch.cat(found)[None]

    return outputs


def _checked(said: Any, samples: int) -> Tensor:
    found = torch.as_tensor(said).detach().cpu().double()
    if found.ndim < 1 or len(found) != samples:
        raise TegumError(
            f"{HERE}: forward gave shape {tuple(found.shape)} for {samples} samples; it has to "
            "give (sample, output)"
        )
    if not found.isfinite().all():
        raise TegumError(f"{HERE}: forward gave values that are not finite")
    return found.reshape(samples, -1)
