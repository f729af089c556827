"""All of the battery on one case."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tegum.dictionaries.base import Dictionary
from tegum.errors import TegumError
from tegum.evidence import dictionary as dictionaries
from tegum.evidence import ladder, variables
from tegum.evidence.arrays import Case
from tegum.evidence.variables import Found, Options


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
            refits = ladder.ladder(train, test, dictionary, options)
    return Report(case.names, found, latents, refits, [*case.notes, *notes])
