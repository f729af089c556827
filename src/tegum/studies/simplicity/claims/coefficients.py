"""Claims on learning coefficients. Thresholds are fixed before results are seen."""

from functools import partial
from itertools import product

import numpy as np
import xarray as xr

from tegum.labels import at, at_least, those
from tegum.ledger.claims import Claim, above, below, listed, within
from tegum.ledger.findings import finding
from tegum.statistics import rank_correlation
from tegum.theory.learning_coefficient import deep_linear, reduced_rank

PROTOTYPE = "a small prototype of this project"
WATANABE = "Watanabe 2009"
AOYAGI = "Aoyagi and Watanabe 2005; Aoyagi 2024"
DEVINTERP = "devinterp's tests, whose relative tolerance is .4"
SETTLED = 0.005
"""Deviation of the expectation from a threshold of multiplicity 1 at n_beta = 1e10: own choice."""
SAMPLED = 0.05
"""Deviation of chains from what they should sample, for thresholds of 1/4 and 1/2: own choice."""
RANKED = 0.8
"""Rank correlation of estimates and thresholds: own choice."""
TOLERANCE = 0.4
"""devinterp's relative tolerance."""
limits = partial(finding, "limits", kind="exact")
crossings = partial(finding, "crossings", source=PROTOTYPE)
linear = partial(finding, "linear")
models = partial(finding, "solutions", at={"bias_offset": (0.0, -0.5)})


@limits(
    "The expected loss of a normal crossing of multiplicity 1 tends to min 1 / 2k.",
    WATANABE,
    at={"n_beta": 1e10},
)
def rlct_crossing(ds: xr.Dataset) -> Claim:
    here = at(ds, n_beta=1e10)
    one = those(here, "exponents", here["multiplicity"] == 1, "of multiplicity 1")
    return within(
        SETTLED,
        abs(one["expected"] - one["rlct"]),
        because="integrated expectation at n_beta = 1e10",
    )


