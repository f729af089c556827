"""Flattening with its hysteresis and release, and masking."""

from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Data, figure, theme
from tegum.labels import at, coordinate, joined, labelled
from tegum.metrics.phases import RELEASED, SETTLED, at_end

SEEDS = "Mean over seeds with the 95 % bootstrap interval."


def _by_ramp(values: xr.DataArray, long_name: str, freed: str) -> Any:
    """Values at each strength held, by ramp, and after the release from one: the control."""
    settled, released = (at_end(values, phase) for phase in (SETTLED, RELEASED))
    name = f"{freed}, then released"
    parts = {ramp: at(settled, ramp=ramp) for ramp in ("up", "down")}
    states = joined("ramp", parts | {name: at(released, ramp=freed)})
    table = labelled(states, "value", long_name)
    return theme.band(table, "value", "strength", "ramp", markers=True, control=name)


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
    panel = _by_ramp(ds.capacity.max("feature"), "larger of both capacities", "down")
    said = "dedicated metastable", "equal losses", "shared unstable"
    pair = zip(ds.strengths_pair.isel(strength=0, ramp=0, seed=0).values, said, strict=True)
    return theme.overlay(panel, *(theme.reference_line(s, text, axis="x") for s, text in pair))


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
    one = at(ds, strength=float(ds.strength.max()), ramp="up").isel(seed=0)
    one = one.swap_dims(checkpoint="step")
    lines = theme.curves(one, "capacity", "step", "feature", colours="viridis", legend=None)
    changes = ds.step.values[np.flatnonzero(np.diff(ds.phase.values))]
    marks = [theme.reference_line(float(step), "", axis="x") for step in changes]
    share = _by_ramp(ds.mono_share, "monosemantic share", "up")
    rise = _by_ramp(ds.loss / ds.loss_best - 1.0, "relative rise of the loss", "up")
    return theme.layout(theme.overlay(lines, *marks), share, rise, columns=1)


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
    runs = ds[["mono_share"]].isel(checkpoint=ds.phase.values == RELEASED)
    runs = runs.stack(run=("release_noise", "release_epsilon"), create_index=False)
    noises = zip(runs.release_noise.values, runs.release_epsilon.values, strict=True)
    names = [f"{'Adam' if eps < 0.1 else 'descent'}, noise {noise:g}" for noise, eps in noises]
    since = runs.step.values - int(at_end(ds.step, SETTLED))
    table = runs.drop_vars(["checkpoint", "phase", "step"]).rename(checkpoint="since")
    table = table.assign_coords(
        run=coordinate("run", names, "release"),
        since=coordinate("since", since, "steps since the release"),
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
    lines = theme.curves(ds.isel(seed=0), "capacity", "round", "feature", colours="viridis")
    ratio = labelled(ds.loss / ds.loss_mono, "ratio", "loss / least loss without sharing")
    price = theme.band(ratio, "ratio", "round", markers=True)
    price = theme.overlay(price, theme.reference_line(1.0, "no sharing"))
    return theme.layout(lines, price, columns=1)


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
    ds = ds.assign_coords(round=ds["round"].assign_attrs(long_name="features removed"))
    look: Any = {"control": "random", "markers": True}
    panels = [theme.band(ds, name, "round", "ranking", **look) for name in ("loss", "mono_share")]
    return theme.layout(*panels, theme.intervals(ds, "survivors_top", "ranking"), columns=1)
