"""Findings about matrices that are sums over bigrams, and about exclusive tokens."""

import numpy as np
import xarray as xr

from tegum.labels import at, at_least, those
from tegum.ledger.claims import Claim, above, below, listed, within
from tegum.ledger.findings import finding
from tegum.studies.attention_bigrams.claims.conditions import (
    CAPACITY,
    COHERENT,
    COLD,
    DERIVED,
    HALF,
    HIT_LAW,
    LAW,
    LINEAR,
    MANY,
    MASS,
    NEAR_CHANCE,
    PERMUTED,
    PROTOTYPE,
    QUESTION,
    RATE,
    ROUNDING,
    SQUARES,
    THREAD,
    TIE_LAW,
    per_seed,
    slope_of,
)


@finding("noise", "Score noise grows as the number of bigrams to a power close to 1/2.", PROTOTYPE)
def f5_slope_bigrams(noise: xr.Dataset) -> Claim:
    slope, control = (slope_of(noise, "n_bigrams", c) for c in ("none", "shifted"))
    law = slope_of(noise, "n_bigrams", name="law_std").mean()
    return below(
        HALF,
        np.abs(slope - 0.5),
        control=(COHERENT, np.abs(control - 0.5)),
        because=f"|slope - 1/2| of log std; slope {slope.mean():.3f}, by the law {law:.3f}, "
        f"with a shared direction {control.mean():.3f}",
    )


@finding("noise", "Score noise falls with the dimensions.", PROTOTYPE)
def f5_falls(noise: xr.Dataset) -> Claim:
    slope, control = (slope_of(noise, "n_inputs", c) for c in ("none", "shifted"))
    return below(0.0, slope, control=(COHERENT, control), because="slope of log std against log d")


@finding("noise", "It falls more slowly than 1/d.", PROTOTYPE)
def f5_shallower(noise: xr.Dataset) -> Claim:
    slope, control = (slope_of(noise, "n_inputs", c) for c in ("none", "shifted"))
    law = slope_of(noise, "n_inputs", name="law_std").mean()
    return above(
        -1.0,
        slope,
        control=(COHERENT, control),
        because=f"slope of log std against log d; by the law {law:.3f}",
    )


@finding("noise", "The score noise is that of the law with endpoint terms.", DERIVED)
def f5_law(noise: xr.Dataset) -> Claim:
    apart, control = (
        per_seed(abs(np.log(at(noise.err_std, control=c) / noise.law_std)))
        for c in ("none", "shifted")
    )
    return below(
        LAW, apart, control=(COHERENT, control), because="mean |log(measured / law)| over d and |B|"
    )


@finding("noise", "The argmax hit rate falls as the number of bigrams grows.", PROTOTYPE)
def f5_hit_falls(noise: xr.Dataset) -> Claim:
    at_least(noise, n_bigrams=2)
    fall, control = (
        per_seed(hit.isel(n_bigrams=0) - hit.isel(n_bigrams=-1))
        for hit in (at(noise.attn_hit, control=c) for c in ("none", "permuted"))
    )
    return above(
        0.0, fall, control=(PERMUTED, control), because="at the fewest minus at the most bigrams"
    )


@finding(
    "noise",
    "With 32,000 bigrams in 64 dimensions it is near chance.",
    PROTOTYPE,
    at={"n_inputs": 64, "n_bigrams": 32000},
)
def f5_chance(noise: xr.Dataset) -> Claim:
    full = at(noise, n_inputs=64, n_bigrams=32000)
    excess, control = (
        per_seed(at(full.attn_hit, control=c) - full.chance) for c in ("none", "permuted")
    )
    return below(
        NEAR_CHANCE,
        excess,
        control=(PERMUTED, control),
        because=f"hit rate minus chance, which is {float(full.chance.mean()):.3f}",
    )


@finding("noise", "The hit rate is that of Gaussian scores, random matches included.", DERIVED)
def f5_hit_law(noise: xr.Dataset) -> Claim:
    apart, control = (
        per_seed(abs(at(noise.attn_hit, control=c) - noise.law_hit)) for c in ("none", "permuted")
    )
    return below(
        HIT_LAW, apart, control=(PERMUTED, control), because="mean |measured - law| over d and |B|"
    )


