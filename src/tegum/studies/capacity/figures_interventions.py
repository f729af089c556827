"""Figures of the interventions: flattening with its hysteresis and release, and masking."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Figure, theme
from tegum.labels import coordinate, variable

Data = Mapping[str, xr.Dataset]

ENDS = SETTLED, RELEASED = 4, 5
"""Numbers of the phases in which a ramped model is held at its strength, and released."""
SEEDS = "Mean over five seeds with the 95 % bootstrap interval."


def _at_end(ds: xr.Dataset, phase: int) -> xr.Dataset:
    """The last look of a phase."""
    last = int(np.flatnonzero(ds.phase.values == phase)[-1])
    return ds.isel(checkpoint=last).drop_vars(["checkpoint", "phase", "step"])


def _hysteresis(data: Data) -> Any:
    ds = data["hysteresis"]
    settled, released = (_at_end(ds, phase).capacity.max("feature") for phase in ENDS)
    free = released.sel(ramp="down", drop=True).expand_dims(ramp=["released"])
    states = xr.concat([settled, free], "ramp")
    dims = ("strength", "seed", "ramp")
    names = ["up", "down", "down, then released"]
    table = xr.Dataset(
        {
            "larger": variable(
                dims, states.transpose(*dims).values, "larger of both capacities", "1"
            )
        },
        {
            "strength": ds.strength,
            "seed": ds.seed,
            "ramp": coordinate("ramp", names, "ramp"),
        },
    )
    panel = theme.band(table, "larger", "strength", "ramp", markers=True, control=names[-1])
    pair = ds.strengths_pair.isel(strength=0, ramp=0, seed=0)
    return theme.overlay(panel, *(theme.reference_line(float(s), "x") for s in pair))


def _flattening(data: Data) -> Any:
    ds = data["flattening"]
    one = ds.sel(strength=float(ds.strength.max()), ramp="up").isel(seed=0, drop=True)
    table = one[["capacity"]].drop_vars(["phase", "strength", "ramp"])
    table = table.swap_dims(checkpoint="step").drop_vars("checkpoint")
    lines = theme.curves(table, "capacity", "step", "feature", colours="viridis", legend=None)
    changes = ds.step.values[np.flatnonzero(np.diff(ds.phase.values))]
    marks = [theme.reference_line(float(step), "x") for step in changes]
    rise = ds.loss / ds.loss_best - 1.0
    ends = ds.assign(rise=variable(rise.dims, rise.values, "relative rise of the loss", "1"))
    ends = ends[["rise", "mono_share"]]
    panels = []
    for name in ("mono_share", "rise"):
        parts = [_at_end(ends[[name]], phase) for phase in ENDS]
        free = parts[1].sel(ramp="up").expand_dims(ramp=["released"])
        states = xr.concat([parts[0], free], "ramp", combine_attrs="override")
        states = states.assign_coords(
            ramp=coordinate("ramp", ["up", "down", "up, then released"], "ramp"),
            strength=ds.strength,
        )
        panels.append(
            theme.band(states, name, "strength", "ramp", markers=True, control="up, then released")
        )
    return theme.layout(theme.overlay(lines, *marks), *panels, columns=1)


def _release(data: Data) -> Any:
    ds = data["release"]
    released = ds.isel(checkpoint=ds.phase.values == RELEASED)
    since = released.step.values - int(ds.step.values[ds.phase.values == SETTLED][-1])
    share = released.mono_share.transpose("release_noise", "release_epsilon", "seed", "checkpoint")
    shape = share.shape
    names = [
        f"{'Adam' if epsilon < 0.1 else 'descent'}, noise {noise:g}"
        for noise in ds.release_noise.values
        for epsilon in ds.release_epsilon.values
    ]
    table = xr.Dataset(
        {
            "mono_share": variable(
                ("run", "seed", "since"),
                share.values.reshape(shape[0] * shape[1], *shape[2:]),
                "monosemantic share",
                "1",
            )
        },
        {
            "run": coordinate("run", names, "release"),
            "seed": ds.seed,
            "since": coordinate("since", since, "steps since the release"),
        },
    )
    return theme.band(table, "mono_share", "since", "run", markers=True)


def _one_at_a_time(data: Data) -> Any:
    ds = data["one_at_a_time"]
    capacities = ds[["capacity"]].isel(seed=0, drop=True)
    lines = theme.curves(capacities, "capacity", "round", "feature", colours="viridis")
    ratio = ds.loss / ds.loss_mono
    text = "loss / least loss without sharing"
    table = ds[[]].assign(ratio=variable(ratio.dims, ratio.values, text, "1"))
    table = table.assign_coords(round=ds["round"])
    price = theme.band(table, "ratio", "round", markers=True)
    return theme.layout(lines, theme.overlay(price, theme.reference_line(1.0)), columns=1)


def _masking(data: Data) -> Any:
    ds = data["masking"]
    look: Any = {"control": "random", "markers": True}
    names = ds["round"].copy()
    names.attrs["long_name"] = "features removed"
    ds = ds.assign_coords(round=names)
    panels = [
        theme.band(ds[[name]], name, "round", "ranking", **look) for name in ("loss", "mono_share")
    ]
    survivors = theme.intervals(ds[["survivors_top"]], "survivors_top", "ranking")
    return theme.layout(*panels, survivors, columns=1)


INTERVENTIONS = {
    "hysteresis": Figure(
        caption=(
            "Two equal features in one dimension, kurtosis 6: the larger capacity after the "
            "strength of the penalty on C (1 - C) was ramped up from 0, or down from 8, and held; "
            "grey: after the release of the latter, the control. Dashed: the strengths above which "
            "the dedicated state is metastable (3), both states have equal losses (4.29), and the "
            f"shared state is unstable (6.12), from the Hessian. {SEEDS}"
        ),
        shows=(
            "Ramped up, the pair shares until 6.12; ramped down, it stays split until 3. Both "
            "ends lie within one grid step of the eigenvalue changes of the Hessian. Released, it "
            "shares again."
        ),
        surprise=(
            "The strength that suffices by the envelope, 18.75, is three times the upper end: "
            "slopes of L_i(C) with free norms do not say what is stable in the weights."
        ),
        draw=_hysteresis,
    ),
    "flattening": Figure(
        caption=(
            "Twelve features in four dimensions, kurtosis 10. Top: capacities while the penalty is "
            "ramped up to 40, held for three phases and released (one seed, dark: most valuable; "
            "dashed: ends of phases). Below: monosemantic share of the represented features, and "
            "relative rise of the loss without the penalty, at each strength held, and after the "
            f"release (grey, the control). {SEEDS}"
        ),
        shows=(
            "Strength 20 makes all represented features monosemantic on the way up, 10 keeps them "
            "so on the way down. The price is a loss 81 % higher. Released, every model returns "
            "to the shared optimum."
        ),
        surprise=(
            "Nothing survives the release at any strength, and the loss returns to that of the "
            "optimum. A smaller penalty does no lasting good either."
        ),
        draw=_flattening,
    ),
    "release": Figure(
        caption=(
            "Monosemantic share after a penalty of strength 40 is taken away, by the noise on the "
            "weights at that moment, with Adam and with an epsilon of 1, which makes it gradient "
            f"descent with momentum. {SEEDS}"
        ),
        shows=(
            "Adam leaves the monosemantic state before the first look, with noise or without; "
            "descent without noise stays for about 250 steps; with noise it leaves within 40."
        ),
        surprise=(
            "The state is a saddle, and one might expect to stay near it for long. Adam divides "
            "by the size of the gradient, so that it leaves at once from weights of any "
            "smallness."
        ),
        draw=_release,
    ),
    "one_at_a_time": Figure(
        caption=(
            "The penalty on one more feature in each round, on the shared one whose marginal "
            "return falls most steeply. Top: capacities (one seed). Bottom: loss without the "
            "penalty over the least one without sharing (dashed: 1); round 0 is before any "
            f"penalty. {SEEDS}"
        ),
        shows=(
            "The least valuable shared feature is pushed out first, round by round; after eleven "
            "rounds nothing is shared."
        ),
        surprise=(
            "The survivors are features 0, 2, 4 and 5, not the four most valuable: from round 7 "
            "on a penalised feature may win its dimension instead of losing it. The loss ends 10 % "
            "above the least one without sharing."
        ),
        draw=_one_at_a_time,
    ),
    "masking": Figure(
        caption=(
            "The least useful feature is removed from inputs and target, and the model trained on, "
            "until as many are left as there are dimensions (twelve features, four dimensions, "
            "kurtosis 10): loss on those that are left, monosemantic share, and the share of the "
            f"four most valuable among the survivors, by ranking; grey: random removal. {SEEDS}"
        ),
        shows=(
            "Ranked by total benefit, the four most valuable features survive in every seed. "
            "Ranked by marginal return the survivors are as random as under random removal."
        ),
        surprise=(
            "At the optimum shared features have equal returns to 15 digits, so that the ranking "
            "sorts rounding errors. Hardly anything becomes monosemantic before the last removals, "
            "and the losses of what is left are lower for the worse rankings: they have removed "
            "what was valuable."
        ),
        draw=_masking,
    ),
}
