"""Claims on functions of random parameters. Thresholds are fixed before results are seen."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, Values, above, below, listed
from tegum.ledger.findings import Untested, finding

PROTOTYPE = "a small prototype of this project"
DINGLE = "Dingle, Camargo and Louis 2018; Valle-Pérez, Camargo and Louis 2019"
MINGARD = "Mingard et al. 2019, theorem 4.1"
MENDEL = "Mendel's comment: the bound is generic, its tightness is not"
NETWORK, TABLE, LINE = "relu", "lookup", "perceptron"
DRAWN = ("perceptron", "relu", "tanh", "deep_relu")
"""Architectures that draw some functions often."""
EQUAL = 0.2
"""|log2| of a ratio of probabilities that are about equal: own choice."""
STRONG = -0.5
"""Rank correlation that is strong: own choice."""
SIMPLER = 14.0
"""Bits of complexity that are far: two words in both directions, own choice."""
FITS = 0.3
"""Largest |ratio - 1| of slopes that fit: own choice."""
MOST = 0.5
"""Share that is most."""
APART = 1.0
"""Bits by which architectures differ: own choice."""
SPAN = 10.0
"""Bits of probability over which a slope is one: three orders, own choice."""
UNIFORM = 1.36
"""Kolmogorov's distance times the root of the sample that 5 % exceed."""

architectures = partial(finding, "architectures")


def _log_ratio(first: Values, second: Values, ds: xr.Dataset) -> np.ndarray:
    """log2 of a ratio of probabilities, what was never drawn counted as half a draw."""
    least = 0.5 * float(ds["prob"].min()) if np.isfinite(ds["prob"]).any() else 1e-9
    return np.log2(np.maximum(first, least) / np.maximum(second, least))


@architectures(
    "The two constant functions are by far the most probable ones of a random ReLU network.",
    PROTOTYPE,
    at={"architecture": (NETWORK, TABLE)},
)
def i1_constants(ds: xr.Dataset) -> Claim:
    rarer = np.minimum(ds["constant_0"], ds["constant_1"])
    lead = ds["constant_0"].copy(data=_log_ratio(rarer, ds["next_most"], ds))
    return above(
        1.0,
        at(lead, architecture=NETWORK),
        control=("fair coins", at(lead, architecture=TABLE)),
        unit="bits",
        because="log2 P of the rarer constant over that of the most frequent other function",
    )


@architectures(
    "The two constant functions are about equally probable.",
    PROTOTYPE,
    at={"architecture": NETWORK},
)
def i1_equal(ds: xr.Dataset) -> Claim:
    here = at(ds, architecture=NETWORK)
    apart, control = (
        abs(_log_ratio(here["constant_0"], here[n], ds)) for n in ("constant_1", "next_most")
    )
    return below(
        EQUAL,
        apart,
        control=("a constant and the next most frequent function", control),
        unit="bits",
        because="|log2| of the ratio",
    )


@finding(
    ("biases", "architectures"),
    "The constant functions are more probable the larger the biases.",
    PROTOTYPE,
    at={"bias_scale": (0.1, 1.0), "architecture": TABLE},
)
def i1_biases(biases: xr.Dataset, ds: xr.Dataset) -> Claim:
    both = biases["constant_0"] + biases["constant_1"]
    table = at(ds["constant_0"] + ds["constant_1"], architecture=TABLE)
    return above(
        0.0,
        at(both, bias_scale=1.0) - at(both, bias_scale=0.1),
        control=("fair coins, two halves of the seeds", table - np.roll(table.values, 1)),
        because="difference of their probability at biases of 1 and .1",
    )


@architectures(
    "Among frequent functions that are not constant, log P falls with complexity.",
    DINGLE,
    at={"architecture": LINE},
)
def i1_correlation(ds: xr.Dataset) -> Claim:
    here = at(ds, architecture=LINE)
    return below(
        STRONG,
        here["correlation"],
        control=("complexities of other functions", here["shuffled_correlation"]),
        because="Spearman's, functions drawn at least 5 times by a perceptron, of which there are "
        f"{float(here['n_frequent'].min()):.0f} to {float(here['n_frequent'].max()):.0f}; means of "
        f"architectures: {listed(at(ds['correlation'], architecture=list(DRAWN)))}",
    )


def _simpler(ds: xr.Dataset, than: str, because: str) -> Claim:
    """Whether functions of the network are far simpler than other strings, beside fair coins."""
    gap = ds[f"{than}_complexity"] - ds["mean_complexity"]
    return above(
        SIMPLER,
        at(gap, architecture=NETWORK),
        control=("fair coins", at(gap, architecture=TABLE)),
        unit="bits",
        because=because,
    )


@architectures(
    "Functions of a random ReLU network that are not constant are far simpler than random strings.",
    PROTOTYPE,
    at={"architecture": (NETWORK, TABLE)},
)
def i1_simple(ds: xr.Dataset) -> Claim:
    means = listed(ds["mean_complexity"], 1)
    random = float(ds["random_complexity"].mean())
    told = f"mean complexities by architecture: {means}; random strings {random:.1f}"
    return _simpler(ds, "random", told)


