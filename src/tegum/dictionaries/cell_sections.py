"""Parameters of a dictionary of the activations that one cell of a study reads."""

from pydantic import Field

from tegum.dictionaries.sections import DictionarySection
from tegum.experiment.params import shape


class CellSection(DictionarySection):
    """A dictionary of activations, whose E|x|^2 is 1 for it."""

    latents: int = shape(256, ge=2)
    """Latents of the dictionary."""
    dictionary_learning_rate: float = Field(default=0.004, gt=0)
    """Adam, constant for the first half of the steps, then linear to 0."""
