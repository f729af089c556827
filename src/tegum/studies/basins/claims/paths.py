"""BA1 to BA4: copies, alignment, barriers between kinds, and what relaxing leaves."""

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, listed, within
from tegum.ledger.effects import effect
from tegum.ledger.findings import finding
from tegum.studies.basins.claims.conditions import (
    COMMENTS,
    CURVES,
    CUT,
    DERIVED,
    FLOOR,
    HIGH,
    KEPT,
    PROTOTYPE,
    QUESTION,
    ROUNDING,
    SAME_BASIN,
    Kind,
    alike,
    kinds,
    of,
    pair,
    trained,
)


@finding(
    "paths",
    "A permuted and rescaled copy of a model is functionally identical.",
    DERIVED,
    kind="exact",
)
def ba1(ds: xr.Dataset) -> Claim:
    return within(
        ROUNDING,
        ds["copy_error"],
        because="largest difference of an output on the evaluation set, double precision; scales "
        "0.2 to 5",
    )


@finding(
    "paths",
    "After alignment such a copy has no barrier to its original.",
    DERIVED,
    kind="exact",
)
def ba1_barrier(ds: xr.Dataset) -> Claim:
    raw = float(ds["copy_barrier_raw"].mean())
    return within(
        ROUNDING,
        ds["copy_barrier"],
        because=f"relative barrier in double precision; as the copies are, it is {raw:.2f}",
    )


@finding(
    "paths",
    "The assignment is the best of all orders of the neurons.",
    "derived: linear assignment is solved exactly",
    kind="exact",
)
def ba1_assignment(ds: xr.Dataset) -> Claim:
    return within(
        ROUNDING,
        ds["assignment_error"],
        because="agreement that trying every order of the first neurons of two models finds beyond "
        "it",
    )


def _cut(ds: xr.Dataset, path: str) -> np.ndarray:
    """Least ratio of the barrier before to that on `path`, over the kinds of pairs: (seed,)."""
    mono, poly = kinds(ds)
    ratios = []
    for one, other in ((mono, mono), (poly, poly), (mono, poly)):
        before, after = (pair(ds, one, other, p).values for p in ("raw", path))
        ratios.append(before / np.maximum(after, FLOOR))
    return np.min(ratios, axis=0)


@trained("paths", "Alignment cuts the barrier at least fourfold, in every pair.", PROTOTYPE)
def ba2(ds: xr.Dataset) -> Claim:
    return above(
        CUT,
        _cut(ds, "aligned"),
        control=("random order", _cut(ds, "shuffled")),
        because="ratio of the barriers of raw and aligned straight paths, the least of mono-mono, "
        "poly-poly and mono-poly",
    )


@trained(
    "paths",
    "Monosemantic models of different starts are nearly linearly connected after alignment.",
    PROTOTYPE,
)
def ba3_mono(ds: xr.Dataset) -> Claim:
    mono, poly = kinds(ds)
    return below(
        SAME_BASIN,
        pair(ds, mono, mono),
        control=("polysemantic models", pair(ds, poly, poly)),
        because=f"barrier over the mean end loss; trained with noise {mono.noise:g} sigma_I, not "
        f"aligned {float(pair(ds, mono, mono, 'raw').mean()):.2f}",
    )


@trained(
    "paths",
    "Polysemantic models of different starts keep a barrier of the order of the end loss.",
    PROTOTYPE,
)
def ba3_poly(ds: xr.Dataset) -> Claim:
    mono, poly = kinds(ds)
    return above(
        HIGH,
        pair(ds, poly, poly),
        control=("monosemantic models", pair(ds, mono, mono)),
        because="barrier over the mean end loss after alignment; not aligned "
        f"{float(pair(ds, poly, poly, 'raw').mean()):.2f}",
    )


@trained(
    "paths",
    "Monosemantic models are better connected than polysemantic ones.",
    PROTOTYPE,
)
def ba3_gap(ds: xr.Dataset) -> Claim:
    mono, poly = kinds(ds)
    gaps = [pair(ds, mono, mono, p) - pair(ds, poly, poly, p) for p in ("aligned", "shuffled")]
    return below(
        0.0,
        gaps[0],
        control=("random order", gaps[1]),
        because="barrier of mono-mono minus that of poly-poly" + effect(gaps[0]),
    )


@trained(
    "paths",
    "A monosemantic and a polysemantic model that start alike are in different basins.",
    QUESTION,
)
def ba3_mixed(ds: xr.Dataset) -> Claim:
    mono, poly = kinds(ds)
    return above(
        SAME_BASIN,
        alike(ds, mono, poly),
        control=("two monosemantic models", pair(ds, mono, mono)),
        because="barrier over the mean end loss after alignment, equal initial weights and "
        "batches; of different starts "
        f"{float(pair(ds, mono, poly).mean()):.2f}",
    )


