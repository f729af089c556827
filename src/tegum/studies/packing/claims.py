"""Findings about packing, each judged by a computation that shares no code with the measurement.

The measurement finds roots by bracketing and slopes by implicit differentiation. Here the root of
the cubic comes from its trigonometric closed form, optima from dense grids, slopes from finite
differences and feasibility from counting integers. P1–P10 speak of n = 1e5, d = 1e4 (`REFERENCE`).
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.ledger import claims as claim
from tegum.ledger.claims import Claim

FINDINGS = ("p1", "p2", "p4", "p7", "p8", "p9", "p10", "energy_switch")
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


def claims(data: Mapping[str, xr.Dataset]) -> list[Claim]:
    """Judge the measure Datasets `jl`, `pairs` and `energy`."""
    return [*_bound_claims(data["jl"]), p8(data["pairs"]), energy_switch(data["energy"])]


def _bound_claims(jl: xr.Dataset) -> list[Claim]:
    if any(value not in jl[name].values for name, value in REFERENCE.items()):
        reason = f"add {REFERENCE} to the axes of the sweep jl"
        names = [name for name in FINDINGS if name not in ("p8", "energy_switch")]
        return [
            claim.untested(name, "At n = 1e5, d = 1e4", POST, reason=reason, kind="exact")
            for name in names
        ]
    here = jl.sel(REFERENCE)
    cubic, simple = here.sel(jl_form="cubic"), here.sel(jl_form="simple")
    return [p1(cubic), p2(cubic), p4(cubic), p7(simple), p9(jl), p10(here)]


def p1(cubic: xr.Dataset) -> Claim:
    """Compare k_max with a count of feasible integers."""
    k_max, d = float(cubic.k_max), REFERENCE["n_inputs"]
    k = np.arange(1.0, d + 1.0)
    counted = int(np.count_nonzero(_target(k) <= 1 / 6))
    wrong = int(counted != int(k_max)) + int(k_max / d > FAR_BELOW)
    return claim.exact(
        "p1",
        "With the cubic bound the largest feasible number of factors is far below d",
        POST,
        estimate=wrong,
        threshold=0,
        n=d,
        unit="violations",
        reason=f"k_max = {k_max:.2f} of d = {d}; counting integers gives {counted}",
    )


def p2(cubic: xr.Dataset) -> Claim:
    """Compare k_opt at alpha <= 2 with the lowest point of a dense grid."""
    below = cubic.sel(alpha=cubic.alpha[cubic.alpha <= 2.0]).sortby("alpha")
    best, end = below.k_opt.values, float(cubic.k_max)
    k = np.geomspace(1.0, end, DENSE)
    lowest = np.array([k[np.argmin(_log_loss(k, alpha))] for alpha in below.alpha.values])
    wrong = np.count_nonzero((lowest <= 1.0) | (lowest >= end))
    wrong += np.count_nonzero(np.abs(best / lowest - 1.0) > AGREEMENT)
    wrong += np.count_nonzero(np.diff(best) >= 0.0)
    half = below.k_opt.values[below.alpha.values == 0.5]
    wrong += np.count_nonzero(1.0 - half / end > BARELY)
    listed = ", ".join(f"{k:.2f} at {a:g}" for a, k in zip(below.alpha.values, best, strict=True))
    return claim.exact(
        "p2",
        "For alpha <= 2 the best k is interior, falls with alpha, and is barely interior at 0.5",
        COMMENTS,
        estimate=float(wrong),
        threshold=0,
        n=below.sizes["alpha"],
        unit="violations",
        reason=f"k_opt = {listed}; k_max = {end:.2f}; against a grid of {DENSE} values of k",
    )


def p4(cubic: xr.Dataset) -> Claim:
    """Compare alpha_c with a bisection on dense grids; count interior minima beyond it."""
    critical = float(cubic.alpha_c)
    k = np.geomspace(1.0, float(cubic.k_max), DENSE)
    low, high = 1.0, 4.0
    while high - low > 1e-6:
        middle = (low + high) / 2.0
        low, high = (middle, high) if np.argmin(_log_loss(k, middle)) > 0 else (low, middle)
    wrong = int(abs(low / critical - 1.0) > AGREEMENT) + int(not 2.0 < critical < 2.0 + A_LITTLE)
    beyond = cubic.alpha.values[cubic.alpha.values > critical]
    wrong += sum(_minima(_log_loss(k, alpha)) for alpha in beyond)
    wrong += int(np.count_nonzero(cubic.k_opt.sel(alpha=beyond) != 1.0))
    return claim.exact(
        "p4",
        "Beyond an alpha_c a little above 2 the best k is 1 and there is no interior minimum",
        COMMENTS,
        estimate=wrong,
        threshold=0,
        n=1 + beyond.size,
        unit="violations",
        reason=f"alpha_c = {critical:.6f}; bisection on dense grids gives {low:.6f}",
    )


def p7(simple: xr.Dataset) -> Claim:
    """Compare k* with the sign and the zero of a finite-difference slope."""
    n, d = float(REFERENCE["n_features"]), float(REFERENCE["n_inputs"])
    alphas = simple.alpha.values[simple.alpha.values != 2.0]
    stored = simple.dlogL_dlogk.sel(alpha=alphas)
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
        inside = simple.k.values[np.isfinite(stored.sel(alpha=alpha).values)]
        sign = np.sign(stored.sel(alpha=alpha).dropna("k").values)
        expected = np.where(inside < star, -1.0, 1.0) * (1.0 if alpha < 2.0 else -1.0)
        wrong += int(np.count_nonzero(sign != expected))
    wrong += int(worst > AGREEMENT)
    return claim.exact(
        "p7",
        "Simple bound: k* = n exp(alpha / (2 - alpha)) lies beyond n for alpha < 2, "
        "and is a maximum for alpha > 2",
        COMMENTS,
        estimate=wrong,
        threshold=0,
        n=alphas.size,
        unit="violations",
        reason=f"turning points of a grid of {DENSE} values of k in (1, n) agree with k* "
        f"within {worst:.1e}",
    )


def p8(pairs: xr.Dataset) -> Claim:
    """Compare the counts on explicit vectors with the two formulas."""
    n, d, k = (pairs[name].astype(float) for name in ("n_features", "n_inputs", "k"))
    tegum = np.abs(pairs.pairs_tegum - n**2 * (k - 1.0) / k)
    sets = np.abs(pairs.pairs_sets - n * (d - 1.0))
    counted = int(tegum.notnull().sum() + sets.notnull().sum())
    worst = max(float(tegum.max()), float(sets.max())) if counted else np.nan
    return claim.exact(
        "p8",
        "Ordered orthogonal pairs: n^2 (1 - 1/k) in a tegum product of k factors, "
        "n (d - 1) in n/d overlapping bases",
        COMMENTS,
        estimate=worst,
        threshold=0,
        n=counted,
        unit="pairs",
        reason="largest difference between the formula and a count on explicit vectors",
    )


def p9(jl: xr.Dataset) -> Claim:
    """Ask whether k_opt tends to 1 at alpha_c, and whether the loss has one turning point."""
    here = jl.sel(REFERENCE)
    critical = float(here.alpha_c.sel(jl_form="cubic"))
    k = np.geomspace(1.0, float(here.k_max.sel(jl_form="cubic")), DENSE)
    moments = [*here.alpha.values, *(critical - here.distance.values)]
    turns = [np.flatnonzero(np.diff(np.sign(np.diff(_log_loss(k, a))))).size for a in moments]
    near = here.k_opt_near.sortby("distance").values
    wrong = int(np.count_nonzero(np.diff(near) < 0.0)) + int(near[0] - 1.0 > CONTINUOUS)
    wrong += sum(number > 1 for number in turns)
    last = jl.k_opt_near.sel(distance=jl.distance.min())
    jumps = [
        f"n = {n:g}, d = {d:g} (k_opt {float(last.sel(n_features=n, n_inputs=d)):.3f})"
        for n in jl.n_features.values
        for d in jl.n_inputs.values
        if float(last.sel(n_features=n, n_inputs=d)) - 1.0 > CONTINUOUS
    ]
    distance = float(jl.distance.min())
    elsewhere = f"it jumps at {'; '.join(jumps)}" if jumps else "no jump at any other (n, d) here"
    return claim.exact(
        "p9",
        "The best k tends to 1 without a jump as alpha rises to alpha_c, since L is unimodal in k",
        COMMENTS,
        estimate=wrong,
        threshold=0,
        n=len(moments),
        unit="violations",
        reason=f"k_opt = {near[0]:.6f} at a distance of {distance:.0e}; {elsewhere}",
    )


def p10(here: xr.Dataset) -> Claim:
    """Compare the two forms below alpha = 2, and the slope of eps where the cubic one ends."""
    n, d = float(REFERENCE["n_features"]), float(REFERENCE["n_inputs"])
    alphas = here.alpha.values[here.alpha.values < 2.0]
    best = here.k_opt.sel(alpha=alphas)
    k = np.geomspace(1.0, d, DENSE)
    wrong = 0
    for alpha in alphas:
        lowest = int(np.argmin(-np.log(k) + alpha / 2.0 * np.log(k * np.log(n / k))))
        wrong += int(lowest not in (0, k.size - 1))
        wrong += int(float(best.sel(alpha=alpha, jl_form="simple")) != k[lowest])
    ends = here.k_max
    cubic, end = best.sel(jl_form="cubic"), float(ends.sel(jl_form="cubic"))
    wrong += int(np.count_nonzero((cubic <= 1.0) | (cubic >= end)))
    # Near eps = 1 the cubic gives 1 − eps ~ sqrt(k_max − k): a slope like (k_max − k)^(−1/2).
    gaps = 10.0 ** -np.arange(2.0, 9.0, 2.0)
    rise = (1.0 - _eps(end * (1.0 - gaps))) / gaps
    power = float(-np.polyfit(np.log(gaps), np.log(rise), 1)[0])
    wrong += int(abs(power - 0.5) > 0.05)
    return claim.exact(
        "p10",
        "The interior minimum for alpha < 2 comes from the cubic term alone: d eps / dk diverges "
        "at eps = 1, and with the simple bound the optimum sits on the boundary",
        COMMENTS,
        estimate=wrong,
        threshold=0,
        n=alphas.size,
        unit="violations",
        reason=f"the slope of eps grows like (k_max - k)^-{power:.3f}; "
        f"simple optimum at k = {float(best.sel(jl_form='simple').max()):g} for every alpha < 2",
    )


def energy_switch(energy: xr.Dataset) -> Claim:
    """Compare energies with the frame-potential bound below 2 and with a repeated basis above."""
    n, d = energy.n_features.astype(float), energy.n_inputs.astype(float)
    copies = energy.energy.sel(configuration="repeated basis")
    floor = (n**2 / d - n).where(copies.notnull())
    slack = 1e-6 * floor
    low, high = energy.alpha <= 2.0, energy.alpha > 2.0
    below = (energy.energy < floor - slack) & low
    unlike = (np.abs(copies - floor) > slack).any("seed")
    framed = energy.energy.sel(configuration=["harmonic frame", "minimised"])
    not_better = (framed >= copies - slack) & high & framed.notnull() & copies.notnull()
    off = np.abs(energy.alpha_switch - 2.0) > 1e-9
    wrong = sum(int(part.sum()) for part in (below, unlike, not_better, off))
    roots = energy.alpha_switch.values[np.isfinite(energy.alpha_switch.values)]
    return claim.exact(
        "energy_switch",
        "A repeated orthonormal basis has the least energy while alpha <= 2 and is beaten beyond: "
        "the switch is at exactly 2",
        DERIVED,
        estimate=wrong,
        threshold=0,
        n=int(energy.energy.notnull().sum()),
        unit="violations",
        reason=f"no energy is below n^2/d - n up to alpha = 2; equal energies at "
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
