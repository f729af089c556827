"""Parameters of the study `real_embedding`: a model, rows of its embedding, and sparse codes."""

from typing import ClassVar, Literal

from pydantic import Field

from tegum.experiment.params import Section, StudyParams, shape


class Fit(Section):
    """Sparse codes of rows of a model's token embedding, and of matrices without its structure."""

    model: Literal[
        "smollm2-135m-instruct", "all-minilm-l6-v2", "tiny-causal", "tiny-bidirectional"
    ] = shape("smollm2-135m-instruct")
    """The model; that of SmolLM2 has quantised weights (Q4_1), dequantised on loading. The tiny
    ones have random weights."""
    n_rows: int = shape(1024, ge=8)
    """Tokens, drawn from those that are whole words of lower-case letters; other ones per seed."""
    n_atoms: int = Field(default=256, ge=2)
    """Atoms of a dictionary; fewer than rows, since as many would leave nothing."""
    sparsities: list[int] = shape([2, 8])
    """Atoms of a code (L0)."""
    iterations: int = Field(default=10, ge=1)
    """Rounds of codes and atoms."""


class Measure(Section):
    """Nothing to choose: rows become measures as they are."""


class Params(StudyParams):
    """All parameters of the study."""

    CHAIN: ClassVar = {"fit": (), "measure": ("fit",)}
    REHEARSAL: ClassVar = {
        "fit": {"model": "tiny-causal", "n_rows": 64, "n_atoms": 16, "iterations": 1}
    }
    fit: Fit = Fit()
    measure: Measure = Measure()