@architectures(
    "They are far simpler than strings with as many ones.",
    "own question: whether the gap is one of the number of ones alone",
    at={"architecture": (NETWORK, TABLE)},
)
def i1_beyond_ones(ds: xr.Dataset) -> Claim:
    told = "complexity of the values shuffled over inputs minus that of the function"
    return _simpler(ds, "shuffled", told)


@finding(
    "biases",
    "The gap to random strings is smaller at small biases.",
    PROTOTYPE,
    at={"bias_scale": (0.1, 1.0)},
)
def i1_less(biases: xr.Dataset) -> Claim:
    gap = biases["random_complexity"] - biases["mean_complexity"]
    shuffled = biases["random_complexity"] - biases["shuffled_complexity"]
    found, control = (at(g, bias_scale=1.0) - at(g, bias_scale=0.1) for g in (gap, shuffled))
    return above(
        0.0,
        found,
        control=("strings with as many ones", control),
        unit="bits",
        because="gap at biases of 1 minus that at .1",
    )


@finding(
    "weights",
    "The simplicity bias of tanh networks fades as their weights grow.",
    "Yang and Salman 2019: ordered and chaotic phases",
    at={"weight_scale": (1.0, 4.0)},
)
def i1_chaos(weights: xr.Dataset) -> Claim:
    random = weights["random_complexity"]
    gap = random - weights["mean_complexity"]
    found, control = (at(g, weight_scale=1.0) - at(g, weight_scale=4.0) for g in (gap, random))
    return above(
        0.0,
        found,
        control=("random strings", control),
        unit="bits",
        because=f"gap at weights of 1 minus that at 4; mean complexity by scale of the weights: "
        f"{listed(weights['mean_complexity'], 1)}",
    )


@architectures(
    "The bound's slope log2(outputs) / max K is that of the most probable functions.",
    DINGLE,
    at={"architecture": NETWORK},
    sizes="a million draws",
)
def i1_slope(ds: xr.Dataset) -> Claim:
    span = float(at(ds["span"], architecture=NETWORK).min())
    if not span >= SPAN:
        raise Untested(
            f"probabilities that were measured span {span:.1f} bits; a slope takes {SPAN:g}, since "
            "rarer functions are missing where they would be steepest"
        )
    apart = abs(ds["envelope_slope"] / ds["bound_slope"] - 1.0)
    return below(
        FITS,
        at(apart, architecture=NETWORK),
        control=("perceptron", at(apart, architecture=LINE)),
        because="|ratio - 1| of the slope of the largest log2 P by K and the bound's",
    )


@architectures(
    "How far frequent functions lie below the bound differs between architectures.",
    MENDEL,
    at={"architecture": DRAWN},
)
def tightness(ds: xr.Dataset) -> Claim:
    gap = at(ds["bound_gap"], architecture=list(DRAWN))
    within_one = [float(v.max() - v.min()) for _, v in gap.groupby("architecture")]
    return above(
        APART,
        gap.max("architecture") - gap.min("architecture"),
        control=("one architecture, largest and smallest seed", [*within_one, np.nan][:5]),
        unit="bits",
        because=f"range over architectures of the mean distance; means: {listed(gap)}",
    )


@architectures(
    "Most simple functions lie far below the bound: a ReLU network hates them.",
    MENDEL + "; exploratory: which functions count was narrowed after a look at one seed",
    at={"architecture": NETWORK},
)
def hated(ds: xr.Dataset) -> Claim:
    here = at(ds, architecture=NETWORK)
    return above(
        MOST,
        here["simple_far"],
        control=("equally simple functions that were drawn 5 times", here["drawn_far"]),
        because="share of functions of at most three bits and parities whose probability is at "
        "least 4 bits below the bound, of those so simple that this would show "
        f"({float(here['n_judged'].min()):.0f} to {float(here['n_judged'].max()):.0f}); by "
        f"architecture: {listed(at(ds['simple_far'], architecture=list(DRAWN)))}",
    )


@architectures(
    "Which share of simple functions is hated depends on the architecture.",
    MENDEL,
    at={"architecture": DRAWN},
)
def hated_differs(ds: xr.Dataset) -> Claim:
    share = at(ds["simple_drawn"], architecture=list(DRAWN))
    other = share.copy(data=np.roll(share.values, 1, axis=share.dims.index("seed")))
    return above(
        0.01,
        share.max("architecture") - share.min("architecture"),
        control=("the same architecture, another seed", abs(share - other).max("architecture")),
        because="range over architectures of the share of simple functions that were drawn at all; "
        f"means: {listed(share, 3)}",
    )


@finding(
    "perceptrons",
    "The number of ones of a random perceptron without bias has a uniform law.",
    MINGARD,
    at={"bias_scale": (0.0, 1.0)},
)
def perceptron_law(ds: xr.Dataset) -> Claim:
    without, control = (at(ds["law_distance"], bias_scale=scale) for scale in (0.0, 1.0))
    return below(
        UNIFORM,
        without,
        control=("with biases", control),
        because="Kolmogorov's distance times the root of the number of draws",
    )
