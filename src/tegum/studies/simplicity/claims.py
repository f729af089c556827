"""Claims of `simplicity`. Thresholds and their sources are fixed before results are seen."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, Values, above, below, listed, within
from tegum.ledger.findings import Untested, finding
from tegum.statistics import rank_correlation
from tegum.theory.regions import ALIGNMENT, N_SQUARES

PROTOTYPE = "a small prototype of this project"
DINGLE = "Dingle, Camargo and Louis 2018; Valle-Pérez, Camargo and Louis 2019"
MINGARD = "Mingard et al. 2019, theorem 4.1"
MENDEL = "Mendel's comment: the bound is generic, its tightness is not"
FOOTNOTE = "the footnote's question, derived"
WATANABE = "Watanabe 2009"
AOYAGI = "Aoyagi and Watanabe 2005; Aoyagi 2024"
DEVINTERP = "devinterp's tests, whose relative tolerance is .4"
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
EXPONENT = 0.01
"""Largest deviation of an exponent of a closed form: own choice."""
SETTLED = 0.005
"""Deviation of the expectation from a threshold of multiplicity 1 at n_beta = 1e10: own choice."""
SAMPLED = 0.05
"""Deviation of chains from what they should sample, for thresholds of 1/4 and 1/2: own choice."""
RANKED = 0.8
"""Rank correlation of estimates and thresholds: own choice."""
TOLERANCE = 0.4
"""devinterp's relative tolerance."""

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
    def lead(architecture: str) -> np.ndarray:
        here = at(ds, architecture=architecture)
        rarer = np.minimum(here["constant_0"].values, here["constant_1"].values)
        return _log_ratio(rarer, here["next_most"], ds)

    return above(
        1.0,
        lead(NETWORK),
        control=("fair coins", lead(TABLE)),
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
    apart = abs(_log_ratio(here["constant_0"], here["constant_1"], ds))
    return below(
        EQUAL,
        apart,
        control=(
            "a constant and the next most frequent function",
            abs(_log_ratio(here["constant_0"], here["next_most"], ds)),
        ),
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


@architectures(
    "Functions of a random ReLU network that are not constant are far simpler than random strings.",
    PROTOTYPE,
    at={"architecture": (NETWORK, TABLE)},
)
def i1_simple(ds: xr.Dataset) -> Claim:
    gap = ds["random_complexity"] - ds["mean_complexity"]
    return above(
        SIMPLER,
        at(gap, architecture=NETWORK),
        control=("fair coins", at(gap, architecture=TABLE)),
        unit="bits",
        because=f"mean complexities by architecture: {listed(ds['mean_complexity'], 1)}; random "
        f"strings {float(ds['random_complexity'].mean()):.1f}",
    )


@architectures(
    "They are far simpler than strings with as many ones.",
    "own question: whether the gap is one of the number of ones alone",
    at={"architecture": (NETWORK, TABLE)},
)
def i1_beyond_ones(ds: xr.Dataset) -> Claim:
    gap = ds["shuffled_complexity"] - ds["mean_complexity"]
    return above(
        SIMPLER,
        at(gap, architecture=NETWORK),
        control=("fair coins", at(gap, architecture=TABLE)),
        unit="bits",
        because="complexity of the values shuffled over inputs minus that of the function",
    )


@finding(
    "biases",
    "The gap to random strings is smaller at small biases.",
    PROTOTYPE,
    at={"bias_scale": (0.1, 1.0)},
)
def i1_less(biases: xr.Dataset) -> Claim:
    gap = biases["random_complexity"] - biases["mean_complexity"]
    shuffled = biases["random_complexity"] - biases["shuffled_complexity"]
    return above(
        0.0,
        at(gap, bias_scale=1.0) - at(gap, bias_scale=0.1),
        control=(
            "strings with as many ones",
            at(shuffled, bias_scale=1.0) - at(shuffled, bias_scale=0.1),
        ),
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
    gap = weights["random_complexity"] - weights["mean_complexity"]
    random = weights["random_complexity"]
    return above(
        0.0,
        at(gap, weight_scale=1.0) - at(gap, weight_scale=4.0),
        control=(
            "random strings",
            at(random, weight_scale=1.0) - at(random, weight_scale=4.0),
        ),
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

    def apart(architecture: str) -> xr.DataArray:
        here = at(ds, architecture=architecture)
        return abs(here["envelope_slope"] / here["bound_slope"] - 1.0)

    return below(
        FITS,
        apart(NETWORK),
        control=("perceptron", apart(LINE)),
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
    MENDEL,
    at={"architecture": NETWORK},
)
def hated(ds: xr.Dataset) -> Claim:
    here = at(ds, architecture=NETWORK)
    every = at(ds, architecture=list(DRAWN))
    return above(
        MOST,
        here["simple_far"],
        control=("equally simple functions that were drawn 5 times", here["drawn_far"]),
        because="share of functions of at most three bits and parities whose probability is at "
        "least 4 bits below the bound, of those so simple that this would show "
        f"({float(here['n_judged'].min()):.0f} to {float(here['n_judged'].max()):.0f}); by "
        f"architecture: {listed(every['simple_far'])}",
    )


@architectures(
    "Which share of simple functions is hated depends on the architecture.",
    MENDEL,
    at={"architecture": DRAWN},
)
def hated_differs(ds: xr.Dataset) -> Claim:
    share = at(ds["simple_drawn"], architecture=list(DRAWN))
    best = share.max("architecture")
    other = share.copy(data=np.roll(share.values, 1, axis=share.dims.index("seed")))
    return above(
        0.01,
        best - share.min("architecture"),
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
    distance = ds["law_distance"]
    return below(
        UNIFORM,
        at(distance, bias_scale=0.0),
        control=("with biases", at(distance, bias_scale=1.0)),
        because="Kolmogorov's distance times the root of the number of draws",
    )


@finding(
    "regions",
    "A region costs the bits of the largest cell in it.",
    FOOTNOTE,
    kind="exact",
)
def bits_of_cells(ds: xr.Dataset) -> Claim:
    more = (ds["named_bits"] - ds["bits"]).values
    more = more[np.isfinite(more)]
    if not more.size:
        raise Untested("no region was searched")
    wrong = (more < -1e-9) | (more >= ALIGNMENT)
    return within(
        0,
        int(wrong.sum()),
        cases=more.size,
        because="searches of all cells between powers of 2 whose bits are not 0 to 4 more than "
        "those of the largest cell in closed form",
    )


def _per_halving(ds: xr.Dataset, shape: str, language: str) -> float:
    """Bits per halving of the width, from the two smallest widths."""
    bits = at(ds["bits"], shape=shape, language=language).transpose("halvings")
    if bits.sizes["halvings"] < 2:
        raise Untested("two widths are needed")
    last = bits.isel(halvings=slice(-2, None))
    return float(np.diff(last.values)[0] / np.diff(last["halvings"].values)[0])


EXPONENTS = {
    "square": (2.0, 2.0, 2.0),
    "squares": (2.0, 2.0, 2.0),
    "strip": (2.0, 1.0, 1.0),
    "diagonal": (2.0, 2.0, 1.0),
    "arc": (2.0, 1.5, 1.5),
    "crossing": (1.0, 1.0, 1.0),
}
"""Bits per halving of the width: squares, rectangles, turned rectangles."""


@finding(
    "regions",
    "Per halving of its width a strip costs one bit where the language has its direction and two "
    "where it has not; a strip along a curve one and a half, whatever the direction.",
    FOOTNOTE,
    at={"shape": tuple(EXPONENTS)},
    kind="exact",
)
def bits_of_strips(ds: xr.Dataset) -> Claim:
    languages = ds["language"].values.tolist()
    apart = [
        abs(_per_halving(ds, shape, language) - expected)
        for shape, each in EXPONENTS.items()
        for language, expected in zip(languages, each, strict=True)
    ]
    return within(
        EXPONENT,
        np.array(apart),
        because="largest deviation from 2 for squares, 1 for a normal crossing, and these",
    )


@finding(
    "regions",
    "Four squares cost two bits more than one square of their volume.",
    FOOTNOTE,
    at={"shape": "squares"},
    kind="exact",
)
def bits_of_unions(ds: xr.Dataset) -> Claim:
    here = at(ds, shape="squares")
    excess = here["bits"] - here["volume_bits"] - np.log2(N_SQUARES)
    return within(1e-9, abs(excess), because="bits minus log2(4 / volume), all languages")


@finding(
    "limits",
    "The expected loss of a normal crossing of multiplicity 1 tends to min 1 / 2k.",
    WATANABE,
    at={"n_beta": 1e10},
    kind="exact",
)
def rlct_crossing(ds: xr.Dataset) -> Claim:
    here = at(ds, n_beta=1e10)
    one = here["multiplicity"].values == 1
    if not one.any():
        raise Untested("no crossing of multiplicity 1")
    return within(
        SETTLED,
        abs(here["expected"] - here["rlct"]).values[one],
        because="integrated expectation at n_beta = 1e10",
    )


@finding(
    "limits",
    "Where the multiplicity is 2 it lies below by 1 / log n.",
    WATANABE,
    at={"n_beta": (1e8, 1e10), "exponents": ("1-1", "2-2")},
    kind="exact",
)
def rlct_multiplicity(ds: xr.Dataset) -> Claim:
    here = at(ds, exponents=["1-1", "2-2"])
    inverse = 1.0 / (here["rlct"] - here["expected"])
    slope = (at(inverse, n_beta=1e10) - at(inverse, n_beta=1e8)) / np.log(1e2)
    return within(
        0.02,
        abs(slope - 1.0),
        because="slope of 1 / (threshold - expectation) against log n, which is 1 / (m - 1)",
    )


@finding(
    "crossings",
    "Langevin estimates of normal crossings are those of the integral.",
    PROTOTYPE,
)
def i2_sampled(ds: xr.Dataset) -> Claim:
    def apart(estimate: xr.DataArray) -> xr.DataArray:
        return abs(estimate - ds["expected"]).max("exponents")

    estimate = ds["llc"].mean("chain")
    rolled = estimate.roll(exponents=1, roll_coords=False)
    steps = abs(ds["discretised"] - ds["expected"]).max("exponents")
    return below(
        SAMPLED,
        apart(estimate),
        control=("the estimate of another model", apart(rolled)),
        because="largest deviation over models, mean of chains, from the expectation under the "
        "same data, of which steps of this size make "
        f"{float(steps.mean()):.3f} for 0-1; R-hat at most {float(ds['rhat'].max()):.3f}",
    )


@finding(
    "crossings",
    "They scatter around 1 / 2 max k, with a sizeable spread of chains.",
    PROTOTYPE,
    at={"exponents": ("0-1", "0-2", "1-2")},
)
def i2_scatter(ds: xr.Dataset) -> Claim:
    here = at(ds, exponents=["0-1", "0-2", "1-2"])
    apart = abs(here["llc"].mean("chain") - here["rlct"]) / here["llc"].std("chain")
    regular = abs(1.0 - here["rlct"]) / here["llc"].std("chain")
    return below(
        3.5,
        apart.max("exponents"),
        control=("half the number of parameters in place of it", regular.max("exponents")),
        unit="sd",
        because="largest distance from the threshold in standard deviations of chains, of which "
        f"devinterp allows 3.5; these are {float(here['llc'].std('chain').mean()):.3f} on average",
    )


@finding(
    "crossings",
    "Where the multiplicity is 2 the threshold is under-estimated.",
    PROTOTYPE,
    at={"exponents": ("0-1", "0-2", "1-1", "2-2")},
)
def i2_multiplicity(ds: xr.Dataset) -> Claim:
    relative = 1.0 - ds["llc"].mean("chain") / ds["rlct"]
    expected = 1.0 - ds["expected"] / ds["rlct"]
    two, one = ["1-1", "2-2"], ["0-1", "0-2"]
    return above(
        0.0,
        at(relative, exponents=two).mean("exponents"),
        control=("multiplicity 1", at(relative, exponents=one).mean("exponents")),
        because="1 - estimate / threshold; by integration "
        f"{float(at(expected, exponents=two).mean()):.3f}",
    )


@finding(
    "steps",
    "Steps of a finite size over-estimate a quadratic's threshold as 1 / (2 - a) says.",
    "derived",
)
def i2_steps(ds: xr.Dataset) -> Claim:
    estimate = ds["llc"].mean("chain")
    return below(
        0.02,
        abs(estimate - ds["discretised"]).max("step_size"),
        control=("infinitely small steps", abs(estimate - ds["expected"]).max("step_size")),
        because="largest deviation over sizes of steps, a = "
        f"{float(ds['stiffness'].min()):.2f} to {float(ds['stiffness'].max()):.2f}",
    )


@finding(
    "limits",
    "The thresholds of linear networks of two layers are those of reduced-rank regression.",
    AOYAGI,
    kind="exact",
)
def rlct_formulas(ds: xr.Dataset) -> Claim:
    from tegum.theory.learning_coefficient import deep_linear, reduced_rank

    sizes = range(1, 8)
    apart = [
        abs(deep_linear([m, h, n], r) - reduced_rank(m, h, n, r))
        for m in sizes
        for h in sizes
        for n in sizes
        for r in range(min(m, h, n) + 1)
    ]
    return within(1e-9, np.array(apart), because="two published formulas, all sizes up to 7")


def _mean_llc(ds: xr.Dataset, start: str) -> xr.DataArray:
    return at(ds["llc"], start=start).mean("chain")


def _ranked(estimate: xr.DataArray, rlct: xr.DataArray) -> list[float]:
    pairs = zip(estimate.transpose("seed", "network").values, rlct.values.T, strict=True)
    return [rank_correlation(a, b) for a, b in pairs]


@finding(
    "linear",
    "Estimates of linear networks are ordered as their thresholds.",
    PROTOTYPE,
    at={"start": "truth"},
)
def i3_ordered(ds: xr.Dataset) -> Claim:
    rlct = at(ds["rlct"], start="truth").transpose("network", "seed")
    estimate = _mean_llc(ds, "truth")
    rolled = estimate.roll(network=1, roll_coords=False)
    return above(
        RANKED,
        _ranked(estimate, rlct),
        control=("the estimate of another network", _ranked(rolled, rlct)),
        because=f"Spearman's over {ds.sizes['network']} networks; estimate minus threshold, mean "
        f"{float((estimate - rlct).mean()):.2f}",
    )


@finding(
    "linear",
    "They are within .4 of them, relatively.",
    DEVINTERP,
    at={"start": "truth"},
)
def i3_close(ds: xr.Dataset) -> Claim:
    here = at(ds, start="truth")
    relative = _mean_llc(ds, "truth") / here["rlct"]
    regular = here["half_parameters"] / here["rlct"]
    return below(
        TOLERANCE,
        abs(relative - 1.0).max("network"),
        control=(
            "half the number of parameters in place of it",
            abs(regular - 1.0).max("network"),
        ),
        because="largest relative deviation; mean ratio by network: " + listed(relative),
    )


@finding(
    "linear",
    "From the maximum of the likelihood the estimate is higher than from the truth.",
    PROTOTYPE,
    at={"start": ("truth", "fitted")},
)
def i3_fitted(ds: xr.Dataset) -> Claim:
    chains = at(ds["llc"], start="truth")
    half = chains.sizes["chain"] // 2
    null = chains.isel(chain=slice(half)).mean("chain") - chains.isel(chain=slice(half, None)).mean(
        "chain"
    )
    return above(
        0.0,
        (_mean_llc(ds, "fitted") - _mean_llc(ds, "truth")).min("network"),
        control=("two halves of the chains", null.min("network")),
        because="smallest difference over networks",
    )


@finding(
    ("linear", "steps"),
    "It is less than half the number of parameters.",
    PROTOTYPE,
    at={"start": ("truth", "fitted")},
)
def i3_less(ds: xr.Dataset, steps: xr.Dataset) -> Claim:
    largest = (ds["llc"].mean("chain") / ds["half_parameters"]).max(("network", "start"))
    quadratic = steps["llc"].mean("chain").isel(step_size=0) / 0.5
    return below(
        1.0,
        largest,
        control=("a quadratic minimum", quadratic),
        because="largest ratio over networks and starts",
    )


@finding(
    "solutions",
    "Monosemantic solutions have a smaller learning coefficient than polysemantic ones.",
    "own question, which nobody has answered: neurons that few features use have fewer directions",
    at={"bias_offset": (0.0, -0.5)},
    sizes="steps at which the estimate no longer depends on their size, and longer chains",
)
def solutions(ds: xr.Dataset) -> Claim:
    small = ds.isel(step_size=0)
    llc = small["llc"]
    poly, mono = (at(llc.mean("chain"), bias_offset=offset) for offset in (0.0, -0.5))
    chains = at(llc, bias_offset=0.0)
    share, silent, loss = (
        listed(small[n].transpose("bias_offset", "seed"), 3)
        for n in ("mono_share", "silent_share", "loss")
    )
    return above(
        0.0,
        poly - mono,
        control=("two chains of one model", chains.isel(chain=0) - chains.isel(chain=-1)),
        because=f"estimates {float(poly.mean()):.0f} and {float(mono.mean()):.0f} of at most "
        f"{float(small['half_parameters'].mean()):.0f}; by initial bias: monosemantic share "
        f"{share}, silent neurons {silent}, loss {loss}; R-hat at most "
        f"{float(small['rhat'].max()):.2f}",
    )


@finding(
    "solutions",
    "The estimates do not depend on the size of the steps.",
    "what the estimate has to do before it is one",
    at={"bias_offset": (0.0, -0.5)},
)
def solutions_steps(ds: xr.Dataset) -> Claim:
    mean = ds["llc"].mean("chain")
    if mean.sizes["step_size"] < 2:
        raise Untested("two sizes of steps are needed")
    first, second = mean.isel(step_size=0), mean.isel(step_size=-1)
    poly, mono = at(first, bias_offset=0.0), at(first, bias_offset=-0.5)
    return below(
        0.1,
        abs(second / first - 1.0).max("bias_offset"),
        control=("the other kind of solution", abs(mono / poly - 1.0)),
        because="largest relative change from the smallest to the largest size of steps",
    )
