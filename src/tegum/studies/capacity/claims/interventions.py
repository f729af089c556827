"""Flattening and masking, judged per seed."""

import numpy as np
import xarray as xr

from tegum.labels import at, at_least
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.comparisons import sides
from tegum.metrics.phases import RELEASED, SETTLED, at_end, held_from
from tegum.studies.capacity.claims import sources
from tegum.studies.capacity.claims.sources import (
    ALL,
    COMMENTS,
    DERIVED,
    exactly,
    of_flattening,
    of_hysteresis,
    of_models,
)

WINDOW = 0.5
"""C13: least width of the hysteresis window, in units of loss: two grid points, own choice."""
CROSSING = 0.01
"""C13: distance of the strength of equal losses from the predicted one."""
FAR_BELOW = 0.5
"""C13: share of the sufficient strength that is far below it: own choice."""
HALF = 0.5
"""C13: least monosemantic share that counts as "stays mono" at the end of a release."""
PRICE = 0.25
"""C13: least relative rise of the loss that is "substantial": own choice."""
SADDLE = 1e-3
"""C13: distance of a gradient, over the largest second derivative, from 0, and relative distance
of the least one from the closed form: own choice."""
TIE = 1e-3
"""C14: relative spread of the marginal returns of shared features: own choice."""
ADAM = 1e-8
"""Epsilon of Adam proper."""
RAMPS = ("up", "down")
RANKINGS = ("marginal_return", "benefit", "random")


def first_mono(ds: xr.Dataset, ramp: str) -> xr.DataArray:
    """Smallest strength from which on every feature that is represented is monosemantic, at the
    end of the phase at that strength; NaN where there is none: (seed,)."""
    return held_from(at(at_end(ds, SETTLED).mono_share, ramp=ramp) > ALL, "strength")


def _predicted(ds: xr.Dataset, state: str) -> float:
    """The strength that the closed form names for a state of two equal features."""
    return float(at(ds.strengths_pair, state=state).values.flat[0])


@of_models(
    "hysteresis",
    "Flattening has hysteresis: what it made is kept at strengths that make nothing.",
    sources.PROTOTYPE,
    at={"ramp": RAMPS},
)
def c13(hysteresis: xr.Dataset) -> Claim:
    up, down = (first_mono(hysteresis, ramp) for ramp in RAMPS)
    because = (
        "strength from which on the settled state is monosemantic, ramped up minus ramped "
        "down; two equal features in one dimension, kurtosis 6"
    )
    control = ("ramp up, of two seeds", up - up.roll(seed=1))
    return above(WINDOW, up - down, control=control, because=because, unit="loss")


@of_hysteresis(
    "Both ends of the window are where the Hessian of the two-feature loss turns.", DERIVED
)
def c13_strengths(hysteresis: xr.Dataset) -> Claim:
    grid = np.sort(hysteresis.strength.values)
    wrong, said = 0, []
    for ramp, state in (("down", "dedicated is metastable"), ("up", "shared is unstable")):
        expected, found = _predicted(hysteresis, state), first_mono(hysteresis, ramp).values
        # The state has to change within one grid point of the predicted strength.
        near = grid[max(np.searchsorted(grid, expected) - 1, 0) :][:3]
        wrong += int(np.count_nonzero(~np.isin(found, near)))
        said.append(f"{ramp} {np.unique(found)} where {expected:.3f} is predicted")
    because = f"seeds whose state changes further than a grid point away: {'; '.join(said)}"
    return within(0, wrong, cases=2 * hysteresis.sizes["seed"], unit="violations", because=because)


@of_hysteresis("Between them is the strength at which both states have equal losses.", DERIVED)
def c13_equal(hysteresis: xr.Dataset) -> Claim:
    low, expected, high = (_predicted(hysteresis, s) for s in hysteresis.state.values)
    settled = at_end(hysteresis, SETTLED).mean("seed").sortby("strength")
    total = settled.loss + settled.strength * settled.unflatness
    inside = total.isel(strength=((total.strength > low) & (total.strength < high)).values)
    gap = (at(inside, ramp="up") - at(inside, ramp="down")).values
    crossed = gap.size > 1 and gap[0] < 0.0 < gap[-1]
    found = float(np.interp(0.0, gap, inside.strength.values)) if crossed else np.nan
    because = f"trained losses cross at {found:.4f}, the closed form says {expected:.4f}"
    return within(CROSSING, abs(found - expected), cases=gap.size, unit="loss", because=because)


@of_models(
    ("flattening", "hysteresis"),
    "A strength far below the one that suffices by the envelope makes all features monosemantic.",
    sources.PROTOTYPE,
    at={"ramp": "up"},
)
def c13_envelope(flattening: xr.Dataset, hysteresis: xr.Dataset) -> Claim:
    many, two = (
        first_mono(ds, "up") / ds.strength_envelope.isel(strength=0, ramp=0)
        for ds in (flattening, hysteresis)
    )
    because = (
        "least strength of the grid from which on all represented features are "
        "monosemantic, over a^2 (a - 2) v^2 / 4"
    )
    return below(FAR_BELOW, many, control=("two equal features", two), because=because)


def _ramped_up(flattening: xr.Dataset) -> xr.Dataset:
    """Ramped up, from the smallest strength to the largest."""
    return at(at_least(flattening, strength=2), ramp="up").sortby("strength")


