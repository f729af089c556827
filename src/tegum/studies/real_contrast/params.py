"""Parameters: models, texts with known truth, and how their hidden states are read."""

from typing import ClassVar, Literal

from pydantic import Field

from tegum.experiment.params import Section, StudyParams, shape


class Generate(Section):
    """Pairs of texts that differ in their last token, and the model that reads them."""

    model: Literal[
        "smollm2-135m-instruct", "all-minilm-l6-v2", "tiny-causal", "tiny-bidirectional"
    ] = shape("smollm2-135m-instruct")
    """The model; that of SmolLM2 has quantised weights (Q4_1), dequantised on loading. The tiny
    ones have random weights."""
    dataset: Literal["reviews", "cities"] = "reviews"
    """Sentiment of IMDB reviews, or truth of statements on where a city is."""
    n_pairs: int = shape(320, ge=16, multiple_of=2)
    """Pairs, half of them with yes; one half of each kind is to fit on, the other to measure on."""
    words: int = Field(default=32, ge=1)
    """Last words of a review."""


class Fit(Section):
    """How pairs of hidden states are read."""

    layer: int = Field(default=20, ge=0)
    """Block after which the residual stream is read, counted from 0."""
    n_fit: int = shape(80, ge=4)
    """Pairs to fit on, and as many to measure on."""
    truth_probability: float = Field(default=0.5, gt=0, lt=1)
    """pi, the share of pairs in which yes is right, in both halves."""
    tries: int = shape(5, ge=1)
    """CCS probes, of which that of the lowest loss is kept."""
    probe_steps: int = shape(300, ge=1)
    """Steps of AdamW on the full batch."""
    probe_learning_rate: float = Field(default=0.01, gt=0)
    """Its learning rate."""
    probe_weight_decay: float = Field(default=0.01, ge=0)
    """Its weight decay."""


class Control(Section):
    """The same pairs and readers on the same architecture with weights drawn anew."""

    weights_seed: int = Field(default=0, ge=0)
    """Of these weights."""


class Measure(Section):
    """Nothing to choose: rows become measures as they are."""


class Params(StudyParams):
    """The study `real_contrast`."""

    CHAIN: ClassVar = {
        "generate": (),
        "fit": ("generate",),
        "control": ("generate", "fit"),
        "measure": ("fit", "control"),
    }
    REHEARSAL: ClassVar = {
        "generate": {"model": "tiny-causal", "n_pairs": 32},
        "fit": {"layer": 1, "n_fit": 8, "tries": 2, "probe_steps": 5},
        "control": {},
    }
    generate: Generate = Generate()
    fit: Fit = Fit()
    control: Control = Control()
    measure: Measure = Measure()
