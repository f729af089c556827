"""Models that `tegum.train` trains: the sections of the studies, with their errors in a line each.

The section of any other study's stage `train` is taken as well.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ValidationError

from tegum.errors import TegumError
from tegum.experiment.params import Section
from tegum.library.arguments import told
from tegum.studies.monosemanticity import params as monosemanticity
from tegum.studies.toy_superposition import params as toy_superposition


class _Model(Section):
    STUDY: ClassVar[str] = ""
    """The study whose section it is."""

    if not TYPE_CHECKING:  # the fields are the arguments

        def __init__(self, **fields: Any) -> None:
            try:
                super().__init__(**fields)
            except ValidationError as error:
                raise TegumError(told(error, type(self))) from None


class Tied(_Model, toy_superposition.Tied):
    """Tied autoencoders x' = W^T W x + b, through a ReLU or not (Elhage et al. 2022).

    Example:
        >>> import tegum
        >>> tegum.Tied(n_features=80, n_dimensions=10).model
        'relu'
    """

    STUDY: ClassVar[str] = "toy_superposition"


class Hidden(_Model, toy_superposition.Hidden):
    """Models with hidden ReLU neurons, which compute |x|, or the identity with tied weights.

    Example:
        >>> import tegum
        >>> tegum.Hidden(n_features=10, width=20).model
        'absolute_value'
    """

    STUDY: ClassVar[str] = "toy_superposition"


class TwoLayer(_Model, monosemanticity.Train):
    """Two-layer models y = L2 act(L1 P f + b) of features f (Jermyn et al. 2022).

    Example:
        >>> import tegum
        >>> tegum.TwoLayer(n_features=32, width=64).activation
        'relu'
    """

    STUDY: ClassVar[str] = "monosemanticity"