def _curve(ends: str, ds: xr.Dataset) -> Claim:
    def barrier(path: str) -> np.ndarray:
        loss = at(ds["path_loss"], ends=ends, path=path).transpose("seed", "position").values
        t = np.linspace(0, 1, loss.shape[1])
        line = (1 - t) * loss[:, :1] + t * loss[:, -1:]
        return np.maximum((loss - line).max(1), 0.0) / loss[:, [0, -1]].mean(1)

    return below(
        SAME_BASIN,
        barrier("curve"),
        control=("straight path", barrier("straight")),
        because="barrier over the mean end loss on the Bezier curve, ends aligned",
    )


CURVED = [
    trained(
        "curves",
        f"A curve of low loss joins {told} models.",
        CURVES,
        at={"ends": ends},
    )(lambda ds, ends=ends: _curve(ends, ds), id=f"ba3_curve_{ends}")
    for ends, told in (
        ("mono_mono", "two monosemantic"),
        ("poly_poly", "two polysemantic"),
        ("mono_poly", "monosemantic and polysemantic"),
    )
]


@trained(
    "paths",
    "All models of a task lie in two basins, a monosemantic and a polysemantic one.",
    QUESTION,
)
def basins_two(ds: xr.Dataset) -> Claim:
    found, raw = (at(ds["n_basins"], path=p) for p in ("aligned", "raw"))
    return below(
        2.5,
        found,
        control=("not aligned", raw),
        unit="basins",
        because=f"models joined by barriers below {SAME_BASIN:g} of the mean end loss, of "
        f"{ds.sizes['phase'] * ds.sizes['noise'] * ds.sizes['start']} models",
    )


@trained(
    "paths",
    "There are many basins within each level of monosemanticity.",
    QUESTION,
)
def basins_within(ds: xr.Dataset) -> Claim:
    levels = [Kind("relaxed", float(n)) for n in ds["noise"].values]
    each = xr.concat([pair(ds, k, k) for k in levels], "level")
    alone = [alike(ds, k, k) for k in levels]
    return above(
        SAME_BASIN,
        each.min("level"),
        control=("a model and itself", xr.concat(alone, "level").max("level")),
        because="least barrier over levels of noise, models of different starts after relaxing; "
        "by level " + ", ".join(f"{k.noise:g}: {float(pair(ds, k, k).mean()):.2f}" for k in levels),
    )


@trained(
    "paths",
    "The monosemantic state that noise made is kept once the noise is gone.",
    f"{COMMENTS}: separate basins would keep it",
)
def ba4(ds: xr.Dataset) -> Claim:
    noisy, after = (of(ds, "mono_per_feature", kinds(ds, p)[0]) for p in ("trained", "relaxed"))
    never = of(ds, "mono_per_feature", kinds(ds, "relaxed")[1])
    return above(
        KEPT,
        after / noisy,
        control=("never noisy, trained as long", never / noisy),
        because="monosemantic neurons after training without noise over those before; per feature "
        f"{float(noisy.mean()):.2f}, then {float(after.mean()):.2f}",
    )


@trained(
    "paths",
    "What noise made is not forgotten: a relaxed model has more monosemantic neurons than one "
    "that never had noise.",
    QUESTION,
)
def ba4_memory(ds: xr.Dataset) -> Claim:
    found, before = (
        of(ds, "mono_per_feature", mono) - of(ds, "mono_per_feature", poly)
        for mono, poly in (kinds(ds, "relaxed"), kinds(ds, "trained"))
    )
    return above(
        0.0,
        found,
        control=("before the noise is removed", before),
        unit="per feature",
        because=f"trained equally long; by noise {_by_noise(ds)}" + effect(found),
    )


def _by_noise(ds: xr.Dataset) -> str:
    return listed(at(ds["mono_per_feature"], phase="relaxed").mean("start"))


@trained(
    "paths",
    "The relaxed model's loss is at or below that of one that never had noise.",
    PROTOTYPE,
)
def ba4_loss(ds: xr.Dataset) -> Claim:
    found, before = (
        of(ds, "loss", mono) / of(ds, "loss", poly) - 1
        for mono, poly in (kinds(ds, "relaxed"), kinds(ds, "trained"))
    )
    return below(
        0.0,
        found,
        control=("before the noise is removed", before),
        because="relative difference of the clean loss, trained equally long" + effect(found),
    )


@trained(
    "paths",
    "It is in another basin of the clean loss than the model of the same start that never had "
    "noise.",
    QUESTION,
)
def ba4_basin(ds: xr.Dataset) -> Claim:
    mono, poly = kinds(ds, "relaxed")
    return above(
        SAME_BASIN,
        alike(ds, mono, poly),
        control=("two models that never had noise", pair(ds, poly, poly)),
        because="barrier over the mean end loss after alignment",
    )
