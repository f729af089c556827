"""Findings about circuits side by side: depth, number active, and how many fit."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, listed, within
from tegum.ledger.findings import finding
from tegum.ledger.readings import exponent
from tegum.studies.circuits_in_superposition.claims.conditions import (
    BLOW_UP,
    DERIVED,
    FIRST,
    FLAT,
    GATED,
    LAW,
    LINEAR,
    NEURONS,
    PERMUTED,
    PLAIN,
    POST,
    QUESTION,
    ROOT,
    ROUGH,
    ROUNDING,
    SAME,
    SQUARE,
    capacities,
    gates,
    last,
    log,
    off_law,
    per_seed,
)


@finding(
    "load",
    "Circuits that share no neuron are computed exactly.",
    DERIVED,
    at={"width": 2048, "n_circuits": [64, 128]},
    kind="exact",
)
def f6_apart(load: xr.Dataset) -> Claim:
    return within(
        ROUNDING,
        at(load.circuit_err, width=2048, n_circuits=[64, 128]),
        because="error over the rms, of the network against the circuits one by one; 128 circuits "
        "of 16 neurons fill 2,048",
    )


def _growth(ds: xr.Dataset, name: str) -> np.ndarray:
    return per_seed(last(ds[name]) - ds[name].isel(layer=1))


@finding("depth", "Without correction the error grows with depth.", POST)
def f6_grows(depth: xr.Dataset) -> Claim:
    _, plain = gates(depth)
    return above(
        0.0,
        _growth(plain, "circuit_err"),
        control=(GATED, _growth(gates(depth)[0], "circuit_err")),
        because=f"error after all layers minus after the first; by number of circuits "
        f"{listed(last(plain.circuit_err))} against {listed(plain.circuit_err.isel(layer=1))}",
    )


def _factor(ds: xr.Dataset) -> np.ndarray:
    """By how much the leaked variance is multiplied per layer, geometric mean: (seed,)."""
    squares = 2.0 * log(ds.leakage)
    layers = ds.sizes["layer"] - 1
    return np.exp(per_seed((squares.isel(layer=-1) - squares.isel(layer=0)) / layers))


@finding("depth", "Without correction what leaks blows up, by a factor per layer.", POST)
def f6_blows_up(depth: xr.Dataset) -> Claim:
    gated, plain = gates(depth)
    return above(
        BLOW_UP,
        _factor(plain),
        control=(GATED, _factor(gated)),
        because="geometric mean over layers and numbers of circuits of the factor of the variance "
        f"that inactive circuits hold; by the law {_factor(_law(plain)).mean():.2f}",
    )


def _law(ds: xr.Dataset) -> xr.Dataset:
    return ds.assign(leakage=ds.law_leakage)


@finding("depth", "Its size is that of the law.", DERIVED)
def f6_plain_law(depth: xr.Dataset) -> Claim:
    gated, plain = gates(depth)
    mixed = plain.assign(law_leakage=gated.law_leakage)
    return below(
        ROUGH,
        off_law(plain, "leakage", "law_leakage"),
        control=("the law of circuits held down", off_law(mixed, "leakage", "law_leakage")),
        because="mean |log(measured / law)| of the rms of inactive circuits",
    )


@finding("depth", "Where inactive circuits are held down leakage does not grow with depth.", POST)
def f6_flat(depth: xr.Dataset) -> Claim:
    ratios = [per_seed(last(ds.leakage) / ds.leakage.isel(layer=0)) for ds in gates(depth)]
    return below(
        FLAT,
        ratios[0],
        control=(PLAIN, ratios[1]),
        because="rms of inactive circuits after all layers over that before the first",
    )


def _added(ds: xr.Dataset) -> np.ndarray:
    """Exponent, in the number of layers, of the variance that they added: (seed,)."""
    squares = ds.circuit_err**2
    added = squares.isel(layer=slice(1, None)) - squares.isel(layer=0)
    return per_seed(exponent(added, "layer"))


@finding("depth", "There the variance of the error grows linearly with depth.", DERIVED)
def f6_linear_in_depth(depth: xr.Dataset) -> Claim:
    gated, plain = (_added(ds) for ds in gates(depth))
    return below(
        LINEAR,
        np.abs(gated - 1.0),
        control=(PLAIN, np.abs(plain - 1.0)),
        because=f"|exponent - 1| of the added variance in depth; exponent {gated.mean():.2f}, "
        f"not held down {plain.mean():.2f}",
    )


@finding("depth", "There the error is that of the law.", DERIVED)
def f6_gated_law(depth: xr.Dataset) -> Claim:
    gated = gates(depth)[0]
    return below(
        LAW,
        off_law(gated, "circuit_err", "law_err"),
        control=(PERMUTED, off_law(gated, "permuted_err", "law_err")),
        because=f"mean |log(measured / law)| over layers; after all of them measured "
        f"{listed(last(gated.circuit_err))}, law {listed(last(gated.law_err))} by number",
    )


def _root_of_active(what: str, name: str, law: str, active: xr.Dataset) -> Claim:
    slope, control, expected = (
        exponent(last(active[n]), "n_active").values for n in (name, "permuted_err", law)
    )
    return below(
        ROOT,
        np.abs(slope - 0.5),
        control=(PERMUTED, np.abs(control - 0.5)),
        because=f"|exponent - 1/2| of {what} in the number active; exponent {slope.mean():.3f}, "
        f"by the law {expected.mean():.3f}",
    )


BY_ACTIVE = [
    finding(
        "active", f"{what.capitalize()} grows as the root of the number of active circuits.", source
    )(partial(_root_of_active, what, name, law), id=id)
    for id, what, name, law, source in (
        ("f6_active", "the error", "circuit_err", "law_err", DERIVED),
        ("f6_active_leakage", "leakage", "leakage", "law_leakage", QUESTION),
    )
]


@finding("load", "The circuits that fit grow as the square of the width, as parameters do.", POST)
def f6_parameters(load: xr.Dataset) -> Claim:
    found = capacities(load)
    slope = exponent(found, "width").values
    law = exponent(load.law_capacity.isel(n_circuits=0), "width").values
    alone = xr.ones_like(found) * load.width / NEURONS
    return below(
        SQUARE,
        np.abs(slope - 2.0),
        control=("neurons of their own", np.abs(exponent(alone, "width").values - 2.0)),
        because=f"|exponent - 2| of the capacity in the width; exponent {slope.mean():.2f}, by the "
        f"law {law.mean():.2f}; circuits that fit {listed(found, 0)} by width",
    )


@finding("load", "As many fit as the law says.", DERIVED)
def f6_capacity_law(load: xr.Dataset) -> Claim:
    found, law = capacities(load), load.law_capacity.isel(n_circuits=0)
    alone = load.width / NEURONS
    return below(
        LAW,
        per_seed(abs(log(found / law))),
        control=("neurons of their own", per_seed(abs(log(found / alone)))),
        because=f"mean |log(measured / law)|; measured {listed(found, 0)}, law {listed(law, 0)}",
    )


@finding(
    "load",
    "More fit than could have neurons of their own.",
    FIRST,
    at={"width": [512, 2048]},
)
def f6_more(load: xr.Dataset) -> Claim:
    times = capacities(load) / (load.width / NEURONS)
    return above(
        1.0,
        at(times, width=2048),
        control=("the narrowest network", at(times, width=512)),
        because=f"circuits at an error of 0.3 over D / 4; by width {listed(times)}",
    )


@finding(
    "redundancy",
    "On how many neurons each small neuron stands changes the error little.",
    DERIVED,
    at={"redundancy": [1, 16]},
)
def f6_redundancy(redundancy: xr.Dataset) -> Claim:
    found = last(redundancy.circuit_err)
    apart = log(at(found, redundancy=1) / at(found, redundancy=16))
    other = log(last(redundancy.permuted_err).isel(redundancy=0) / at(found, redundancy=16))
    return below(
        SAME,
        np.abs(apart.values),
        control=(PERMUTED, np.abs(other.values)),
        because=f"|log ratio| of the errors at 1 and at 16; by redundancy {listed(found, 3)}",
    )


@finding("redundancy", "A larger redundancy makes the error more even over inputs.", QUESTION)
def f6_tail(redundancy: xr.Dataset) -> Claim:
    tail = last(redundancy.err_quantile)
    fall = tail.isel(redundancy=0) - tail.isel(redundancy=-1)
    start = redundancy.err_quantile.isel(layer=0)
    return above(
        0.0,
        fall,
        control=("before the first layer", start.isel(redundancy=0) - start.isel(redundancy=-1)),
        because=f"99th percentile over the rms, at 1 minus at 16; by redundancy {listed(tail)}",
    )
