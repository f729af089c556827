"""Effect sizes beside a claim's interval."""

from typing import Any

import numpy as np

from tegum.errors import TegumError
from tegum.statistics import cohen_dz


def effect(differences: Any) -> str:
    """The paired effect size as the end of a reason; of too few or undefined numbers nothing."""
    try:
        return f"; d_z {cohen_dz(np.asarray(differences)):.1f}"
    except TegumError:
        return ""
