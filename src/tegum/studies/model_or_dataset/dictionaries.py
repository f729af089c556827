"""What dictionaries explain of a language model's residual stream."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tegum.dictionaries.partly import explained
from tegum.dictionaries.study import Fitted
from tegum.studies.model_or_dataset.languages import VARIABLES, Corpus


def measured(
    fit: Fitted, activations: Sequence[np.ndarray], corpora: Sequence[Corpus] | None
) -> dict[str, Any]:
    """What a dictionary explains, with its best latents where something is known of the corpora."""
    first, held_out = activations
    known = [(corpus.known, corpus.labels) for corpus in corpora] if corpora is not None else None
    return explained(fit, (first, held_out), known, len(VARIABLES))
