"""Figures of the study `attention_bigrams`, drawn from its measure Datasets."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import xarray as xr

from tegum.figures import figure, theme
from tegum.figures.series import as_series, worded
from tegum.labels import at

Data = Mapping[str, xr.Dataset]
SEEDS = "Five embeddings; bands and bars are 95 % bootstrap intervals of the mean over them."
NAMES = {
    "n_bigrams": "number of bigrams |B|",
    "n_inputs": "dimensions d",
    "head_limit": "dimensions of the head h",
    "head": "dimensions of the head h",
    "n_tokens": "tokens m",
}
_named = partial(worded, names=NAMES)


def _lawful(ds: xr.Dataset, name: str, law: str, x: str, by: str, **look: Any) -> Any:
    """Measured bands per value of `by`, over the dashed lines of the law."""
    measured = at(ds[[name]], control="none") if "control" in ds[name].dims else ds[[name]]
    lines = ds[[law]].isel(seed=0, drop=True)
    panel = theme.band(measured, name, x, by, logx=True, colours="viridis", **look)
    control = ds[by].values.tolist()
    options: Any = {"logx": True, "logy": look.get("logy", False), "legend": None}
    return theme.overlay(panel, theme.curves(lines, law, x, by, control=control, **options))


@figure(
    caption="Standard deviation of the score of keys that match nothing, against the number of "
    "bigrams and against the dimensions; grey: the law with endpoint terms. 1,000 features, 3 "
    f"active at a position. {SEEDS}",
    shows="The noise grows as a power of the number of bigrams that is {f5_slope_bigrams} away "
    "from 1/2, and falls with the dimensions with the slope {f5_falls}. It is that of the law "
    "within {f5_law} in the logarithm.",
    surprise="The slope in d is not -1: bigrams of which one end is active add noise that falls as "
    "the root of d alone, and make most of it once d exceeds s m / 2.",
    sweeps=("noise",),
)
def noise(data: Data) -> Any:
    ds = _named(data["noise"])
    return theme.layout(
        _lawful(ds, "err_std", "law_std", "n_bigrams", "n_inputs", logy=True),
        _lawful(ds, "err_std", "law_std", "n_inputs", "n_bigrams", logy=True),
    )


@figure(
    caption="Left: how often the largest score is at a key with the largest true score, against "
    "the number of bigrams; grey: the law of Gaussian noise. Right: the same with the bigrams' "
    f"queries exchanged. 16 keys. {SEEDS}",
    shows="The rate falls by {f5_hit_falls} from the fewest bigrams to the most, as the law says "
    "within {f5_hit_law}. At the most bigrams in the fewest dimensions it is {f5_chance} above "
    "chance (near chance: {f5_chance.verdict}).",
    surprise="Chance rises with the number of bigrams, since matches by chance become frequent: "
    "several keys then hold the largest true score.",
    sweeps=("noise",),
)
def hits(data: Data) -> Any:
    ds = _named(data["noise"])
    permuted = at(ds[["attn_hit"]], control="permuted")
    return theme.layout(
        _lawful(ds, "attn_hit", "law_hit", "n_bigrams", "n_inputs", ylim=(0.0, 1.02)),
        theme.band(
            permuted,
            "attn_hit",
            "n_bigrams",
            "n_inputs",
            logx=True,
            colours="viridis",
            ylim=(0.0, 1.02),
            title="bigrams exchanged",
        ),
    )


@figure(
    caption="Attention on the keys with the largest true score against the inverse temperature, "
    "by the number of bigrams, in the fewest and in the most dimensions; grey: bigrams exchanged, "
    f"at the fewest. {SEEDS}",
    shows="Attention sharpens towards the hit rate ({f5_mass_limit} from it at the coldest; at "
    "temperature 0 equal: {f5_cold.verdict}). Monotone in the inverse temperature: "
    "{f5_mass_monotone.verdict}, least step {f5_mass_monotone}.",
    surprise="Where the noise exceeds the match a colder softmax cannot help, it only commits to "
    "one key.",
    sweeps=("noise",),
)
def temperature(data: Data) -> Any:
    ds = data["noise"]
    panels = []
    for place in (0, -1):
        part = ds.isel(n_inputs=place)
        values = part["n_bigrams"].values.tolist()
        parts = {f"{n:,}": at(part.attn_mass, control="none", n_bigrams=n) for n in values}
        parts["exchanged"] = at(part.attn_mass, control="permuted", n_bigrams=values[0])
        table = as_series(
            "of",
            {k: v.drop_vars("n_bigrams") for k, v in parts.items()},
            NAMES["n_bigrams"],
            ds.attn_mass,
        )
        look: Any = {"logx": True, "colours": "viridis", "control": "exchanged", "ylim": (0, 1.02)}
        title = f"d = {int(part.n_inputs)}"
        panels.append(theme.band(table, "value", "beta", "of", title=title, **look))
    return theme.layout(*panels)


@figure(
    caption="Hit rate against the number of bigrams by the dimensions of the head: keys through a "
    "random projection, and the best approximation of that rank; grey: the law of the projection, "
    f"in both. 128 dimensions of the stream, 16 keys. {SEEDS}",
    shows="A projection follows its law (noise within {f5_projected}, number of bigrams at which "
    "it is full within {f5_capacity_law}, in logarithms). The best approximation of that rank "
    "hits more often by {f5_truncated}.",
    surprise="Linear in the dimensions of the head: {f5_capacity_linear.verdict}; the slope is "
    "{f5_capacity_linear} away from 1.",
    sweeps=("heads",),
)
def heads(data: Data) -> Any:
    ds = _named(data["heads"])
    law = at(ds.law_hit, construction="projected")
    panels = []
    for construction in ds["construction"].values.tolist():
        part = at(ds, construction=construction).assign(law_hit=law)
        look: Any = {"title": construction, "ylim": (0.0, 1.02)}
        panels.append(_lawful(part, "attn_hit", "law_hit", "n_bigrams", "head_limit", **look))
    return theme.layout(*panels)


@figure(
    caption="Left: share of the larger of two tied keys, of the attention that both get, against "
    "the inverse temperature, 500 bigrams; grey: E sigmoid(beta |difference|). Right: inverse "
    "temperature at which one of m exclusive tokens in two dimensions gets nine tenths of the "
    f"attention; grey: the law. {SEEDS}",
    shows="Exact scores split attention equally ({f5_ties_exact.verdict}); with noise one key "
    "takes it, as the law says within {f5_ties_law}. Two dimensions find the match of every "
    "exclusive token ({f5_exclusive.verdict}), at a temperature that falls as 1/m² "
    "({f5_exclusive_beta.verdict}).",
    surprise="With two tokens at a time the same two dimensions hit at a rate of {f5_together}: it "
    "is the exclusion that makes them suffice.",
    sweeps=("ties", "exclusive"),
)
def ties(data: Data) -> Any:
    tied = _named(data["ties"].isel(n_bigrams=0))
    tokens = _named(data["exclusive"])
    needed = as_series(
        "of", {"measured": tokens.beta_needed, "law": tokens.law_beta}, "", tokens.beta_needed
    )
    look: Any = {"logx": True, "logy": True, "control": "law", "markers": True}
    return theme.layout(
        _lawful(tied, "tie_share", "law_share", "beta", "n_inputs", ylim=(0.48, 1.02)),
        theme.band(needed, "value", "n_tokens", "of", **look),
    )


@figure(
    caption="Heads that learn 16 bigrams among 64 features in 32 dimensions, against the "
    "dimensions of the head. Left: mean squared cosine of two bigrams' directions in the head; "
    "grey: random directions, and the Welch bound. Right: hit rate; grey: untrained heads and "
    f"bigrams exchanged; 8 keys. {SEEDS}",
    shows="With a dimension for each bigram training leaves {f5_orthogonal} of the overlap of "
    "random directions (orthogonal: {f5_orthogonal.verdict}); with fewer it is {f5_packed} times "
    "the Welch bound. Trained heads hit more often than a direction for each bigram by "
    "{f5_gain_built}, and than a projection by {f5_gain_projected}.",
    surprise="Freezing the keys' map at random costs {f5_frozen} of the hit rate.",
    sweeps=("trained",),
)
def trained(data: Data) -> Any:
    ds = _named(data["trained"])
    kinds = ("trained", "built", "projected", "untrained")
    overlap: dict[str, xr.DataArray] = {
        k: at(ds.overlap, heads=k).drop_vars("heads") for k in kinds
    }
    overlap |= {"random": ds.random_overlap, "Welch bound": ds.law_overlap}
    hit = {k: at(ds.attn_hit, heads=k).drop_vars("heads") for k in (*kinds, "permuted")}
    lines: Any = {"logx": True, "markers": True}
    return theme.layout(
        theme.band(
            as_series("of", overlap, "head", ds.overlap),
            "value",
            "head",
            "of",
            control=("random", "Welch bound"),
            **lines,
        ),
        theme.band(
            as_series("of", hit, "head", ds.attn_hit),
            "value",
            "head",
            "of",
            control=("untrained", "permuted"),
            ylim=(0.0, 1.02),
            **lines,
        ),
    )
