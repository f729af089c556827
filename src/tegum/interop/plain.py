"""Plain safetensors: one autoencoder as arrays of their own names, and what they mean beside them.

Arrays: `encoder` and `decoder` (latent, input), `decoder_bias` (input,), `encoder_bias` (latent,);
`threshold` (latent,) of `jumprelu`; `log_gain` and `magnitude_bias` (latent,) of `gated`;
`matching_pursuit` has no `encoder` and no `encoder_bias`. Metadata: `architecture` (standard,
gated, jumprelu, topk, matching_pursuit; `standard` when there is none), of the last two `k`, and of
the last one `stop_at_repeat` (true, false; `false` when there is none).
"""

import re
from collections.abc import Mapping

import numpy as np

from tegum.dictionaries.base import Dictionary
from tegum.errors import TegumError
from tegum.interop.exported_dictionary import (
    COUNTED,
    INPUTS,
    LATENTS,
    MATRICES,
    Coder,
    check_arrays,
    check_k,
)
from tegum.text import shown

STOPS = "stop_at_repeat"


def written(dictionary: Dictionary, cell: int = 0) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Arrays and metadata of one cell, its normalisation folded."""
    coder = Coder.of(dictionary, cell)
    metadata = {"architecture": coder.architecture}
    if coder.k is not None:
        metadata["k"] = str(coder.k)
    if coder.architecture == "matching_pursuit":
        metadata[STOPS] = str(coder.stop_at_repeat).lower()
    return dict(coder.arrays), metadata


def read(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str], where: str) -> Dictionary:
    """An ensemble of the one autoencoder in the arrays.

    Raises:
        TegumError: naming `where` and what is wrong, as `tegum.interop.saelens.read`.
    """
    architecture = metadata.get("architecture", "standard")
    if architecture not in LATENTS:
        raise TegumError(
            f"{where}: architecture is {shown(architecture)}; supported are {', '.join(LATENTS)}"
        )
    matrices = MATRICES[architecture]
    first = arrays.get(matrices[0])
    if first is None or first.ndim != 2:
        found = "none" if first is None else f"shape {first.shape}"
        raise TegumError(
            f"{where}: array {matrices[0]!r}: expected shape (latent, input), found {found}"
        )
    latents, n_inputs = first.shape
    wanted = dict.fromkeys(matrices, (latents, n_inputs)) | dict.fromkeys(INPUTS, (n_inputs,))
    check_arrays(arrays, wanted | dict.fromkeys(LATENTS[architecture], (latents,)), where)
    k = None
    if architecture in COUNTED:
        text = metadata.get("k", "")
        k = check_k(int(text) if re.fullmatch("[0-9]{1,9}", text) else text, latents, where)
    stops = metadata.get(STOPS, "false")
    if stops not in ("true", "false"):
        raise TegumError(f"{where}: {STOPS} is {shown(stops)}; expected true or false")
    return Coder(architecture, arrays, k, stops == "true").dictionary()
