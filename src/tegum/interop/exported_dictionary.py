"""One trained autoencoder as plain arrays: what every format of exchange maps to and from.

Architectures are those that differ once trained: `standard` (ReLU; both L1 forms), `gated`,
`jumprelu` (also BatchTopK and Matryoshka, whose threshold is then fixed), `topk`, and
`matching_pursuit`, which has no encoder. What only training needs (strengths, auxiliary losses,
prefixes, counts of silence) is left behind.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.batchtopk import BatchTopK
from tegum.dictionaries.gated import Gated
from tegum.dictionaries.jumprelu import JumpReLU
from tegum.dictionaries.l1 import L1
from tegum.dictionaries.matching_pursuit import MatchingPursuit
from tegum.dictionaries.topk import TopK
from tegum.errors import TegumError
from tegum.text import shown

MATRICES = {
    "standard": ("encoder", "decoder"),
    "gated": ("encoder", "decoder"),
    "jumprelu": ("encoder", "decoder"),
    "topk": ("encoder", "decoder"),
    "matching_pursuit": ("decoder",),
}
"""Architecture to its arrays (latent, input)."""
INPUTS = ("decoder_bias",)
"""Arrays (input,)."""
LATENTS = {
    "standard": ("encoder_bias",),
    "gated": ("encoder_bias", "log_gain", "magnitude_bias"),
    "jumprelu": ("encoder_bias", "threshold"),
    "topk": ("encoder_bias",),
    "matching_pursuit": (),
}
"""Architecture to its arrays (latent,)."""
COUNTED = ("topk", "matching_pursuit")
"""Architectures that have a k."""
LARGEST = 1e12
"""Largest weight: codes of activations that are as large stay within float32."""
LEAST_THRESHOLD = float(np.finfo(np.float32).tiny)
"""What a threshold of 0 or less becomes: its logarithm is the parameter, and is finite."""


@dataclass(frozen=True)
class Coder:
    """Arrays of one autoencoder of `architecture`, by the names of `MATRICES`, `INPUTS`, `LATENTS`.

    Latents are in units of the input: f = sparsify(encoder (x - decoder_bias) + encoder_bias), and
    x' = f decoder + decoder_bias.
    """

    architecture: str
    arrays: Mapping[str, np.ndarray]
    k: int | None = None
    """Of `COUNTED` alone: how many latents fire at most."""
    stop_at_repeat: bool = False
    """Of `matching_pursuit` alone."""

    @classmethod
    def of(cls, dictionary: Dictionary, cell: int = 0) -> "Coder":
        """One cell of an ensemble, its normalisation folded into its biases and thresholds.

        Raises:
            TegumError: for a cell that the ensemble has not.
        """
        if not 0 <= cell < dictionary.n_cells:
            raise TegumError(
                f"cell is {cell}; the ensemble has cells 0 to {dictionary.n_cells - 1}."
            )
        one = copy.deepcopy(dictionary.select(slice(cell, cell + 1)))
        assert isinstance(one, Dictionary)
        one.fold()
        values: dict[str, torch.Tensor] = dict(one.named_parameters())
        match one:
            case BatchTopK():
                architecture = "jumprelu"
                values["threshold"] = one.threshold[:, None].expand_as(one.encoder_bias)
            case JumpReLU():
                architecture = "jumprelu"
                values["threshold"] = values.pop("log_threshold").exp()
            case Gated():
                architecture = "gated"
            case TopK():
                architecture = "topk"
            case MatchingPursuit():
                architecture = "matching_pursuit"
            case _:
                architecture = "standard"
        arrays = {name: value[0].detach().cpu().numpy() for name, value in values.items()}
        counted = isinstance(one, TopK | MatchingPursuit)
        stops = isinstance(one, MatchingPursuit) and one.stop_at_repeat
        return cls(architecture, arrays, int(one.k[0]) if counted else None, stops)

    def dictionary(self) -> Dictionary:
        """An ensemble of this one autoencoder."""
        latents, n_inputs = self.arrays["decoder"].shape
        shape = {"n_inputs": n_inputs, "latents": latents, "seeds": [0]}
        values = dict(self.arrays)
        match self.architecture:
            case "topk":
                made = TopK(k=self.k or 0, **shape)
            case "matching_pursuit":
                made = MatchingPursuit(k=self.k or 0, stop_at_repeat=self.stop_at_repeat, **shape)
            case "gated":
                made = Gated(penalty_strength=0.0, **shape)
            case "jumprelu":
                made = JumpReLU(penalty_strength=0.0, **shape)
                threshold = values.pop("threshold").astype(float)
                values["log_threshold"] = np.log(np.maximum(threshold, LEAST_THRESHOLD))
            case _:
                made = L1(penalty_strength=0.0, **shape)
        with torch.no_grad():
            for name, value in values.items():
                made.get_parameter(name)[0].copy_(torch.from_numpy(np.array(value)))
        return made


def check_arrays(
    arrays: Mapping[str, np.ndarray], wanted: Mapping[str, tuple[int, ...]], where: str
) -> None:
    """Raise `TegumError`, a line for each array that is missing, unknown, or not as wanted.

    Arguments: ``wanted``, name to shape; all have to be finite numbers of a floating type.
    """
    problems = []
    above = f"more than {LARGEST:g}"
    for name in sorted(wanted.keys() | arrays.keys()):
        array, shape = arrays.get(name), wanted.get(name)
        found = "none" if array is None else f"{array.dtype} of shape {array.shape}"
        if array is None or shape is None or array.shape != shape or array.dtype.kind != "f":
            expected = "none" if shape is None else f"floating point of shape {shape}"
            problems.append(f"{where}: array {name!r}: expected {expected}, found {found}")
        elif not (np.abs(array.astype(float)) <= LARGEST).all():
            problems.append(f"{where}: array {name!r}: holds NaN, infinity or {above}")
        elif name == "log_gain" and (array > np.log(LARGEST)).any():
            problems.append(f"{where}: array {name!r}: holds gains of {above}")
    if problems:
        raise TegumError("\n".join(problems))


def check_k(k: object, latents: int, where: str, name: str = "k") -> int:
    """k as a whole number. Raises `TegumError` where it is none, or more than the latents."""
    if not isinstance(k, int) or isinstance(k, bool) or not 1 <= k <= latents:
        raise TegumError(
            f"{where}: {name} is {shown(k)}; expected a whole number between 1 and the {latents} "
            "latents"
        )
    return k
