"""A page per latent: where it fires, which tokens it raises, what is like it under each control.

Of every measured dataset that holds `peak`, `peak_text`, `effect` and `effect_text` along `seed`
and `latent` (`docs/results-schema.md`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from tegum.data.letters import from_utf8

NEEDED = frozenset({"peak", "peak_text", "effect", "effect_text", "latent_place"})
TWICE = 2.0
"""How many times a random direction's divergence a latent has to reach to move the outputs."""


@dataclass(frozen=True)
class Word:
    """A token, and how strongly it is marked."""

    text: str
    value: str
    share: float
    """Of the largest value on the page, from 0 to 1."""


@dataclass(frozen=True)
class Like:
    """Where a latent stands among those of a control."""

    control: str
    density: int
    entropy: int
    """Percentiles."""


@dataclass(frozen=True)
class LatentView:
    """One latent of one dictionary."""

    seed: int
    number: int
    first: str
    """The token on which it fires most."""
    density: float
    entropy: float
    over_random: float
    over_matched: float
    examples: list[list[Word]]
    raised: list[Word]
    lowered: list[Word]
    likes: list[Like]

    @property
    def name(self) -> str:
        """As it is called in the addresses of pages."""
        return f"{self.seed}-{self.number}"

    @property
    def verdict(self) -> str:
        """What it does to outputs, beside random directions as long."""
        if self.over_random < TWICE:
            return "not twice as much as random directions"
        if self.over_matched < TWICE:
            return "twice as much as isotropic directions, not as those of equal covariance"
        return "at least twice as much as random directions"


def latent_views(datasets: Sequence[xr.Dataset]) -> list[LatentView]:
    """The latents of a study that pages are made of; none where no dataset holds any.

    Args:
        datasets: those of its sweeps.
    """
    known = next((ds for ds in datasets if _controls(ds)), None)
    return [
        view
        for ds in datasets
        if set(map(str, ds.data_vars)) >= NEEDED and bool((ds["available"] == 1).all())
        for view in _views(ds, known)
    ]


def _controls(ds: xr.Dataset) -> bool:
    entropy = ds.get("token_entropy")
    return entropy is not None and entropy.dims == ("rung", "seed", "latent")


def _views(ds: xr.Dataset, known: xr.Dataset | None) -> Iterator[LatentView]:
    for seed in ds["seed"].values:
        for place in range(ds.sizes["latent"]):
            one = ds.sel(seed=seed).isel(latent=place)
            density, entropy = float(one["latent_density"]), float(one["latent_entropy"])
            raised, lowered = (_effects(one.sel(end=end)) for end in ("raised", "lowered"))
            kl = float(one["latent_kl"])
            yield LatentView(
                seed=int(seed),
                number=int(one["latent_place"]),
                first=from_utf8(one["peak_text"].sel(offset=0).isel(example=0).values.tolist()),
                density=density,
                entropy=entropy,
                over_random=kl / float(one["random_kl"]),
                over_matched=kl / float(one["matched_kl"]),
                examples=_examples(one),
                raised=raised,
                lowered=lowered,
                likes=[] if known is None else list(_likes(known, density, entropy)),
            )


def _examples(one: xr.Dataset) -> list[list[Word]]:
    peak = one["peak"].transpose("example", "offset").values
    texts = one["peak_text"].transpose("example", "offset", "byte").values
    top = float(peak.max()) or 1.0
    middle = peak.shape[1] // 2
    return [
        [
            Word(text, f"{value:.2f}", float(value) / top)
            for value, code in zip(values, codes, strict=True)
            if (text := from_utf8(code.tolist()))
        ]
        for j, (values, codes) in enumerate(zip(peak, texts, strict=True))
        if values[middle] > 0 or j == 0
    ]


def _effects(one: xr.Dataset) -> list[Word]:
    values, codes = one["effect"].values, one["effect_text"].transpose("token", "byte").values
    top = float(np.abs(values).max()) or 1.0
    return [
        Word(from_utf8(code.tolist()), f"{value:+.2f}", abs(float(value)) / top)
        for value, code in zip(values, codes, strict=True)
    ]


def _likes(known: xr.Dataset, density: float, entropy: float) -> Iterator[Like]:
    for control in known["rung"].values:
        one = known.sel(rung=control)
        entropies = one["token_entropy"].values
        if np.isfinite(entropies).any():
            yield Like(
                str(control),
                _percentile(one["density"].values, density),
                _percentile(entropies, entropy),
            )


def _percentile(values: np.ndarray, value: float) -> int:
    finite = values[np.isfinite(values)]
    return round(100 * float((finite < value).mean()))
