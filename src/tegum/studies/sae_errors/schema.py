"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from tegum.data.layouts import along
from tegum.data.schema import CHANGES, Layout, schema
from tegum.metrics import substitutions
from tegum.metrics.spheres import KINDS
from tegum.metrics.substitutions import MOVES, SUBSTITUTIONS

F32 = "float32"
QUALITY: Layout = {
    "fvu": ((), F32, "fraction of variance unexplained"),
    "mcc": ((), F32, "matched |cos| with the true features"),
    "l0": ((), F32, "latents that fire"),
    **{name: ((), *of) for name, of in CHANGES.items()},
}
KEPT: Layout = {
    "latents": (("sample", "latent"), F32, "latents of fresh samples"),
    "directions": (("latent", "input"), F32, "direction"),
    "bias": (("input",), F32, "what is reconstructed where no latent fires"),
}
LINES = [*substitutions.LINES, "decrease"]
"""Directions that leave an activation."""

SCHEMAS = {
    "fit": schema("sae_errors.fit", along({**QUALITY, **KEPT}, "cell")),
    "measure/errors": schema(
        "sae_errors.errors",
        {
            **along(QUALITY, "..."),
            "kl": (("...", "substitution"), F32, "KL divergence of the outputs", "nat"),
            "length": (("...", "substitution"), F32, "length of the change"),
            "moved_kl": (("...", "move"), F32, "KL divergence from the reconstruction's", "nat"),
        },
    ),
    "measure/plateaus": schema(
        "sae_errors.plateaus",
        {
            "kl": (("...", "line", "distance"), F32, "KL divergence of the outputs", "nat"),
            "half": (("...", "line"), F32, "distance at half of the largest divergence"),
        },
        {"distance": (("distance",), None, "distance, over the length of an activation")},
    ),
    "measure/spheres": schema(
        "sae_errors.spheres",
        {
            "peak": (("...", "kind"), F32, "divergence over the median of random directions"),
            "top_cosine": (("...", "part"), F32, "largest |cos| with a feature"),
            "circle": (("...", "angle"), F32, "divergence over the median of random directions"),
        },
        {"angle": (("angle",), None, "angle from the active feature to the inactive one", "°")},
    ),
}

ALONG = {
    "substitution": SUBSTITUTIONS,
    "move": MOVES,
    "line": LINES,
    "kind": KINDS,
    "part": ["top", "all"],
    "distance": [i / 40 for i in range(41)],
    "angle": [i * 7.5 for i in range(49)],
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
