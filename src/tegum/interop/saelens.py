"""SAELens's format (version 6): one autoencoder as `cfg.json` and `sae_weights.safetensors`.

Weights: `W_enc` (input, latent), `W_dec` (latent, input), `b_dec` (input,), and (latent,) `b_enc`,
`threshold` of `jumprelu`, or `b_gate`, `b_mag`, `r_mag` of `gated`; `matching_pursuit` has `W_dec`
and `b_dec` alone. BatchTopK and Matryoshka are written as `jumprelu`, as SAELens writes them; its
training checkpoints of these, which hold a `topk_threshold`, are read.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from tegum.dictionaries.base import Dictionary
from tegum.errors import TegumError
from tegum.interop.exported_dictionary import Coder, check_arrays, check_k
from tegum.text import shown

CONFIG, WEIGHTS = "cfg.json", "sae_weights.safetensors"
VERSION = "6.0.0"
"""Of the format. In earlier ones the same keys meant other things."""
NAMES = {
    "standard": {"encoder_bias": "b_enc"},
    "gated": {"encoder_bias": "b_gate", "log_gain": "r_mag", "magnitude_bias": "b_mag"},
    "jumprelu": {"encoder_bias": "b_enc", "threshold": "threshold"},
    "topk": {"encoder_bias": "b_enc"},
    "matching_pursuit": {},
}
"""Architecture to SAELens's names of its arrays (latent,)."""
IN_TRAINING = ("batchtopk", "matryoshka_batchtopk")
"""What a training checkpoint of these holds is a `jumprelu` with one threshold for all latents."""

STOPS = "stop_on_duplicate_support"
FLAGS = ("apply_b_dec_to_input", "rescale_acts_by_decoder_norm", "use_sparse_activations", STOPS)
KNOWN = frozenset(
    "architecture d_in d_sae dtype device metadata normalize_activations reshape_activations k "  # noqa: SIM905
    "decoder_init_norm l1_coefficient l1_warm_up_steps lp_norm l0_coefficient l0_warm_up_steps "
    "pre_act_loss_coefficient jumprelu_init_threshold jumprelu_bandwidth jumprelu_tanh_scale "
    "jumprelu_sparsity_loss_mode jumprelu_ste_to_input target_l0 aux_loss_coefficient "
    "topk_threshold_lr matryoshka_widths use_matryoshka_aux_loss residual_threshold "
    "max_iterations".split()
).union(FLAGS)
"""Keys that are read here, or that say how it was trained. Others could change what it computes."""


