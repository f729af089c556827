"""Flattening with its hysteresis and release, and masking."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import figure, theme
from tegum.labels import at, coordinate, variable

Data = Mapping[str, xr.Dataset]

ENDS = SETTLED, RELEASED = 4, 5
"""Numbers of the phases in which a ramped model is held at its strength, and released."""
SEEDS = "Mean over seeds with the 95 % bootstrap interval."


def _at_end(ds: xr.Dataset, phase: int) -> xr.Dataset:
    """The last look of a phase."""
    last = int(np.flatnonzero(ds.phase.values == phase)[-1])
    return ds.isel(checkpoint=last).drop_vars(["checkpoint", "phase", "step"])


@figure(
    caption="Two equal features in one dimension, kurtosis 6: the larger capacity after the "
    "strength of the penalty on C (1 - C) was ramped up from 0, or down from 8, and held; grey: "
    "after the release of the latter, the control. Dashed: the strengths above which the dedicated "
    "state is metastable, both states have equal losses, and the shared state is unstable, from "
    f"the Hessian. {SEEDS}",
    shows="Ramped up, the pair shares up to a strength at which, ramped down, it is still split: a "
    "window {c13} wide. That both ends are where the eigenvalues of the Hessian change sign, to a "
    "grid step, {c13_strengths.verdict}.",
    surprise="The strength that suffices by the envelope is far above the upper end: for the pair "
    "the least strength is {c13_envelope.control_estimate} of it. Slopes of L_i(C) with free norms "
    "do not say what is stable in the weights.",
    sweeps=("hysteresis",),
)
def hysteresis(data: Data) -> Any:
    ds = data["hysteresis"]
    settled, released = (_at_end(ds, phase).capacity.max("feature") for phase in ENDS)
    free = at(released, ramp="down").drop_vars("ramp").expand_dims(ramp=["released"])
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


@figure(
    caption="Twelve features in four dimensions, kurtosis 10. Top: capacities while the largest "
    "penalty is ramped up, held for three phases and released (one seed, dark: most valuable; "
    "dashed: ends of phases). Below: monosemantic share of the represented features, and relative "
    "rise of the loss without the penalty, at each strength held, and after the release (grey, the "
    f"control). {SEEDS}",
    shows="Strong penalties make the represented features monosemantic ({c13_mono} of them at the "
    "largest strength), at smaller strengths on the way down than on the way up. The price is a "
    "loss that is higher by {c13_price}, as a share.",
    surprise="That models stay monosemantic after the release {c13_release.verdict}: the share at "
    "the end is {c13_release}.",
    sweeps=("flattening",),
)
def flattening(data: Data) -> Any:
    ds = data["flattening"]
    one = at(ds, strength=float(ds.strength.max()), ramp="up").isel(seed=0, drop=True)
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
        free = at(parts[1], ramp="up").drop_vars("ramp").expand_dims(ramp=["released"])
        states = xr.concat([parts[0], free], "ramp", combine_attrs="override")
        states = states.assign_coords(
            ramp=coordinate("ramp", ["up", "down", "up, then released"], "ramp"),
            strength=ds.strength,
        )
        panels.append(
            theme.band(states, name, "strength", "ramp", markers=True, control="up, then released")
        )
    return theme.layout(theme.overlay(lines, *marks), *panels, columns=1)


@figure(
    caption="Monosemantic share after a penalty of strength 40 is taken away, by the noise on the "
    "weights at that moment, with Adam and with an epsilon of 1, which makes it gradient descent "
    f"with momentum. {SEEDS}",
    shows="How long the monosemantic state lasts. That without noise a model stays there under "
    "Adam {c13_saddle.verdict}: the share at the end is {c13_saddle}. Gradient descent leaves "
    "later, and latest without noise.",
    surprise="The state is a saddle (its curvature is that of the closed form: "
    "{c13_curvature.verdict}), and one might expect to stay near it for long. Adam divides by the "
    "size of the gradient, so that it leaves from weights of any smallness.",
    sweeps=("release",),
)
def release(data: Data) -> Any:
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


@figure(
    caption="The penalty on one more feature in each round, on the shared one whose marginal "
    "return falls most steeply. Top: capacities (one seed). Bottom: loss without the penalty over "
    f"the least one without sharing (dashed: 1); round 0 is before any penalty. {SEEDS}",
    shows="Shared features are pushed out or get a dimension of their own, round by round; after "
    "the last one {one_at_a_time} of the represented features are monosemantic.",
    surprise="The survivors are not the most valuable features: a penalised feature may win its "
    "dimension instead of losing it, so that the loss ends above the least one without sharing.",
    sweeps=("one_at_a_time",),
)
def one_at_a_time(data: Data) -> Any:
    ds = data["one_at_a_time"]
    capacities = ds[["capacity"]].isel(seed=0, drop=True)
    lines = theme.curves(capacities, "capacity", "round", "feature", colours="viridis")
    ratio = ds.loss / ds.loss_mono
    text = "loss / least loss without sharing"
    table = ds[[]].assign(ratio=variable(ratio.dims, ratio.values, text, "1"))
    table = table.assign_coords(round=ds["round"])
    price = theme.band(table, "ratio", "round", markers=True)
    return theme.layout(lines, theme.overlay(price, theme.reference_line(1.0)), columns=1)


@figure(
    caption="The least useful feature is removed from inputs and target, and the model trained on, "
    "until as many are left as there are dimensions (twelve features, four dimensions, kurtosis "
    "10): loss on those that are left, monosemantic share, and the share of the four most valuable "
    f"among the survivors, by ranking; grey: random removal. {SEEDS}",
    shows="Ranked by total benefit, {c14} of the most valuable features survive; under random "
    "removal {c14.control_estimate}. Marginal returns rank no better than chance.",
    surprise="At the optimum shared features have equal returns (a relative spread of {c14_tie}), "
    "so that ranking by them sorts rounding errors. The losses of what is left are lower for the "
    "worse rankings: they have removed what was valuable.",
    sweeps=("masking",),
)
def masking(data: Data) -> Any:
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
