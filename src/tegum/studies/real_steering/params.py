"""Parameters: a model, reviews with known sentiment, and how far it is steered."""

from typing import ClassVar, Literal

from pydantic import Field

from tegum.experiment.params import Section, StudyParams, shape


class Fit(Section):
    """Probes of the sentiment, and vectors that are added to the activation of the last token."""

    model: Literal["smollm2-135m-instruct", "tiny-causal"] = shape("smollm2-135m-instruct")
    """The model; the weights of SmolLM2 were quantised (Q4_1) and are dequantised on loading. The
    tiny one has random weights."""
    layer: int = Field(default=14, ge=0)
    """Block after which the residual stream is read and changed, counted from 0."""
    texts: int = shape(240, ge=16, multiple_of=2)
    """Reviews, half of them positive, followed by the question of their sentiment."""
    words: int = Field(default=32, ge=1)
    """Last words of a review."""
    tokens: int = shape(40, ge=8)
    """Last tokens of a text that are read."""
    n_test: int = shape(64, ge=4, multiple_of=2)
    """Texts that are steered; the others are fitted to."""
    ridge: float = Field(default=1.0, gt=0)
    """Strength of the ridge of least-squares probes, in units of the mean variance."""
    strength: float = Field(default=1.0, gt=0)
    """Length of what is added, over the distance between the means of both kinds of texts."""


class Measure(Section):
    """Nothing to choose: rows become measures as they are."""


class Params(StudyParams):
    """The study `real_steering`."""

    CHAIN: ClassVar = {"fit": (), "measure": ("fit",)}
    REHEARSAL: ClassVar = {
        "fit": {"model": "tiny-causal", "layer": 0, "texts": 32, "tokens": 12, "n_test": 8}
    }
    fit: Fit = Fit()
    measure: Measure = Measure()
