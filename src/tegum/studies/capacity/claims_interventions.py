"""Flattening and masking, judged per seed."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.ledger.claims import Claim, exact, statistical
from tegum.studies.capacity import findings as limit
from tegum.studies.capacity.findings import told

Data = Mapping[str, xr.Dataset]
Array = NDArray[np.float64]

TRAINED, SETTLED, RELEASED = 0, 4, 5
"""Numbers of the phases whose end is looked at."""


def interventions(data: Data) -> list[Claim]:
    """Judge the sweeps hysteresis, flattening, release, one_at_a_time and masking."""
    return [
        *_window(data["hysteresis"]),
        *_flattened(data["flattening"], data["hysteresis"]),
        _saddle(data["release"]),
        _curvature(data["flattening"]),
        _one_at_a_time(data["one_at_a_time"]),
        *_masked(data["masking"]),
    ]


def at_end(ds: xr.Dataset, phase: int) -> xr.Dataset:
    """The last look of a phase."""
    return ds.isel(checkpoint=int(np.flatnonzero(ds.phase.values == phase)[-1]), drop=True)


def first_mono(ds: xr.Dataset) -> xr.DataArray:
    """Smallest strength from which on every feature that is represented is monosemantic, at the
    end of the phase at that strength; NaN where there is none: (ramp, seed)."""
    mono = (at_end(ds, SETTLED).mono_share > limit.ALL).sortby("strength", ascending=False)
    held = mono.astype(int).cumprod("strength").astype(bool)
    return held.strength.where(held).min("strength")


def _window(ds: xr.Dataset) -> list[Claim]:
    ends = first_mono(ds)
    up, down = ends.sel(ramp="up"), ends.sel(ramp="down")
    grid = np.sort(ds.strength.values)
    state = ds.strengths_pair.isel(strength=0, ramp=0, seed=0)
    predicted = {
        "down": float(state.sel(state="dedicated is metastable")),
        "up": float(state.sel(state="shared is unstable")),
    }
    wrong, said = 0, []
    for ramp, expected in predicted.items():
        found = ends.sel(ramp=ramp).values
        # The state has to change within one grid point of the predicted strength.
        near = grid[max(np.searchsorted(grid, expected) - 1, 0) :][:3]
        wrong += int(np.count_nonzero(~np.isin(found, near)))
        said.append(f"{ramp} {np.unique(found)} where {expected:.3f} is predicted")
    others = up.roll(seed=1)
    return [
        statistical(
            *told("c13"),
            values=(up - down).values,
            threshold=limit.WINDOW,
            direction="above",
            unit="loss",
            control="ramp up, of two seeds",
            control_values=(up - others).values,
            reason="strength from which on the settled state is monosemantic, ramped up minus "
            "ramped down; two equal features in one dimension, kurtosis 6",
        ),
        exact(
            *told("c13_strengths"),
            estimate=wrong,
            threshold=0,
            n=ends.size,
            unit="violations",
            reason=f"seeds whose state changes further than a grid point away: {'; '.join(said)}",
        ),
        _equal_losses(ds, predicted["down"], predicted["up"]),
    ]


def _equal_losses(ds: xr.Dataset, low: float, high: float) -> Claim:
    """Where the penalised losses of the two settled states cross, inside the window."""
    settled = at_end(ds, SETTLED).mean("seed").sortby("strength")
    total = settled.loss + settled.strength * settled.unflatness
    inside = total.sel(strength=total.strength[(total.strength > low) & (total.strength < high)])
    gap = (inside.sel(ramp="up") - inside.sel(ramp="down")).values
    expected = float(ds.strengths_pair.sel(state="equal losses").values.flat[0])
    crossed = gap.size > 1 and gap[0] < 0.0 < gap[-1]
    found = float(np.interp(0.0, gap, inside.strength.values)) if crossed else np.nan
    return exact(
        *told("c13_equal"),
        estimate=abs(found - expected),
        threshold=limit.CROSSING,
        n=int(gap.size),
        unit="loss",
        reason=f"trained losses cross at {found:.4f}, the closed form says {expected:.4f}",
    )


def _flattened(ds: xr.Dataset, pair: xr.Dataset) -> list[Claim]:
    up = ds.sel(ramp="up")
    settled, released = at_end(up, SETTLED), at_end(up, RELEASED)
    strong, none = float(ds.strength.max()), float(ds.strength.min())
    weak = float(np.sort(ds.strength.values)[min(2, ds.sizes["strength"] - 1)])
    ratio = first_mono(ds).sel(ramp="up") / ds.strength_envelope.isel(strength=0, ramp=0)
    of_pair = first_mono(pair).sel(ramp="up") / pair.strength_envelope.isel(strength=0, ramp=0)
    price = settled.loss / settled.loss_best - 1.0
    share = settled.mono_share
    return [
        statistical(
            *told("c13_envelope"),
            values=ratio.values,
            threshold=limit.FAR_BELOW,
            direction="below",
            control="two equal features",
            control_values=of_pair.values,
            reason="least strength of the grid from which on all represented features are "
            "monosemantic, over a^2 (a - 2) v^2 / 4",
        ),
        statistical(
            *told("c13_mono"),
            values=share.sel(strength=strong).values,
            threshold=limit.ALL,
            direction="above",
            control=f"strength {none:g}",
            control_values=share.sel(strength=none).values,
            reason=f"monosemantic share of the represented features at strength {strong:g}",
        ),
        statistical(
            *told("c13_price"),
            values=price.sel(strength=strong).values,
            threshold=limit.PRICE,
            direction="above",
            control=f"strength {none:g}",
            control_values=price.sel(strength=none).values,
            reason=f"relative rise of the loss without the penalty at strength {strong:g}",
        ),
        statistical(
            *told("c13_release"),
            values=released.mono_share.sel(strength=strong).values,
            threshold=limit.HALF,
            direction="above",
            control=f"strength {weak:g}",
            control_values=released.mono_share.sel(strength=weak).values,
            reason="monosemantic share at the end of the release; weight noise 1e-3, Adam",
        ),
    ]


def _saddle(ds: xr.Dataset) -> Claim:
    ds = ds.sortby("release_noise")
    adam = ds.sel(release_epsilon=ds.release_epsilon.min())
    share = at_end(adam, RELEASED).mono_share
    noise = share.release_noise.values
    return statistical(
        *told("c13_saddle"),
        values=share.isel(release_noise=0).values,
        threshold=limit.ALL,
        direction="above",
        control=f"noise {noise[-1]:g}",
        control_values=share.isel(release_noise=-1).values,
        reason="monosemantic share at the end of a release by Adam; steps until a model is seen "
        f"to share again: {_steps_to_share(ds)}",
    )


def _steps_to_share(ds: xr.Dataset) -> str:
    """Median over seeds, by noise and by Adam's epsilon."""
    gone = ds.mono_share.where(ds.phase == RELEASED, drop=True) < limit.ALL
    left = gone.step.where(gone).min("checkpoint") - ds.step[ds.phase == SETTLED][-1]
    return ", ".join(
        f"{float(steps):g} (noise {float(steps.release_noise):g}, "
        f"epsilon {float(steps.release_epsilon):g})"
        for steps in left.median("seed").stack(run=("release_noise", "release_epsilon"))
    )


