"""A user's arrays, checked.

Arrays: `activations` (sample, dimension); `labels` (sample,) or (sample, variable), 0 or 1, with
`names` (variable,); `types` (sample,), whole numbers that name the input of each sample, for
control tasks; `activations_CONTROL` (sample, dimension) or (run, sample, dimension), the same
inputs through a model whose weights went through a control. For interventions either `readout`
(dimension, output), where the outputs are linear in the activations; or, measured, `effect`
(variable,), positive in the direction that was predicted, beside `effect_random`
(variable, direction), the effects of random directions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tegum.errors import TegumError
from tegum.evidence.interventions import Outputs
from tegum.evidence.user_arrays import UserArrays, check_distinct, listed, printable

Array = NDArray[np.floating]

LEAST = 40
"""Fewest samples with and without a variable: an AUROC from half of them has an error of 0.06."""
LEAST_DIRECTIONS = 99
"""Fewest random directions: p-values are 0.01 or more with them."""
UNTRAINED = "activations_"


@dataclass(frozen=True)
class Case:
    """What is analysed; all arrays go by the same samples."""

    activations: Array
    """(sample, dimension)."""
    labels: NDArray[np.bool_]
    """(sample, variable); no variables where there are no labels."""
    names: tuple[str, ...]
    """Of the variables."""
    types: NDArray[np.integer] | None
    """(sample,)."""
    untrained: dict[str, Array]
    """By control: (run, sample, dimension)."""
    readout: Array | None
    """(dimension, output)."""
    effects: tuple[Array, Array] | None
    """(variable,) and (variable, direction)."""
    notes: tuple[str, ...]
    """What a reader should know of the file."""
    forward: Outputs | None = None
    """From activations to outputs, where these can be computed and are not linear."""

    def at(self, samples: NDArray) -> "Case":
        """Some of the samples."""
        return replace(
            self,
            activations=self.activations[samples],
            labels=self.labels[samples],
            types=None if self.types is None else self.types[samples],
            untrained={name: x[:, samples] for name, x in self.untrained.items()},
        )


def checked(
    arrays: Mapping[str, np.ndarray],
    where: str,
    labels: str = "labels",
    names: tuple[str, ...] = (),
) -> Case:
    """The case in `arrays`.

    Args:
        where: the file, for messages.
        labels: which array holds the labels.
        names: of the variables, where the file has none.

    Raises:
        TegumError: naming `where` and the array that is missing, of another shape, not finite, or
            without enough samples of both kinds.
    """
    check = _Check(arrays, where, ("activations",), 2 * LEAST)
    samples, dimensions = check.shape
    activations = check.varied("activations", (None, None))
    truth = np.empty((samples, 0), bool)
    if labels in arrays:
        wide = np.ndim(arrays[labels]) == 2
        truth = check.flags(labels, (samples, None) if wide else (samples,)).reshape(samples, -1)
    elif labels != "labels":
        raise TegumError(f"{where}: no array {labels!r} for labels, found {listed(arrays)}")
    named = _names(arrays, where, truth.shape[1], names)
    check.balanced(truth, named, LEAST)
    controls = [n for n in arrays if n.startswith(UNTRAINED)]
    check_distinct([n.removeprefix(UNTRAINED) for n in controls], "control", where)
    untrained = {printable(n.removeprefix(UNTRAINED)): check.runs(n, samples) for n in controls}
    readout = check.numbers("readout", (dimensions, None)) if "readout" in arrays else None
    if readout is not None and not readout.any():
        raise TegumError(f"{where}: readout is 0 everywhere")
    used = {"activations", labels, "names", "types", "readout", "effect", "effect_random"}
    unused = [n for n in arrays if n not in used and not n.startswith(UNTRAINED)]
    notes = [f"arrays that are not used: {listed(unused)}"] if unused else []
    return Case(
        activations,
        truth,
        named,
        check.whole("types", samples) if "types" in arrays else None,
        untrained,
        readout,
        check.effects(len(named)) if "effect" in arrays else None,
        tuple(notes),
    )


class _Check(UserArrays):
    def varied(self, name: str, shape: tuple[int | None, ...]) -> Array:
        """Numbers, where not all samples are equal."""
        array = self.numbers(name, shape)
        if not np.ptp(array, axis=-2).any(axis=-1).all():
            raise TegumError(f"{self.where}: {name} is the same for all samples")
        return array

    def whole(self, name: str, samples: int) -> NDArray[np.integer]:
        if np.asarray(self.arrays[name]).dtype.kind not in "iu":
            raise TegumError(f"{self.where}: {name} must be whole numbers, one for each input")
        self.numbers(name, (samples,))
        return np.asarray(self.arrays[name])

    def runs(self, name: str, samples: int) -> Array:
        if not np.size(self.arrays[name]):
            raise TegumError(f"{self.where}: {name} is empty")
        many = np.asarray(self.arrays[name]).ndim == 3
        array = self.varied(name, (None, samples, None) if many else (samples, None))
        return array if many else array[None]

    def effects(self, variables: int) -> tuple[Array, Array]:
        if "effect_random" not in self.arrays:
            raise TegumError(
                f"{self.where}: effect without effect_random (variable, direction); measure at "
                f"least {LEAST_DIRECTIONS} random directions for each variable"
            )
        effect = self.numbers("effect", (variables,))
        null = np.abs(self.numbers("effect_random", (variables, None)))
        if null.shape[1] < LEAST_DIRECTIONS or not null.any(1).all():
            raise TegumError(
                f"{self.where}: effect_random has shape {null.shape}; give the effects of at least "
                f"{LEAST_DIRECTIONS} random directions, not all 0"
            )
        return effect, null


def _names(
    arrays: Mapping[str, np.ndarray], where: str, variables: int, given: tuple[str, ...]
) -> tuple[str, ...]:
    found = given or tuple(str(n) for n in np.atleast_1d(arrays.get("names", [])))
    found = found or tuple(f"variable {i}" for i in range(variables))
    if len(found) != variables:
        raise TegumError(
            f"{where}: {len(found)} names for {variables} variables; give one for each"
        )
    check_distinct(found, "name", where)
    return tuple(map(printable, found))