def written(
    dictionary: Dictionary, cell: int = 0, metadata: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Configuration and weights of one cell, as SAELens writes them.

    The normalisation is folded, so that both apply to raw activations.

    Arguments: ``metadata``, what SAELens's users look for there, e.g. ``hook_name``.
    """
    coder = Coder.of(dictionary, cell)
    arrays = coder.arrays
    latents, n_inputs = arrays["decoder"].shape
    config: dict[str, Any] = {
        "architecture": coder.architecture,
        "d_in": n_inputs,
        "d_sae": latents,
        "dtype": "float32",
        "device": "cpu",
        "apply_b_dec_to_input": True,
        "normalize_activations": "none",
        "reshape_activations": "none",
        "metadata": {**(metadata or {}), "sae_lens_version": VERSION},
    }
    if coder.architecture == "topk":
        config |= {"k": coder.k, "rescale_acts_by_decoder_norm": False}
    if coder.architecture == "matching_pursuit":
        config |= {"max_iterations": coder.k, "residual_threshold": 0.0}
        config[STOPS] = coder.stop_at_repeat
    weights = {"W_dec": arrays["decoder"], "b_dec": arrays["decoder_bias"]}
    if "encoder" in arrays:
        weights["W_enc"] = np.ascontiguousarray(arrays["encoder"].T)
    return config, weights | {t: arrays[o] for o, t in NAMES[coder.architecture].items()}


def read(config: object, weights: Mapping[str, np.ndarray], where: str) -> Dictionary:
    """An ensemble of the one autoencoder that SAELens, or `written`, wrote.

    Keys of the configuration that only say how it was trained are ignored.

    Raises:
        TegumError: naming `where` and what is wrong: a version before 6, an architecture or a
            normalisation that has no counterpart here, keys that are not known, sizes that are
            none, weights of other names or shapes, or weights that are not finite.
    """
    if not isinstance(config, dict):
        raise TegumError(f"{where}: {CONFIG} holds no configuration, but {type(config).__name__}")
    architecture = _supported(config, where)
    latents, n_inputs = _size(config, "d_sae", where), _size(config, "d_in", where)
    in_training = architecture in IN_TRAINING
    kind = "jumprelu" if in_training else architecture
    wanted = {"W_enc": (n_inputs, latents), "W_dec": (latents, n_inputs), "b_dec": (n_inputs,)}
    wanted |= dict.fromkeys(NAMES[kind].values(), (latents,))
    if kind == "matching_pursuit":
        del wanted["W_enc"]
    if in_training:
        del wanted["threshold"]
        wanted["topk_threshold"] = ()
    check_arrays(weights, wanted, where)

    exact = {name: np.asarray(array, float) for name, array in weights.items()}
    if in_training:
        exact["threshold"] = np.full(latents, exact["topk_threshold"])
    arrays = {"decoder": exact["W_dec"], "decoder_bias": exact["b_dec"]}
    arrays |= {o: exact[t] for o, t in NAMES[kind].items()}
    if "W_enc" in exact:
        arrays["encoder"] = exact["W_enc"].T
    if not config.get("apply_b_dec_to_input", True):
        if kind == "matching_pursuit":  # which then has no bias at all
            arrays["decoder_bias"] = np.zeros(n_inputs)
        else:
            _centre(arrays)
    rescaled = config.get("rescale_acts_by_decoder_norm", in_training)
    if rescaled and (in_training or kind == "topk"):
        _normalise(arrays)
    check_arrays(arrays, {name: array.shape for name, array in arrays.items()}, where)
    number = {"topk": "k", "matching_pursuit": "max_iterations"}.get(kind)
    k = None if number is None else check_k(config.get(number), latents, where, number)
    stops = kind == "matching_pursuit" and config.get(STOPS, True)
    return Coder(kind, arrays, k, stops).dictionary()


def _supported(config: Mapping[str, Any], where: str) -> str:
    metadata = config.get("metadata")
    version = metadata.get("sae_lens_version") if isinstance(metadata, dict) else None
    if not re.match(r"([6-9]|[1-9][0-9]+)\.", str(version)):
        raise TegumError(
            f"{where}: sae_lens_version in its metadata is {shown(version)}; expected 6 or later: "
            "load it with SAELens 6 and save it again"
        )
    architecture = config.get("architecture")
    if architecture not in (*NAMES, *IN_TRAINING):
        raise TegumError(
            f"{where}: architecture is {shown(architecture)}; supported are "
            f"{', '.join((*NAMES, *IN_TRAINING))}"
        )
    unknown = sorted(config.keys() - KNOWN)
    if unknown:
        raise TegumError(
            f"{where}: {shown(unknown[0])} is not known here and may change what is computed; "
            f"remove it from {CONFIG} if it does not"
        )
    for flag in FLAGS:
        if not isinstance(config.get(flag, True), bool):
            raise TegumError(f"{where}: {flag} is {shown(config[flag])}; expected true or false")
    if config.get("reshape_activations", "none") not in ("none", "hook_z"):
        found = config["reshape_activations"]
        raise TegumError(f"{where}: reshape_activations is {shown(found)}; expected none or hook_z")
    normalisation = config.get("normalize_activations", "none")
    if normalisation != "none":
        raise TegumError(
            f"{where}: normalize_activations is {shown(normalisation)}; only 'none' has a "
            "counterpart here: fold the normalisation into the weights before saving, with "
            "fold_activation_norm_scaling_factor or fold_activation_whitening of SAELens"
        )
    if architecture == "matching_pursuit" and config.get("residual_threshold") != 0:
        raise TegumError(
            f"{where}: residual_threshold is {shown(config.get('residual_threshold'))}; only 0 has "
            "a counterpart here, where residuals end no pursuit: set it and max_iterations in "
            f"{CONFIG} if that is what you want"
        )
    return architecture


def _size(config: Mapping[str, Any], name: str, where: str) -> int:
    size = config.get(name)
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise TegumError(f"{where}: {name} is {shown(size)}; expected a whole number above 0")
    return size


def _centre(arrays: dict[str, np.ndarray]) -> None:
    """Biases for an encoder of x - decoder_bias, from those for an encoder of x."""
    shift = arrays["encoder"] @ arrays["decoder_bias"]
    arrays["encoder_bias"] = arrays["encoder_bias"] + shift
    if "log_gain" in arrays:
        with np.errstate(all="ignore"):
            gain = np.exp(arrays["log_gain"])
            arrays["magnitude_bias"] = arrays["magnitude_bias"] + shift * gain


def _normalise(arrays: dict[str, np.ndarray]) -> None:
    """Unit directions, whose norms were a factor of the pre-activations."""
    norm = np.linalg.norm(arrays["decoder"], axis=1).clip(min=1e-8)
    arrays["decoder"] = arrays["decoder"] / norm[:, None]
    arrays["encoder"] = arrays["encoder"] * norm[:, None]
    arrays["encoder_bias"] = arrays["encoder_bias"] * norm
