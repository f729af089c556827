"""Parameters: small transformers, contrast pairs, and how they are read."""

from typing import ClassVar, Literal, Self

from pydantic import Field

from tegum.experiment.params import Section, StudyParams, shape


class Train(Section):
    """Small transformers that read a statement, a sentiment, a label and a read-out token."""

    attention: Literal["causal", "bidirectional"] = "causal"
    """Whether a position sees only what stands before it."""
    label_position: Literal["first", "before_readout", "after_readout"] = "before_readout"
    """Where the token stands in which the two members of a pair differ."""
    n_statements: int = shape(16, ge=2)
    """Statements, half of them true, which a model has to memorise."""
    width: int = shape(16, ge=2)
    """Width of the residual stream."""
    mlp_width: int = shape(64, ge=1)
    """Hidden neurons of a layer."""
    n_layers: int = shape(2, ge=1)
    """Layers."""
    distractor_emphasis: float = Field(default=1.0, ge=0)
    """Weight of the sentiment's agreement in the loss, that of the truth's being 1."""
    learning_rate: float = Field(default=0.005, gt=0)
    """Adam, constant for the first half of the steps, then linear to 0."""
    steps: int = shape(300, ge=1)
    """Optimiser steps."""
    batch: int = shape(64, ge=1)
    """Statements per step."""


class Pairs(Section):
    """Contrast pairs, and the readers fitted to them."""

    n_train: int = shape(500, ge=4)
    """Pairs to fit on."""
    n_test: int = shape(500, ge=4)
    """Pairs to measure on."""
    truth_probability: float = Field(default=0.5, gt=0, lt=1)
    """pi, the probability that a statement is true."""
    test_truth_probability: float | None = Field(default=None, gt=0, lt=1)
    """The same among the test pairs; by default as among those to fit on."""
    distractor_probability: float = Field(default=0.5, gt=0, lt=1)
    """pi_q, the probability that an independent distractor says yes."""
    consistency: float = Field(default=0.0, ge=0, le=1)
    """Share of the pairs whose distractor copies the truth."""
    divide_by_std: bool = shape(False)
    """Whether normalised members also have unit variance in every dimension."""
    probe: Literal["linear", "mlp"] = shape("linear")
    """The probe of CCS; the official command line has the MLP by default."""
    probe_width: int = shape(100, ge=1)
    """Hidden units of an MLP probe."""
    tries: int = shape(10, ge=1)
    """Probes of which that of the lowest loss is kept."""
    probe_steps: int = shape(400, ge=1)
    """Steps of AdamW on the full batch."""
    probe_learning_rate: float = Field(default=0.01, gt=0)
    """Its learning rate."""
    probe_weight_decay: float = Field(default=0.01, ge=0)
    """Its weight decay."""

    def resolved(self) -> Self:
        return self if self.probe == "mlp" else self.model_copy(update={"probe_width": 1})


class Synthetic(Pairs):
    """Pairs of synthetic activations with a known truth direction."""

    pairs: Literal["synthetic"] = "synthetic"
    """Where the pairs come from."""
    n_inputs: int = shape(64, ge=3)
    """Dimensions of the activations."""
    truth_scale: float = Field(default=1.5, gt=0)
    """a, half the distance of the members of a pair along the truth."""
    distractor_scale: float = Field(default=0.0, ge=0)
    """e, the same along the distractor."""
    side_scale: float = Field(default=2.0, ge=0)
    """k, the same along the side, equal in all pairs."""
    noise: float = Field(default=0.5, gt=0)
    """Standard deviation of the noise on a member of a pair."""


class Hidden(Pairs):
    """Pairs of hidden states of the transformers."""

    pairs: Literal["hidden"] = "hidden"
    """Where the pairs come from."""


class Control(Section):
    """The same pairs and readers on transformers that were never trained."""


class Measure(Section):
    """Nothing to choose: rows become measures and theory as they are."""


_SHORT = {"probe_steps": 5, "tries": 2, "n_train": 64, "n_test": 64}


class Params(StudyParams):
    """The study `contrast_pairs`."""

    CHAIN: ClassVar = {
        "train": (),
        "fit": ("train",),
        "control": ("train", "fit"),
        "measure": ("fit", "control"),
    }
    REHEARSAL: ClassVar = {"train": {"steps": 5, "batch": 32}, "fit": _SHORT, "control": {}}
    train: Train = Train()
    fit: Synthetic | Hidden = Field(Synthetic(), discriminator="pairs")
    control: Control = Control()
    measure: Measure = Measure()