def _of_strongest(threshold: float, values: xr.DataArray, because: str) -> Claim:
    """Models under the strongest penalty, beside those under the weakest."""
    weak, strong = values.strength.values[[0, -1]]
    both = sides(values, "strength", strong, weak, f"strength {weak:g}")
    return above(threshold, **both, because=f"{because} at strength {strong:g}")


@of_flattening("Strong enough flattening makes every represented feature monosemantic.", COMMENTS)
def c13_mono(flattening: xr.Dataset) -> Claim:
    share = at_end(_ramped_up(flattening), SETTLED).mono_share
    return _of_strongest(ALL, share, "monosemantic share of the represented features")


@of_flattening("That state has a substantially higher loss.", sources.PROTOTYPE)
def c13_price(flattening: xr.Dataset) -> Claim:
    settled = at_end(_ramped_up(flattening), SETTLED)
    price = settled.loss / settled.loss_best - 1.0
    return _of_strongest(PRICE, price, "relative rise of the loss without the penalty")


@of_flattening(
    "Released from strong flattening, models stay monosemantic for long.", sources.PROTOTYPE
)
def c13_release(flattening: xr.Dataset) -> Claim:
    share = at_end(_ramped_up(flattening), RELEASED).mono_share
    weak = share.isel(strength=min(2, share.sizes["strength"] - 1))
    because = "monosemantic share at the end of the release; weight noise 1e-3, Adam"
    control = (f"strength {float(weak.strength):g}", weak)
    return above(HALF, share.isel(strength=-1), control=control, because=because)


@of_models(
    "release",
    "Without noise a released monosemantic model stays where it is: a saddle.",
    DERIVED,
    at={"release_noise": 0.0, "release_epsilon": ADAM},
)
def c13_saddle(release: xr.Dataset) -> Claim:
    release = at_least(release, release_noise=2).sortby("release_noise")
    share = at(at_end(release, RELEASED).mono_share, release_epsilon=ADAM)
    noise = share.release_noise.values[-1]
    because = (
        "monosemantic share at the end of a release by Adam; steps until a model is seen "
        f"to share again: {_steps_to_share(release)}"
    )
    both = sides(share, "release_noise", 0.0, noise, f"noise {noise:g}")
    return above(ALL, **both, because=because)


def _steps_to_share(ds: xr.Dataset) -> str:
    """Median over seeds, by noise and by Adam's epsilon."""
    gone = ds.mono_share.where(ds.phase == RELEASED, drop=True) < ALL
    left = gone.step.where(gone).min("checkpoint") - ds.step[ds.phase == SETTLED][-1]
    return ", ".join(
        f"{float(steps):g} (noise {float(steps.release_noise):g}, "
        f"epsilon {float(steps.release_epsilon):g})"
        for steps in left.median("seed").stack(run=("release_noise", "release_epsilon"))
    )


@exactly(
    "flattening",
    "The monosemantic state has no gradient and negative curvature.",
    DERIVED,
    at={"ramp": "up"},
)
def c13_curvature(flattening: xr.Dataset) -> Claim:
    state = _ramped_up(flattening).isel(strength=-1)
    off = float(np.abs(state.curvature_settled / state.curvature - 1.0).max())
    slope = float((state.gradient_settled / np.abs(state.curvature)).max())
    negative = bool((state.curvature_settled < 0.0).all())
    return within(
        SADDLE,
        max(off, slope) if negative else np.inf,
        cases=state.sizes["seed"],
        because="finite differences at models that strong flattening made: curvature against the "
        f"closed form ({off:.1e}), gradient over curvature ({slope:.1e})",
    )


@of_models(
    "one_at_a_time",
    "Flattening one feature after another makes every represented feature monosemantic.",
    COMMENTS,
)
def one_at_a_time(rounds: xr.Dataset) -> Claim:
    share = rounds.mono_share
    price = float((rounds.loss.isel(round=-1) / rounds.loss_mono).mean())
    because = (
        f"monosemantic share after {rounds.sizes['round'] - 1} rounds; the loss is then "
        f"{price:.4f} of the least one without sharing"
    )
    control = ("before the first round", share.isel(round=0))
    return above(ALL, share.isel(round=-1), control=control, because=because)


@of_models(
    "masking",
    "Masking features down to the number of dimensions leaves the most valuable ones, all "
    "monosemantic (ranked by total benefit).",
    DERIVED,
    at={"ranking": RANKINGS},
)
def c14(masking: xr.Dataset) -> Claim:
    kept = masking.survivors_top.where(masking.capacity_survivors > 0.95, 0.0)
    other = float(at(masking.survivors_top, ranking="marginal_return").mean())
    because = (
        "share of the most valuable features among the survivors, 0 where one of them is "
        "shared; with as many features as dimensions all survivors are dedicated whoever they are; "
        f"ranked by marginal return the share is {other:.2f}"
    )
    both = sides(kept, "ranking", "benefit", "random", "random ranking")
    return above(ALL, **both, because=because)


@exactly(
    "masking",
    "Marginal returns cannot rank shared features: they are equal at the optimum.",
    DERIVED,
)
def c14_tie(masking: xr.Dataset) -> Claim:
    because = "(largest - smallest) / mean of the returns of shared features when trained"
    return within(TIE, masking.return_spread, because=because)
