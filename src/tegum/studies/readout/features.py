"""Sets of features that are active together: what models before a softmax are trained on."""

from collections.abc import Sequence

from tegum.studies.readout.params import Train
from tegum.synthetic.subsets import SubsetStream


def subsets(section: Train, seeds: Sequence[int], batch: int, device: str = "cpu") -> SubsetStream:
    """Features of models of equal shapes, `n_active` at a time.

    Args:
        section: that of one of the models.
        seeds: the stream of each model.
        batch: samples per step.
        device: where they are drawn.
    """
    return SubsetStream(
        seeds=list(seeds),
        n_features=section.n_features,
        n_active=section.n_active,
        batch=batch,
        magnitudes=section.magnitudes,
        device=device,
    )
