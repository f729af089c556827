"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from typing import Any, get_args

from tegum.data.layouts import along
from tegum.data.schema import CHANGES, Layout, schema
from tegum.dictionaries.measures import RECONSTRUCTION
from tegum.metrics.spheres import KINDS
from tegum.metrics.substitutions import LINES, MOVES, SUBSTITUTED
from tegum.studies.real_dictionaries.params import Rung

F32 = "float32"
RUNGS: tuple[str, ...] = get_args(Rung)
AVAILABLE: Layout = {"available": ((), F32, "whether the extra `models` was installed")}
DICTIONARY: Layout = {
    **{name: ((), F32, text) for name, text in RECONSTRUCTION.items()},
    "fvu_fitted": ((), F32, "the same on the tokens that a dictionary is fitted to"),
    "loss_change": ((), *CHANGES["loss_change"]),
    "participation_ratio": ((), F32, "participation ratio of the activations"),
    "density": (("latent",), F32, "share of the tokens on which a latent fires"),
    "token_entropy": (("latent",), F32, "entropy over tokens of what a latent fires on", "nat"),
}
ON_SPHERES = [*KINDS, "equal covariance"]
"""Directions on a sphere: of latents, of mixtures of them, or of the covariance of activations."""
ENDS = ["raised", "lowered"]
"""Tokens whose logits a latent changes most."""
TOKENS, BYTES = 8, 16
"""Such tokens that are kept, and bytes of a token's text."""
PEAK: tuple[str, ...] = ("latent", "example", "offset")

OUTPUTS: Layout = {
    "fvu": ((), F32, "fraction of variance unexplained"),
    "loss_change": ((), *CHANGES["loss_change"]),
    "kl": (("substitution",), F32, "KL divergence of the outputs", "nat"),
    "loss": (("substitution",), F32, "change of the loss on the next token", "nat"),
    "length": (("substitution",), F32, "length of the change"),
    "moved_kl": (("move",), F32, "KL divergence from the reconstruction's", "nat"),
    "movable": ((), F32, "share of samples in which active latents can move so far"),
    "line_kl": (("line", "distance"), F32, "KL divergence along a line", "nat"),
    "half": (("line",), F32, "distance at half of the largest divergence"),
    "sphere_peak": (("radius", "kind"), F32, "divergence over the median of random directions"),
    "sphere_circle": (("angle",), F32, "divergence over the median of random directions"),
    "latent_kl": (("latent",), F32, "KL divergence after a latent is added", "nat"),
    "random_kl": (("latent",), F32, "the same of a random direction", "nat"),
    "matched_kl": (("latent",), F32, "the same of one of equal covariance", "nat"),
    "latent_place": (("latent",), F32, "number of the latent in its dictionary"),
    "latent_density": (("latent",), F32, "share of the tokens on which it fires"),
    "latent_entropy": (("latent",), F32, "entropy over tokens of what it fires on", "nat"),
    "peak": (PEAK, F32, "activation of the latent around where it fires most"),
    "peak_text": ((*PEAK, "byte"), "uint8", "text of these tokens, UTF-8"),
    "effect": (("latent", "end", "token"), F32, "mean change of a logit"),
    "effect_text": (("latent", "end", "token", "byte"), "uint8", "text of its token, UTF-8"),
}
"""What is measured of one dictionary by changes of the model's activations."""

COORDS: dict[str, tuple[Any, ...]] = {
    "distance": (("distance",), None, "distance, over that of a mean activation from the mean"),
    "radius": (("radius",), None, "radius, over the distance of a mean activation from the mean"),
    "angle": (("angle",), None, "angle from an active latent to an inactive one", "°"),
}
FLOATS = [name for name, (_, dtype, *_) in (DICTIONARY | OUTPUTS).items() if dtype == F32]

SCHEMAS = {
    "generate": schema(
        "real_dictionaries.generate",
        {
            **along(AVAILABLE, "cell"),
            "tokens": (("cell",), F32, "tokens that are kept"),
            "digest": (("cell",), "float64", "first 52 bits of the digest of the activations"),
        },
    ),
    "fit": schema(
        "real_dictionaries.fit", along({**AVAILABLE, **DICTIONARY}, "cell"), missing=FLOATS
    ),
    "control": schema(
        "real_dictionaries.control", along({**AVAILABLE, **OUTPUTS}, "cell"), COORDS, missing=FLOATS
    ),
    "measure/dictionaries": schema(
        "real_dictionaries.dictionaries", along({**AVAILABLE, **DICTIONARY}, "...")
    ),
    "measure/outputs": schema(
        "real_dictionaries.outputs", along({**AVAILABLE, **OUTPUTS}, "..."), COORDS
    ),
}

ALONG = {
    "available": [1.0],
    "substitution": SUBSTITUTED,
    "move": MOVES,
    "line": LINES,
    "end": ENDS,
    "distance": [i / 7 for i in range(8)],
    "kind": ON_SPHERES,
    "radius": [0.1, 0.3, 1.0],
    "angle": [30.0 * i for i in range(13)],
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