@finding("noise", "Attention on the true match is monotone in the inverse temperature.", PROTOTYPE)
def f5_mass_monotone(noise: xr.Dataset) -> Claim:
    at_least(noise, beta=2)
    steps = noise.attn_mass.diff("beta")
    each = steps.min(["beta", "n_inputs", "n_bigrams"])
    least, control = (per_seed(at(each, control=c)) for c in ("none", "permuted"))
    smoothed = at(steps, control="none").mean("seed")
    return above(
        0.0,
        least,
        control=(PERMUTED, control),
        because="least step between neighbouring beta, over d and |B|; least of the means over "
        f"embeddings {float(smoothed.min()):.4f}",
    )


@finding("noise", "It tends to the hit rate.", PROTOTYPE, at={"beta": 1024.0})
def f5_mass_limit(noise: xr.Dataset) -> Claim:
    mass = at(noise.attn_mass, control="none")
    apart, control = (
        per_seed(abs(at(mass, beta=b) - at(noise.attn_hit, control="none")))
        for b in (1024.0, float(noise.beta[0]))
    )
    return below(
        COLD,
        apart,
        control=("the warmest softmax", control),
        because="|mass at beta = 1024 minus hit rate|, mean over d and |B|",
    )


@finding("noise", "At temperature 0 the attention on it is the hit rate.", DERIVED, kind="exact")
def f5_cold(noise: xr.Dataset) -> Claim:
    return within(
        ROUNDING,
        abs(noise.attn_mass_cold - noise.attn_hit),
        because="shares of the largest scores against the index of the first of them",
    )


@finding("heads", "A projection to h dimensions has the noise of the law.", DERIVED)
def f5_projected(heads: xr.Dataset) -> Claim:
    both = at(heads, construction="projected")
    apart, control = (
        per_seed(abs(np.log(at(both.err_std, control=c) / both.law_std)))
        for c in ("none", "shifted")
    )
    return below(
        LAW, apart, control=(COHERENT, control), because="mean |log(measured / law)| over h and |B|"
    )


def _capacities(ds: xr.Dataset) -> xr.DataArray:
    """Bigrams at which the hit rate crosses `RATE`, by a line in log |B|; NaN where it does not."""
    at_least(ds, n_bigrams=2)
    log = np.log(ds["n_bigrams"].values.astype(float))
    hit = at(ds.attn_hit, control="none")

    def crossing(measured: np.ndarray) -> float:
        # A rate that rises again by chance is held down, so that it crosses once.
        rates = np.minimum.accumulate(measured)
        if rates[0] < RATE or rates[-1] >= RATE:
            return np.nan
        after = int(np.argmax(rates < RATE))
        share = (rates[after - 1] - RATE) / (rates[after - 1] - rates[after])
        return float(np.exp(log[after - 1] + share * (log[after] - log[after - 1])))

    return xr.apply_ufunc(crossing, hit, input_core_dims=[["n_bigrams"]], vectorize=True)


@finding("heads", "A projected matrix is full at as many bigrams as the law says.", DERIVED)
def f5_capacity_law(heads: xr.Dataset) -> Claim:
    both = at(heads, construction="projected")
    measured = _capacities(both)
    law = both.law_capacity.isel(n_bigrams=0)
    unlimited = law.isel(head_limit=-1)
    return below(
        CAPACITY,
        per_seed(abs(np.log(measured / law))),
        control=("the law of the largest h", per_seed(abs(np.log(measured / unlimited)))),
        because=f"mean |log(measured / law)| at hit rate {RATE:g}; measured "
        f"{listed(measured, 0)} by h, law {listed(law, 0)}",
    )