@limits(
    "Where the multiplicity is 2 it lies below by 1 / log n.",
    WATANABE,
    at={"n_beta": (1e8, 1e10), "exponents": ("1-1", "2-2")},
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


@crossings("Langevin estimates of normal crossings are those of the integral.")
def i2_sampled(ds: xr.Dataset) -> Claim:
    estimate = ds["llc"].mean("chain")
    rolled = estimate.roll(exponents=1, roll_coords=False)
    found, control, steps = (
        abs(value - ds["expected"]).max("exponents")
        for value in (estimate, rolled, ds["discretised"])
    )
    return below(
        SAMPLED,
        found,
        control=("the estimate of another model", control),
        because="largest deviation over models, mean of chains, from the expectation under the "
        "same data, of which steps of this size make "
        f"{float(steps.mean()):.3f} for 0-1; R-hat at most {float(ds['rhat'].max()):.3f}",
    )


@crossings(
    "They scatter around 1 / 2 max k, with a sizeable spread of chains.",
    at={"exponents": ("0-1", "0-2", "1-2")},
)
def i2_scatter(ds: xr.Dataset) -> Claim:
    here = at(ds, exponents=["0-1", "0-2", "1-2"])
    spread = here["llc"].std("chain")
    values = here["llc"].mean("chain"), 1.0
    apart, regular = (abs(value - here["rlct"]) / spread for value in values)
    return below(
        3.5,
        apart.max("exponents"),
        control=("half the number of parameters in place of it", regular.max("exponents")),
        unit="sd",
        because="largest distance from the threshold in standard deviations of chains, of which "
        f"devinterp allows 3.5; these are {float(spread.mean()):.3f} on average",
    )


@crossings(
    "Where the multiplicity is 2 the threshold is under-estimated.",
    at={"exponents": ("0-1", "0-2", "1-1", "2-2")},
)
def i2_multiplicity(ds: xr.Dataset) -> Claim:
    two, one = (at(ds, exponents=names) for names in (["1-1", "2-2"], ["0-1", "0-2"]))
    found, control = (
        (1 - d["llc"].mean("chain") / d["rlct"]).mean("exponents") for d in (two, one)
    )
    expected = float((1 - two["expected"] / two["rlct"]).mean())
    return above(
        0.0,
        found,
        control=("multiplicity 1", control),
        because=f"1 - estimate / threshold; by integration {expected:.3f}",
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


@limits(
    "The thresholds of linear networks of two layers are those of reduced-rank regression.", AOYAGI
)
def rlct_formulas(ds: xr.Dataset) -> Claim:
    apart = [
        abs(deep_linear([m, h, n], rank) - reduced_rank(m, h, n, rank))
        for m, h, n in product(range(1, 8), repeat=3)
        for rank in range(min(m, h, n) + 1)
    ]
    return within(1e-9, np.array(apart), because="two published formulas, all sizes up to 7")


def _mean_llc(ds: xr.Dataset, start: str) -> xr.DataArray:
    return at(ds["llc"], start=start).mean("chain")


def _ranked(estimate: xr.DataArray, rlct: xr.DataArray) -> list[float]:
    pairs = zip(estimate.transpose("seed", "network").values, rlct.values.T, strict=True)
    return [rank_correlation(a, b) for a, b in pairs]


@linear(
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


@linear("They are within .4 of them, relatively.", DEVINTERP, at={"start": "truth"})
def i3_close(ds: xr.Dataset) -> Claim:
    here = at(ds, start="truth")
    relative = _mean_llc(ds, "truth") / here["rlct"]
    half = here["half_parameters"] / here["rlct"]
    found, control = (abs(ratio - 1.0).max("network") for ratio in (relative, half))
    return below(
        TOLERANCE,
        found,
        control=("half the number of parameters in place of it", control),
        because="largest relative deviation; mean ratio by network: " + listed(relative),
    )


@linear(
    "From the maximum of the likelihood the estimate is higher than from the truth.",
    PROTOTYPE,
    at={"start": ("truth", "fitted")},
)
def i3_fitted(ds: xr.Dataset) -> Claim:
    chains = at(ds["llc"], start="truth")
    half = chains.sizes["chain"] // 2
    first, second = (chains.isel(chain=s).mean("chain") for s in (slice(half), slice(half, None)))
    return above(
        0.0,
        (_mean_llc(ds, "fitted") - _mean_llc(ds, "truth")).min("network"),
        control=("two halves of the chains", (first - second).min("network")),
        because="smallest difference over networks",
    )


@finding(
    ("linear", "steps"),
    "It is less than half the number of parameters.",
    PROTOTYPE,
    at={"start": ("truth", "fitted")},
)
def i3_less(ds: xr.Dataset, steps: xr.Dataset) -> Claim:
    ratio = ds["llc"].mean("chain") / ds["half_parameters"]
    quadratic = steps["llc"].mean("chain").isel(step_size=0) / 0.5
    return below(
        1.0,
        ratio.max(("network", "start")),
        control=("a quadratic minimum", quadratic),
        because="largest ratio over networks and starts",
    )


@models(
    "Monosemantic solutions have a smaller learning coefficient than polysemantic ones.",
    "own question, which nobody has answered: neurons that few features use have fewer directions",
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


@models(
    "The estimates do not depend on the size of the steps.",
    "what the estimate has to do before it is one",
)
def solutions_steps(ds: xr.Dataset) -> Claim:
    mean = ds["llc"].mean("chain")
    at_least(mean, step_size=2)
    first, second = mean.isel(step_size=0), mean.isel(step_size=-1)
    poly, mono = at(first, bias_offset=0.0), at(first, bias_offset=-0.5)
    return below(
        0.1,
        abs(second / first - 1.0).max("bias_offset"),
        control=("the other kind of solution", abs(mono / poly - 1.0)),
        because="largest relative change from the smallest to the largest size of steps",
    )