def _curvature(ds: xr.Dataset) -> Claim:
    """Finite differences at the trained monosemantic state beside the closed form."""
    state = ds.sel(ramp="up", strength=ds.strength.max())
    off = float(np.abs(state.curvature_settled / state.curvature - 1.0).max())
    slope = float((state.gradient_settled / np.abs(state.curvature)).max())
    negative = bool((state.curvature_settled < 0.0).all())
    return exact(
        *told("c13_curvature"),
        estimate=max(off, slope) if negative else np.inf,
        threshold=limit.SADDLE,
        n=state.sizes["seed"],
        reason="finite differences at models that strong flattening made: curvature against the "
        f"closed form ({off:.1e}), gradient over curvature ({slope:.1e})",
    )


def _one_at_a_time(ds: xr.Dataset) -> Claim:
    share = ds.mono_share
    price = float((ds.loss.isel(round=-1) / ds.loss_mono).mean())
    return statistical(
        *told("one_at_a_time"),
        values=share.isel(round=-1).values,
        threshold=limit.ALL,
        direction="above",
        control="before the first round",
        control_values=share.isel(round=0).values,
        reason=f"monosemantic share after {ds.sizes['round'] - 1} rounds; the loss is then "
        f"{price:.4f} of the least one without sharing",
    )


def _masked(ds: xr.Dataset) -> list[Claim]:
    kept = ds.survivors_top.where(ds.capacity_survivors > 0.95, 0.0)
    other = ds.survivors_top.sel(ranking="marginal_return")
    spread = ds.return_spread
    return [
        statistical(
            *told("c14"),
            values=kept.sel(ranking="benefit").values,
            threshold=limit.ALL,
            direction="above",
            control="random ranking",
            control_values=kept.sel(ranking="random").values,
            reason="share of the most valuable features among the survivors, 0 where one of them "
            "is shared; with as many features as dimensions all survivors are dedicated whoever "
            f"they are; ranked by marginal return the share is {float(other.mean()):.2f}",
        ),
        exact(
            *told("c14_tie"),
            estimate=float(spread.max()),
            threshold=limit.TIE,
            n=spread.size,
            reason="(largest - smallest) / mean of the returns of shared features when trained",
        ),
    ]