@finding("heads", "The capacity is linear in the dimensions of the head.", THREAD)
def f5_capacity_linear(heads: xr.Dataset) -> Claim:
    found = heads.assign(capacity=_capacities(at(heads, construction="projected")))
    inside = np.isfinite(found.capacity).all("seed").values
    usable = found.isel(head_limit=inside)
    slope = slope_of(usable, "head_limit", name="capacity")
    law = at(usable, construction="projected").isel(n_bigrams=0)
    expected = slope_of(law, "head_limit", name="law_capacity")
    return below(
        LINEAR,
        np.abs(slope - 1.0),
        control=("the law with endpoint terms", np.abs(expected - 1.0)),
        because=f"|slope - 1| of log capacity against log h; slope {slope.mean():.3f}, "
        f"by the law {expected.mean():.3f}",
    )


@finding("heads", "The best approximation of rank h hits more often than a projection.", QUESTION)
def f5_truncated(heads: xr.Dataset) -> Claim:
    hit = {
        c: at(heads.attn_hit, construction="truncated", control=c)
        - at(heads.attn_hit, construction="projected", control=c)
        for c in ("none", "permuted")
    }
    return above(
        0.0,
        per_seed(hit["none"]),
        control=(PERMUTED, per_seed(hit["permuted"])),
        because=f"mean difference over h and |B|; by h {listed(hit['none'].mean('n_bigrams'))}",
    )


@finding("ties", "Tied keys share attention equally when scores are exact.", DERIVED, kind="exact")
def f5_ties_exact(ties: xr.Dataset) -> Claim:
    return within(
        ROUNDING,
        abs(ties.tie_share_exact - 0.5),
        because="share of one of two tied keys among the largest true scores at temperature 0",
    )


@finding("ties", "With noise one of two tied keys takes over as the law of its size says.", DERIVED)
def f5_ties_law(ties: xr.Dataset) -> Claim:
    return below(
        TIE_LAW,
        per_seed(abs(ties.tie_share - ties.law_share)),
        control=("equal shares", per_seed(abs(ties.tie_share - 0.5))),
        because=f"mean |measured - E sigmoid(beta |difference|)|; by beta "
        f"{listed(ties.tie_share.mean(['n_inputs', 'n_bigrams']))}",
    )


@finding(
    "exclusive",
    "Two dimensions and argmax find the match of every token when tokens exclude each other.",
    THREAD,
    kind="exact",
)
def f5_exclusive(exclusive: xr.Dataset) -> Claim:
    return within(
        0,
        exclusive.misses,
        cases=int(exclusive.n_tokens.sum()) * exclusive.sizes["seed"],
        unit="violations",
        because="query tokens whose largest score is at another key token than its match",
    )


@finding("exclusive", "The lead of the match is 1 - cos(2 pi / m).", DERIVED, kind="exact")
def f5_exclusive_gap(exclusive: xr.Dataset) -> Claim:
    return within(
        1e-9,
        abs(exclusive.gap - exclusive.law_gap),
        because="least lead over all tokens against the closed form",
    )


@finding(
    "exclusive",
    "The inverse temperature that they need grows as the square of the number of tokens.",
    DERIVED,
    kind="exact",
)
def f5_exclusive_beta(exclusive: xr.Dataset) -> Claim:
    many = those(exclusive, "n_tokens", exclusive.n_tokens >= MANY, f"of at least {MANY}")
    # Near the match scores are a parabola: the mass is 1 / (1 + 2 e^-c + 2 e^-4c + ...).
    c = np.linspace(0.5, 10.0, 100_001)
    mass = 1.0 / (1.0 + 2.0 * sum(np.exp(-(j**2) * c) for j in range(1, 8)))
    squares = c[np.argmin(np.abs(mass - MASS))] / (2.0 * np.pi**2) * many.n_tokens**2
    slope = slope_of(exclusive, "n_tokens", name="beta_needed").mean()
    return within(
        SQUARES,
        abs(many.beta_needed / squares - 1.0),
        because=f"relative deviation from c m^2 / 2 pi^2; slope of log beta on log m {slope:.3f}",
    )


@finding("exclusive", "Two dimensions fail once two tokens are active together.", QUESTION)
def f5_together(exclusive: xr.Dataset) -> Claim:
    return below(
        0.5,
        per_seed(exclusive.hit_together),
        control=("one token at a time", per_seed(exclusive.hit_alone)),
        because=f"argmax hit rate; by m {listed(exclusive.hit_together)}",
    )
