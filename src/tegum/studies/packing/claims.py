"""Findings about packing, each judged by a computation that shares no code with the measurement.

The measurement finds roots by bracketing and slopes by implicit differentiation. Here the root of
the cubic comes from its trigonometric closed form, optima from dense grids, slopes from finite
differences and feasibility from counting integers. P1–P10 speak of n = 1e5, d = 1e4 (`REFERENCE`).
"""

from functools import partial

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.labels import at
from tegum.ledger.claims import Claim, within
from tegum.ledger.findings import Untested, finding

POST = "Jermyn, Toy Models and Tegum Products"
COMMENTS = f"{POST}, comments by Jermyn"
DERIVED = "derived: frame potential; |c|^alpha >= c^2 exactly while alpha <= 2"
REFERENCE = {"n_features": 100_000, "n_inputs": 10_000}

FAR_BELOW = 0.1
"""k_max / d that still counts as far below: an order of magnitude (the post gives no number)."""
BARELY = 0.1
"""1 − k_opt / k_max that still counts as barely interior: a tenth (the comment gives no number)."""
A_LITTLE = 0.25
"""alpha_c − 2 that still counts as a little (the comment gives no number)."""
CONTINUOUS = 0.01
"""k_opt − 1 allowed at the smallest distance from alpha_c; a jump stays, however small that is."""
AGREEMENT = 1e-3
"""Relative agreement of a root with a dense grid of `DENSE` points."""
DENSE = 200_001

Array = NDArray[np.float64]

exactly = partial(finding, kind="exact")
at_reference = partial(
    exactly, "jl", at=REFERENCE, sizes=f"add {REFERENCE} to the axes of the sweep jl"
)
"""A finding about the loss under the bound, at the n and d of the post."""


def _at_reference(jl: xr.Dataset, form: str) -> xr.Dataset:
    return at(jl, jl_form=form, **REFERENCE)


def _end(jl: xr.Dataset) -> float:
    """The largest feasible k at the reference, cubic form; the same at every alpha."""
    return float(_at_reference(jl, "cubic").k_max[0])


def _some(alphas: Array, which: str) -> Array:
    if not alphas.size:
        raise Untested(f"the sweep jl has no alpha {which}; add one")
    return alphas


@at_reference(
    "With the cubic bound the largest feasible number of factors is far below d",
    POST,
)
def p1(jl: xr.Dataset) -> Claim:
    k_max, d = _end(jl), REFERENCE["n_inputs"]
    k = np.arange(1.0, d + 1.0)
    counted = int(np.count_nonzero(_target(k) <= 1 / 6))
    wrong = int(counted != int(k_max)) + int(k_max / d > FAR_BELOW)
    return within(
        0,
        wrong,
        cases=d,
        unit="violations",
        because=f"k_max = {k_max:.2f} of d = {d}; counting integers gives {counted}",
    )


@at_reference(
    "For alpha <= 2 the best k is interior, falls with alpha, and is barely interior at 0.5",
    COMMENTS,
)
def p2(jl: xr.Dataset) -> Claim:
    below = _at_reference(jl, "cubic").sortby("alpha")
    below = below.isel(alpha=below.alpha.values <= 2.0)
    best, end = below.k_opt.values, _end(jl)
    k = np.geomspace(1.0, end, DENSE)
    lowest = np.array([k[np.argmin(_log_loss(k, alpha))] for alpha in below.alpha.values])
    wrong = np.count_nonzero((lowest <= 1.0) | (lowest >= end))
    wrong += np.count_nonzero(np.abs(best / lowest - 1.0) > AGREEMENT)
    wrong += np.count_nonzero(np.diff(best) >= 0.0)
    wrong += int(1.0 - float(at(below.k_opt, alpha=0.5)) / end > BARELY)
    listed = ", ".join(f"{k:.2f} at {a:g}" for a, k in zip(below.alpha.values, best, strict=True))
    return within(
        0,
        float(wrong),
        cases=below.sizes["alpha"],
        unit="violations",
        because=f"k_opt = {listed}; k_max = {end:.2f}; against a grid of {DENSE} values of k",
    )


