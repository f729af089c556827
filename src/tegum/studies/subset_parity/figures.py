"""Figures of `subset_parity`."""

from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Data, figure, theme
from tegum.labels import at, labelled

BAND = "Mean and 95 % interval over 8 or 10 seeds"


def _named(ds: xr.Dataset) -> xr.Dataset:
    ds["n_parity"].attrs = {"long_name": "hidden bits k", "units": "1"}
    return ds


def _after(ds: xr.Dataset) -> xr.Dataset:
    """Without the look before training, for an axis of the logarithm of the steps."""
    return ds.isel(checkpoint=slice(1, None)).swap_dims(checkpoint="step")


@figure(
    caption="Accuracy on all inputs against optimiser steps, by curriculum; k = 4 of 10 bits, "
    f"Adam. Controls in grey. {BAND}.",
    shows="Against the same training without a curriculum, rewarding sub-parities saves "
    "{sp3_coins} halvings of the time more than rewarding coins does; a growing target saves "
    "{sp3_growing}, biased inputs {sp4}.",
    surprise="A curriculum that is another task at first, as a growing target is, costs the steps "
    "of that task: it can end later than training on the task itself.",
    sweeps=("curricula",),
)
def accuracy(data: Data) -> Any:
    here = _after(at(data["curricula"], n_parity=4))
    return theme.band(
        here, "accuracy", "step", "curriculum", control=["frozen", "shuffled"], logx=True
    )


@figure(
    caption="Steps to an accuracy of .9 against the inverse square of the initial signal over "
    "noise in the weights of S, by number of bits; left Adam, n = 10 and 14, right gradient "
    "descent, n = 10. A dot is a model that learnt; those that did not are left out here.",
    shows="The distance of the slope from 1 is {sp2_slope} under Adam and {sp2_slope_descent} "
    "under gradient descent.",
    surprise="Three bits have hardly more signal than four: at small biases the derivative of a "
    "neuron is nearly odd, and has no coefficient at the two bits that would teach a third.",
    sweeps=("sizes", "descent"),
)
def time(data: Data) -> Any:
    panels = []
    for ds in (data["sizes"], at(data["descent"], curriculum="none")):
        inverse = ds["snr"].isel(checkpoint=0) ** -2.0
        drawn = labelled(inverse, "inverse", "1 / SNR(0)²")
        drawn["time"] = ds["time_learnt"].assign_attrs(long_name="steps to learn", units="1")
        drawn = _named(drawn.assign_coords(n_parity=ds["n_parity"]))
        panels.append(theme.scatter(drawn, "time", "inverse", "n_parity", logx=True, logy=True))
    return theme.layout(*panels)


@figure(
    caption="Root mean square movement of the first layer's weights on the hidden bits and on the "
    f"others (left), and the loss (right), against optimiser steps; k = 3 of 10 bits. {BAND}.",
    shows="At the last look before the accuracy leaves chance the weights of the hidden bits have "
    "moved {sp1} times as far as the others.",
    surprise="The others move as well, by the noise of the batches, and keep what they got.",
    sweeps=("curricula",),
)
def progress(data: Data) -> Any:
    here = _after(at(data["curricula"], n_parity=3, curriculum="none"))
    names = {"moved_inside": "on S", "moved_outside": "outside"}
    moved = xr.concat(
        [here[name] for name in names], "weights", coords="minimal", compat="override"
    )
    moved = moved.assign_coords(weights=list(names.values()))
    moved["weights"].attrs = {"long_name": "weights", "units": "1"}
    left = labelled(moved.rename("moved"), "moved", "movement (root mean square)")
    return theme.layout(
        theme.band(left, "moved", "step", "weights", control=["outside"], logx=True),
        theme.band(here, "loss", "step", logx=True),
    )


@figure(
    caption="Accuracy of trained networks as they are, without the weights from inputs outside S, "
    f"and without those from S, by number of hidden bits of 10. {BAND}.",
    shows="{sp6} of the squared norm of the first layer is on the hidden bits; without the rest "
    "the accuracy changes by {sp6_pruned}.",
    surprise="Nothing: weights that nothing drives stay near their start.",
    sweeps=("curricula",),
)
def circuit(data: Data) -> Any:
    here = at(data["curricula"], curriculum="none")
    names = {
        "final_accuracy": "as trained",
        "pruned_accuracy": "only S",
        "missing_accuracy": "only outside S",
    }
    each = [here[name] for name in names]
    parts = xr.concat(each, "kept", coords="minimal", compat="override")
    parts = parts.assign_coords(kept=list(names.values()))
    parts["kept"].attrs = {"long_name": "weights kept", "units": "1"}
    drawn = labelled(parts.rename("accuracy"), "accuracy", "accuracy on all inputs")
    return theme.intervals(
        _named(drawn), "accuracy", "n_parity", "kept", control=["only outside S"]
    )


@figure(
    caption="Steps to an accuracy of .9 by number of hidden bits and curriculum, Adam, of 10 bits "
    f"(left) and of 30 (right); models that never learnt stand at the last step. {BAND}.",
    shows="From 2 to 4 of 30 bits the time doubles {sp2_rise_larger} times, with nested "
    "sub-parities {sp3_nested_larger} times. Biased inputs halve the time of 4 of 30 bits "
    "{sp4_larger} times, and that of 4 of 10 bits {sp4} times.",
    surprise="A curriculum costs its own steps: it pays only where the parity is hard to find.",
    sweeps=("curricula", "larger"),
)
def curricula(data: Data) -> Any:
    larger = data["larger"]
    taught = larger["curriculum"].values.tolist()
    panels = []
    for ds in (at(data["curricula"], curriculum=taught), larger):
        time = ds["time_learnt"].fillna(float(ds["step"].max()))
        time = time.copy(data=np.log2(time.values))
        drawn = _named(labelled(time, "doublings", "log2 of the steps to learn"))
        panels.append(
            theme.intervals(drawn, "doublings", "n_parity", "curriculum", control=["wrong"])
        )
    return theme.layout(*panels)


@figure(
    caption="Steps to an accuracy of .9 by number of hidden bits of 12, with and without outputs "
    f"for the nested sub-parities; models that never learnt stand at the last step. {BAND}.",
    shows="A line in k explains {growth_none} more of the variance of the logarithm of the time "
    "than one in log k does; with nested sub-parities {growth_nested} less.",
    surprise="Verdicts: exponential without a curriculum, {growth_none.verdict}; a power with "
    "sub-parities, {growth_nested.verdict}.",
    sweeps=("growth",),
)
def growth(data: Data) -> Any:
    ds = data["growth"]
    time = ds["time_learnt"].fillna(float(ds["step"].max()))
    drawn = _named(labelled(time, "time", "steps to learn"))
    return theme.band(drawn, "time", "n_parity", "curriculum", logy=True, markers=True)
