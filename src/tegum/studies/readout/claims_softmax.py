"""C2 and C3: what a softmax can tell from few dimensions, and in what geometry."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.ledger.claims import Claim, exact, statistical, untested
from tegum.studies.readout import findings as f
from tegum.synthetic.indicators import all_subsets
from tegum.theory import softmax as law

Data = Mapping[str, xr.Dataset]
CONSTRUCTED = (3, 20, 400)
"""Numbers of features at which constructions are tried."""
SHAPES = {"c3_triangle": 3, "c3_digon": 4, "c3_pentagon": 5}
"""Features in two dimensions; they have m / n of a dimension each."""


def solved(ds: xr.Dataset) -> xr.DataArray:
    """Which models solve their task."""
    low = ds["divergence"] <= f.SOLVED_DIVERGENCE
    return low & (ds["recall"] >= f.SOLVED_RECALL)


def thresholds(ds: xr.Dataset) -> xr.DataArray:
    """m*: least dimensions from which on a task is solved; where the largest is not enough, NaN."""
    right = solved(ds).transpose(..., "n_dimensions")
    return right.isel(n_dimensions=0, drop=True).copy(
        data=law.first_solved(right.values, ds["n_dimensions"].values)
    )


def bounds(ds: xr.Dataset, n_active: int) -> xr.DataArray:
    """Necessary dimensions, along `with_bias`."""
    found = [law.necessary_dimensions(n_active, bool(b)) for b in ds["with_bias"].values]
    return ds["with_bias"].copy(data=np.array(found))


def softmax(data: Data) -> list[Claim]:
    """C2."""
    ds = data["softmax"]
    return [*_constructions(), _necessary(data), *_single(ds), *_several(ds), *_thresholds(data)]


def _constructions() -> list[Claim]:
    line, circle, simplex = [], [], []
    for n in CONSTRUCTED:
        ones = np.eye(n)
        line.append(law.softmax_scores(*law.line_solution(n, 40.0), ones))
        circle.append(law.softmax_scores(*law.circle_solution(n, 5.0 * n**2), ones))
    for n, k in ((6, 2), (6, 3), (20, 2), (20, 3)):
        # Vertices of a simplex, in coordinates of its n - 1 dimensions.
        vertices = np.linalg.svd(np.eye(n) - 1 / n)[0][:, : n - 1]
        inputs = all_subsets(n, k)
        simplex.append(law.softmax_scores(40.0 * vertices, vertices, np.zeros(n), inputs))
    pairs = all_subsets(5, 2)
    acute = [law.softmax_scores(*law.acute_solution(law.bipyramid(), 200.0), pairs)]
    where = f"n = {', '.join(map(str, CONSTRUCTED))}"
    cases = {
        "c2_line": (line, f"u_j = t_j, b_j = -t_j^2 / 2 at t = 0, 1, …; {where}"),
        "c2_circle": (circle, f"vertices of a regular polygon; {where}"),
        "c2_simplex": (simplex, "vertices of a regular simplex; n = 6 and 20, k = 2 and 3"),
        "c2_attained": (acute, "vertices of a triangular bipyramid"),
    }
    return [
        exact(
            *f.told(name),
            # A divergence of 0 with a wrong order cannot be: recall is 1 then.
            estimate=max(abs(divergence) + (1 - recall) for divergence, recall in scores),
            threshold=f.DECADES,
            n=len(scores),
            reason=f"largest divergence, plus missed recall, over all inputs: {how}",
        )
        for name, (scores, how) in cases.items()
    ]


def _necessary(data: Data) -> Claim:
    ds, few = data["softmax"], data["threshold"]
    below, count = 0, 0
    for part, n_active in [*((ds.sel(n_active=k), k) for k in ds["n_active"].values), (few, 2)]:
        tried = part["n_dimensions"] < bounds(part, int(n_active))
        right = solved(part).sel(control="none") & tried
        below += int(right.sum())
        count += int(tried.broadcast_like(right).sum())
    return exact(
        *f.told("c2_necessary"),
        estimate=below,
        threshold=0,
        n=count,
        unit="models",
        reason="trained models below the bound that are solved",
    )


def _single(ds: xr.Dataset) -> list[Claim]:
    flat = ds.sel(n_active=1, n_dimensions=2)
    worst = flat["divergence"].max("with_bias"), flat["recall"].min("with_bias")
    names = "c2_k1_divergence", "c2_k1_recall"
    limits = f.SOLVED_DIVERGENCE, f.SOLVED_RECALL
    units = "ln(n/k)", "1"
    return [
        statistical(
            *f.told(name),
            values=values.sel(control="none").values,
            threshold=limit,
            direction="below" if name.endswith("divergence") else "above",
            unit=unit,
            control="untrained models",
            control_values=values.sel(control="untrained").values,
            reason="the worse of with and without a bias, two dimensions",
        )
        for name, values, limit, unit in zip(names, worst, limits, units, strict=True)
    ]


def _several(ds: xr.Dataset) -> list[Claim]:
    found = []
    for name, k, m, wanted in (
        ("c2_k2_three", 2, 3, False),
        ("c2_k2_five", 2, 5, False),
        ("c2_k2_ten", 2, 10, True),
        ("c2_k3_ten", 3, 10, False),
    ):
        if m not in ds["n_dimensions"] or k not in ds["n_active"]:
            found.append(_untried(name, k, m))
            continue
        here = ds["divergence"].sel(n_dimensions=m)
        reduced = here.max("with_bias") if wanted else here.min("with_bias")
        single = reduced.sel(n_active=1, control="none")
        untrained = reduced.sel(n_active=k, control="untrained")
        found.append(
            statistical(
                *f.told(name),
                values=reduced.sel(n_active=k, control="none").values,
                threshold=f.SOLVED_DIVERGENCE,
                direction="below" if wanted else "above",
                unit="ln(n/k)",
                control="untrained models" if wanted else "one of n features",
                control_values=(untrained if wanted else single).values,
                reason=f"divergence at k = {k}, m = {m}, the "
                f"{'worse' if wanted else 'better'} of with and without a bias",
            )
        )
    return found


def _untried(name: str, k: int, m: int) -> Claim:
    return untested(*f.told(name), reason=f"needs k = {k} features in m = {m} dimensions")


def _thresholds(data: Data) -> list[Claim]:
    ds, few = data["softmax"], data["threshold"]
    found = []
    star = thresholds(ds).sel(control="none")
    largest = float(ds["n_dimensions"].max())
    # Where no number of dimensions was enough, the largest is a lower limit.
    reached = star.fillna(largest)
    single = (reached.sel(n_active=1) / bounds(ds, 1) - 1).min("with_bias")
    for name, k in (("c2_gap_two", 2), ("c2_gap_three", 3)):
        if k not in ds["n_active"]:
            found.append(_untried(name, k, 2 * k))
            continue
        gap = (reached.sel(n_active=k) / bounds(ds, k) - 1).min("with_bias")
        means = [
            f"{'with' if b else 'without'} a bias m* = "
            f"{float(reached.sel(n_active=k, with_bias=b).mean()):.1f} for "
            f"{int(bounds(ds, k).sel(with_bias=b))}"
            for b in ds["with_bias"].values
        ]
        open_ = int(star.sel(n_active=k).isnull().sum())
        found.append(
            statistical(
                *f.told(name),
                values=gap.values,
                threshold=f.FAR,
                direction="above",
                control="one of n features",
                control_values=single.values,
                reason=f"m* / bound - 1, the smaller of with and without a bias; "
                f"{'; '.join(means)}; not solved in {largest:g} dimensions, which then count: "
                f"{open_} of {star.sel(n_active=k).size}",
            )
        )
    small = thresholds(few).sel(control="none").fillna(float(few["n_dimensions"].max()))
    ends = small.isel(n_features=0), reached.sel(n_active=2)
    necessary = bounds(few, 2)
    return [
        *found,
        statistical(
            *f.told("c2_growth"),
            values=(ends[1] - ends[0]).min("with_bias").values,
            threshold=0.0,
            direction="above",
            unit="dimensions",
            control="the necessary number",
            control_values=(bounds(ds, 2) - necessary).values,
            reason=f"m* at k = 2 and n = {ds.sizes['feature']} less that at n = "
            f"{int(few['n_features'].min())}, the smaller of with and without a bias",
        ),
    ]


def geometry(data: Data) -> list[Claim]:
    """C3."""
    flat = data["softmax"].sel(n_active=1, n_dimensions=2)
    biased, plain = flat.sel(with_bias=True), flat.sel(with_bias=False)
    distance = abs(biased["mean_cosine"] - f.MEAN_COSINE)
    cases = (
        ("c3_least_cosine", biased["least_cosine"], f.OPPOSITE, "below", "with a bias"),
        ("c3_mean_cosine", distance, f.COSINE_GAP, "below", "distance from .59; with a bias"),
        ("c3_hull", plain["hull_share"], f.ON_HULL, "above", "readouts without their mean"),
    )
    found = [
        statistical(
            *f.told(name),
            values=values.sel(control="none").values,
            threshold=limit,
            direction="below" if side == "below" else "above",
            control="untrained models",
            control_values=values.sel(control="untrained").values,
            reason=reason,
        )
        for name, values, limit, side, reason in cases
    ]
    shapes = data["polytopes"]
    for name, n in SHAPES.items():
        each = shapes["dimensionality"].sel(n_features=n)
        gap = abs(each - 2 / n).max("feature")
        whole = np.sort(each.sel(control="none").transpose("seed", "feature").values[:, :n]).mean(0)
        found.append(
            statistical(
                *f.told(name),
                values=gap.sel(control="none").values,
                threshold=f.DIMENSIONALITY_GAP,
                direction="below",
                control="untrained models",
                control_values=gap.sel(control="untrained").values,
                reason=f"largest |D_i - 2/{n}| over the features; sorted, means over seeds: "
                f"{', '.join(f'{d:.2f}' for d in whole)}",
            )
        )
    errors = [law.tied_loss(*law.polygon_autoencoder(n), np.eye(n)) for n in CONSTRUCTED]
    trained = data["one_hot"]["loss"].sel(control="none")
    return [
        *found,
        exact(
            *f.told("c3_relu_polygon"),
            estimate=max(errors),
            threshold=f.DECADES,
            n=len(errors),
            reason=f"squared error at n = {', '.join(map(str, CONSTRUCTED))}; training ends at "
            f"{float(trained.mean()):.2g} at n = {data['one_hot'].sizes['feature']}",
        ),
    ]