@at_reference(
    "Beyond an alpha_c a little above 2 the best k is 1 and there is no interior minimum",
    COMMENTS,
)
def p4(jl: xr.Dataset) -> Claim:
    cubic = _at_reference(jl, "cubic")
    critical = float(cubic.alpha_c[0])
    k = np.geomspace(1.0, _end(jl), DENSE)
    low, high = 1.0, 4.0
    while high - low > 1e-6:
        middle = (low + high) / 2.0
        low, high = (middle, high) if np.argmin(_log_loss(k, middle)) > 0 else (low, middle)
    wrong = int(abs(low / critical - 1.0) > AGREEMENT) + int(not 2.0 < critical < 2.0 + A_LITTLE)
    beyond = _some(cubic.alpha.values[cubic.alpha.values > critical], "beyond alpha_c")
    wrong += sum(_minima(_log_loss(k, alpha)) for alpha in beyond)
    wrong += int(np.count_nonzero(at(cubic.k_opt, alpha=beyond) != 1.0))
    return within(
        0,
        wrong,
        cases=1 + beyond.size,
        unit="violations",
        because=f"alpha_c = {critical:.6f}; bisection on dense grids gives {low:.6f}",
    )


@at_reference(
    "Simple bound: k* = n exp(alpha / (2 - alpha)) lies beyond n for alpha < 2, "
    "and is a maximum for alpha > 2",
    COMMENTS,
)
def p7(jl: xr.Dataset) -> Claim:
    simple = _at_reference(jl, "simple")
    n, d = float(REFERENCE["n_features"]), float(REFERENCE["n_inputs"])
    alphas = _some(simple.alpha.values[simple.alpha.values != 2.0], "other than 2")
    k = np.geomspace(1.0, n * (1.0 - 1e-9), DENSE)
    wrong, worst = 0, 0.0
    for alpha in alphas:
        loss = -np.log(k) + alpha / 2.0 * np.log(k * np.log(n / k) / d)
        star = n * np.exp(alpha / (2.0 - alpha))
        turns = np.flatnonzero(np.diff(np.sign(np.diff(loss))))
        if alpha < 2.0:
            wrong += int(star <= n) + turns.size
        elif star > 1.0:
            worst = max(worst, abs(k[turns[0] + 1] / star - 1.0) if turns.size == 1 else np.inf)
            wrong += int(loss[turns[0] + 1] < max(loss[0], loss[-1])) if turns.size == 1 else 1
        stored = at(simple.dlogL_dlogk, alpha=alpha).dropna("k")
        inside, sign = stored.k.values, np.sign(stored.values)
        expected = np.where(inside < star, -1.0, 1.0) * (1.0 if alpha < 2.0 else -1.0)
        wrong += int(np.count_nonzero(sign != expected))
    wrong += int(worst > AGREEMENT)
    return within(
        0,
        wrong,
        cases=alphas.size,
        unit="violations",
        because=f"turning points of a grid of {DENSE} values of k in (1, n) agree with k* "
        f"within {worst:.1e}",
    )


@exactly(
    "pairs",
    "Ordered orthogonal pairs: n^2 (1 - 1/k) in a tegum product of k factors, "
    "n (d - 1) in n/d overlapping bases",
    COMMENTS,
)
def p8(pairs: xr.Dataset) -> Claim:
    n, d, k = (pairs[name].astype(float) for name in ("n_features", "n_inputs", "k"))
    tegum = np.abs(pairs.pairs_tegum - n**2 * (k - 1.0) / k)
    sets = np.abs(pairs.pairs_sets - n * (d - 1.0))
    counted = int(tegum.notnull().sum() + sets.notnull().sum())
    worst = max(float(tegum.max()), float(sets.max())) if counted else np.nan
    return within(
        0,
        worst,
        cases=counted,
        unit="pairs",
        because="largest difference between the formula and a count on explicit vectors",
    )


@at_reference(
    "The best k tends to 1 without a jump as alpha rises to alpha_c, since L is unimodal in k",
    COMMENTS,
)
def p9(jl: xr.Dataset) -> Claim:
    here = _at_reference(jl, "cubic")
    critical = float(here.alpha_c[0])
    k = np.geomspace(1.0, _end(jl), DENSE)
    moments = [*here.alpha.values, *(critical - here.distance.values)]
    turns = [np.flatnonzero(np.diff(np.sign(np.diff(_log_loss(k, a))))).size for a in moments]
    near = here.k_opt_near.isel(alpha=0).sortby("distance").values
    wrong = int(np.count_nonzero(np.diff(near) < 0.0)) + int(near[0] - 1.0 > CONTINUOUS)
    wrong += sum(number > 1 for number in turns)
    last = jl.k_opt_near.isel(alpha=0, distance=int(jl.distance.argmin("distance")))
    jumps = [
        f"n = {float(one.n_features):g}, d = {float(one.n_inputs):g} (k_opt {float(one):.3f})"
        for one in last.stack(pair=("n_features", "n_inputs"))
        if float(one) - 1.0 > CONTINUOUS
    ]
    distance = float(jl.distance.min())
    elsewhere = f"it jumps at {'; '.join(jumps)}" if jumps else "no jump at any other (n, d) here"
    return within(
        0,
        wrong,
        cases=len(moments),
        unit="violations",
        because=f"k_opt = {near[0]:.6f} at a distance of {distance:.0e}; {elsewhere}",
    )


