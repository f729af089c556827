"""Parameters of `embedding`: a text, small decoders of it, sparse codes, frozen embeddings."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from tegum.experiment.params import Section, StudyParams, shape


class Generate(Section):
    """The text, and the tokens that it is cut into."""

    package: str = "sympy"
    """The installed package whose sources are the text."""
    folders: str = "core geometry sets"
    """Those of the package that are read, without tests; separated by spaces."""
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    """Digest of these sources; of another text nothing is computed, and claims are untested."""
    n_tokens: int = shape(512, ge=128)
    """Tokens of the vocabulary."""
    held_out: int = Field(default=10, ge=2)
    """Of so many files one is not trained on."""


class Train(Section):
    """Causal decoders of one size, with an embedding that is learned."""

    n_layers: int = shape(1, ge=1)
    """Blocks of attention and an MLP."""
    width: int = shape(32, ge=2)
    """Dimensions of the embedding and of the residual stream."""
    mlp_width: int = shape(128, ge=1)
    """Neurons of an MLP."""
    n_heads: int = shape(4, ge=1)
    """Heads of attention."""
    context: int = shape(32, ge=2)
    """Tokens that a model reads."""
    batch: int = shape(32, ge=1)
    """Windows of the text in a step."""
    steps: int = shape(768, ge=2)
    """Steps of Adam."""
    learning_rate: float = Field(default=0.003, gt=0)
    """Of Adam; constant in the first half, then falling to 0."""
    warm_up: int = Field(default=50, ge=0)
    """Steps in which the learning rate rises."""
    looks: int = shape(6, ge=1)
    """Checkpoints after that before training, evenly spaced in the logarithm of the steps."""
    windows: int = Field(default=256, ge=1)
    """Held-out windows on which a model is evaluated."""

    @model_validator(mode="after")
    def _heads_fit(self) -> Self:
        if self.width % self.n_heads:
            raise ValueError(f"n_heads {self.n_heads} does not divide the width {self.width}")
        return self


class Fit(Section):
    """Sparse codes of the embedding at every checkpoint, and of its controls."""

    n_atoms: int = Field(default=128, ge=2)
    """Atoms of a dictionary; fewer than tokens, since as many would leave nothing."""
    sparsities: list[int] = shape([1, 2, 4])
    """Atoms of a code (L0)."""
    iterations: int = Field(default=20, ge=1)
    """Rounds of codes and atoms."""


class Control(Section):
    """The same decoders trained anew around an embedding that stays as it is."""


class Embeddings(Section):
    """What single rows are worth, and what the rows are like."""

    what: Literal["embeddings"] = "embeddings"
    replaced: int = shape(32, ge=2)
    """Tokens whose row is replaced, evenly spaced in the rank of their frequency."""
    least_count: int = Field(default=8, ge=1)
    """Times that such a token occurs in the held-out windows at least."""


class Reads(Section):
    """How far ahead the outputs of layers are read."""

    what: Literal["reads"] = "reads"


class Relearning(Section):
    """How rows that are replaced by random ones are learned anew, everything else as it was."""

    what: Literal["relearning"] = "relearning"
    relearned: int = shape(16, ge=2)
    """Tokens whose row is replaced, evenly spaced in the rank of their frequency."""
    least_count: int = Field(default=8, ge=1)
    """Times that such a token occurs in the held-out windows at least."""
    row_steps: int = shape(96, ge=2)
    """Steps of Adam."""
    row_learning_rate: float = Field(default=0.03, gt=0)
    """Of Adam; constant in the first half, then falling to 0."""
    row_batch: int = shape(4, ge=1)
    """Windows of a step, all of which contain the token."""


class Maps(Section):
    """Maps of rows in a plane."""

    what: Literal["maps"] = "maps"
    neighbours: int = Field(default=15, ge=2)
    """Neighbours of a row that UMAP keeps near."""
    epochs: int = Field(default=200, ge=1)
    """Times that UMAP goes over all neighbours."""
    near: int = Field(default=10, ge=1)
    """Neighbours on a map whose classes are compared."""


class Errors(Section):
    """What errors of TopK dictionaries, and other changes, do to a decoder's outputs."""

    what: Literal["errors"] = "errors"
    latents: int = shape(64, ge=2)
    """Latents of the dictionary."""
    k: int = Field(default=4, ge=1)
    """Latents that fire."""
    dictionary_steps: int = shape(1500, ge=2)
    """Steps of Adam."""
    dictionary_batch: int = shape(256, ge=1)
    """Activations of a step."""
    dictionary_learning_rate: float = Field(default=0.008, gt=0)
    """Of Adam; constant in the first half, then falling to 0."""
    block: int = Field(default=2, ge=1)
    """Block behind which the residual stream is read and changed, from 1; another has to follow."""
    first_position: int = Field(default=4, ge=0)
    """Tokens before this position are not kept."""
    sequences: int = Field(default=1024, ge=1)
    """Windows of the text to train on that a dictionary is fitted to."""
    samples: int = shape(256, ge=2)
    """Held-out windows, the last token of which is changed."""
    distances: int = shape(8, ge=3)
    """Places of a line, from the activation to as far as a mean activation is from the mean."""


Measure = Embeddings | Reads | Relearning | Maps | Errors


class Params(StudyParams):
    """All parameters of the study."""

    CHAIN: ClassVar = {
        "generate": (),
        "train": ("generate",),
        "fit": ("train",),
        "control": ("generate", "train"),
        "measure": ("generate", "train", "fit", "control"),
    }
    REHEARSAL: ClassVar = {
        "generate": {"n_tokens": 512},
        "train": {"steps": 4, "windows": 8, "batch": 2, "looks": 1},
        "fit": {"iterations": 1, "n_atoms": 64, "sparsities": [1]},
        "control": {},
    }
    generate: Generate = Generate()
    train: Train = Train()
    fit: Fit = Fit()
    control: Control = Control()
    measure: Measure = Field(Embeddings(), discriminator="what")
