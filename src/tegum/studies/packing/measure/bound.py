"""The loss under the Johnson-Lindenstrauss bound, its optimum and the critical moment."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.experiment.cell import SweepView
from tegum.studies.packing.params import Bound
from tegum.studies.packing.schema import SCHEMAS
from tegum.theory import packing as metric

DISTANCES = tuple(10.0**-power for power in range(1, 7))


def by_cell(sweep: SweepView[Bound], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Curves (cell, form, k) and optima, per form of the bound; `rows` is empty."""
    each = [cell.params for cell in sweep.cells]
    k = np.geomspace(1.0, max(p.n_inputs for p in each), sweep.params.k_points)
    forms = [[_form(p, form, k) for form in metric.FORMS] for p in each]
    found: dict[str, Any] = {
        name: [[form[name] for form in cell] for cell in forms] for name in forms[0][0]
    }
    found["k_opt_near"] = [_near(p.n_features, p.n_inputs) for p in each]
    coords = {"jl_form": list(metric.FORMS), "k": k, "distance": DISTANCES}
    return SCHEMAS["measure/bound"].dataset(found, coords)


def _form(
    p: Bound, form: metric.Form, k: NDArray[np.float64]
) -> dict[str, NDArray[np.float64] | float]:
    """What one form of the bound says of one problem."""
    n, d, alpha = p.n_features, p.n_inputs, p.alpha
    eps, loss, slope = (np.full(k.size, np.nan) for _ in range(3))
    end, critical, local = _limits(n, d, form)
    best = eps_best = np.nan
    if metric.feasible(n, d, form):
        inside = k <= end
        eps[inside] = metric.interference_bound(k[inside], n, d, form)
        loss[inside] = np.exp(metric.log_loss(k[inside], n, d, alpha, form))
        slope[inside] = metric.log_loss_slope(k[inside], n, d, alpha, form)
        best = metric.best_k(n, d, alpha, form)
        eps_best = float(metric.interference_bound(best, n, d, form))
    curves = {"eps": eps, "loss_norm": loss, "dlogL_dlogk": slope}
    optimum = {"k_opt": best, "eps_opt": eps_best, "k_max": end}
    return curves | optimum | {"alpha_c": critical, "alpha_c_local": local}


@cache
def _limits(n: int, d: int, form: metric.Form) -> tuple[float, float, float]:
    """The largest feasible k, the critical moment, and that at which the loss is flat at k = 1."""
    if not metric.feasible(n, d, form):
        return np.nan, np.nan, np.nan
    local = float(1.0 / metric.bound_slope(1.0, n, d, form))
    return metric.largest_k(n, d, form), metric.critical_alpha(n, d, form), local


@cache
def _near(n: int, d: int) -> list[float]:
    """The best k at moments just below the critical one, with the cubic bound."""
    _, critical, _ = _limits(n, d, "cubic")
    if np.isnan(critical):
        return [np.nan] * len(DISTANCES)
    return [metric.best_k(n, d, critical - distance, "cubic") for distance in DISTANCES]