@at_reference(
    "The interior minimum for alpha < 2 comes from the cubic term alone: d eps / dk diverges "
    "at eps = 1, and with the simple bound the optimum sits on the boundary",
    COMMENTS,
)
def p10(jl: xr.Dataset) -> Claim:
    cubic, simple = (_at_reference(jl, form).k_opt for form in ("cubic", "simple"))
    n, d = float(REFERENCE["n_features"]), float(REFERENCE["n_inputs"])
    alphas = _some(cubic.alpha.values[cubic.alpha.values < 2.0], "below 2")
    cubic, simple, end = at(cubic, alpha=alphas), at(simple, alpha=alphas), _end(jl)
    k = np.geomspace(1.0, d, DENSE)
    wrong = 0
    for alpha in alphas:
        lowest = int(np.argmin(-np.log(k) + alpha / 2.0 * np.log(k * np.log(n / k))))
        wrong += int(lowest not in (0, k.size - 1))
        wrong += int(float(at(simple, alpha=alpha)) != k[lowest])
    wrong += int(np.count_nonzero((cubic <= 1.0) | (cubic >= end)))
    # Near eps = 1 the cubic gives 1 − eps ~ sqrt(k_max − k): a slope like (k_max − k)^(−1/2).
    gaps = 10.0 ** -np.arange(2.0, 9.0, 2.0)
    rise = (1.0 - _eps(end * (1.0 - gaps))) / gaps
    power = float(-np.polyfit(np.log(gaps), np.log(rise), 1)[0])
    wrong += int(abs(power - 0.5) > 0.05)
    return within(
        0,
        wrong,
        cases=alphas.size,
        unit="violations",
        because=f"the slope of eps grows like (k_max - k)^-{power:.3f}; "
        f"simple optimum at k = {float(simple.max()):g} for every alpha < 2",
    )


@exactly(
    "energy",
    "A repeated orthonormal basis has the least energy while alpha <= 2 and is beaten beyond: "
    "the switch is at exactly 2",
    DERIVED,
)
def energy_switch(energy: xr.Dataset) -> Claim:
    n, d = energy.n_features.astype(float), energy.n_inputs.astype(float)
    copies = at(energy.energy, configuration="repeated basis")
    floor = (n**2 / d - n).where(copies.notnull())
    slack = 1e-6 * floor
    low, high = energy.alpha <= 2.0, energy.alpha > 2.0
    below = (energy.energy < floor - slack) & low
    unlike = (np.abs(copies - floor) > slack).any("seed")
    framed = at(energy.energy, configuration=["harmonic frame", "minimised"])
    shared = floor > 0  # with no more features than dimensions all energies are 0
    not_better = (framed >= copies - slack) & high & shared & framed.notnull() & copies.notnull()
    switch = energy.alpha_switch.isel(alpha=0, seed=0).transpose("n_features", "n_inputs")
    off = np.abs(switch - 2.0) > 1e-9
    wrong = sum(int(part.sum()) for part in (below, unlike, not_better, off))
    roots = switch.values[np.isfinite(switch.values)]
    return within(
        0,
        wrong,
        cases=int(energy.energy.notnull().sum()),
        unit="violations",
        because=f"no energy is below n^2/d - n up to alpha = 2; equal energies at "
        f"{', '.join(f'{root:.9f}' for root in roots)}",
    )


def _target(k: Array) -> Array:
    """4 k log(n/k) / d at the reference."""
    return 4.0 * k * np.log(REFERENCE["n_features"] / k) / REFERENCE["n_inputs"]


def _eps(k: Array) -> Array:
    """Root in (0, 1] of eps²/2 − eps³/3 = target, by the trigonometric solution of the cubic."""
    angle = np.arccos(np.clip(1.0 - 12.0 * _target(k), -1.0, 1.0))
    return 0.5 + np.cos((angle + 4.0 * np.pi) / 3.0)


def _log_loss(k: Array, alpha: float) -> Array:
    """log L(k) up to a constant, cubic form."""
    return -np.log(k) + alpha * np.log(_eps(k))


def _minima(loss: Array) -> int:
    """Number of interior local minima of a sampled curve."""
    return int(np.count_nonzero(np.diff(np.sign(np.diff(loss))) > 0))
