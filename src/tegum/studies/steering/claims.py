"""Findings about probes and steering vectors, judged; numbers are medians over steered features.

`probes`, `reencoded`, `logits` and `tied` are the readers of off-target effects; see `effects`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.ledger.claims import Claim, exact, statistical, untested
from tegum.studies.steering import findings as f
from tegum.studies.steering.findings import told
from tegum.theory import steering as law

FINDINGS = tuple(f.FINDINGS)
CANDIDATES = ("ridge", "representation", "surgical", "pattern", "mean_difference")
"""Steering vectors other than the probe."""


def claims(data: Mapping[str, xr.Dataset]) -> list[Claim]:
    """Every finding with its verdict; `data` maps sweep to measured Dataset."""
    whole = data["overcomplete"].swap_dims(n_features="overcompleteness")
    ratio = whole["overcompleteness"]
    below, above = whole.sel(overcompleteness=ratio < 1), whole.sel(overcompleteness=ratio > 1)
    at_most = whole.sel(overcompleteness=ratio <= 1)
    return [
        *_cosines(whole, below, above),
        *_identities(below, at_most),
        *_offtarget(whole, below, above),
        *_beyond(above),
        *_circular(whole, at_most),
        *_common(data["common"]),
        *_variance(data["variance"]),
        *_correlated(data["correlated"]),
        untested(
            *told("language_model"),
            reason="needs a language model and a dictionary on its residual stream, with feature "
            "effects measured on its logits",
        ),
    ]


def _at(dataset: xr.Dataset, ratio: float) -> xr.Dataset:
    return dataset.sel(overcompleteness=ratio, method="nearest")


def _cosine(dataset: xr.Dataset, vector: str, control: str = "none") -> xr.DataArray:
    return dataset["cosine"].sel({"control": control, "vector": vector})


def _off(
    dataset: xr.Dataset, vector: str, reader: str = "probes", control: str = "none"
) -> xr.DataArray:
    return dataset["offtarget"].sel({"control": control, "vector": vector, "reader": reader})


def _worst(deviation: xr.DataArray) -> np.ndarray:
    """Largest absolute value over all dims but the seed, per seed."""
    found: Any = np.abs(deviation)
    return found.max([d for d in found.dims if d != "seed"]).values


def _ratios(dataset: xr.Dataset) -> str:
    return "G/d = " + ", ".join(f"{r:g}" for r in dataset["overcompleteness"].values)


def _cosines(whole: xr.Dataset, below: xr.Dataset, above: xr.Dataset) -> list[Claim]:
    found = []
    for name, part in (("e1_cosine", below), ("cosine_law", above)):
        expected = part["overcompleteness"].copy(data=law.probe_cosine(part["overcompleteness"]))
        found.append(
            statistical(
                *told(name),
                values=_worst(_cosine(part, "probe") - expected),
                threshold=f.COSINE_TOLERANCE,
                direction="below",
                control="labels of other samples",
                control_values=_worst(_cosine(part, "probe", "shuffled") - expected),
                reason=f"largest deviation of the mean over features; {_ratios(part)}",
            )
        )
    square = _at(whole, f.SQUARE)
    found.append(
        statistical(
            *told("e1_square_cosine"),
            values=_cosine(square, "probe").values,
            threshold=f.COLLAPSED,
            direction="below",
            control="the same at G = d/2",
            control_values=_cosine(_at(whole, f.HALF), "probe").values,
            reason=_ratios(whole.sel(overcompleteness=[float(square["overcompleteness"])])),
        )
    )
    return found


def _identities(below: xr.Dataset, at_most: xr.Dataset) -> list[Claim]:
    zero = below["offtarget"].sel(
        control="none", reader="probes", vector=["representation", "surgical"]
    )
    orthogonal = _off(at_most, "probe", "tied")
    error = at_most["surgical_error"].sel(control="none")
    return [
        exact(
            *told("e1_orthogonal"),
            estimate=float(orthogonal.max()),
            threshold=f.PRECISION,
            n=orthogonal.size,
            reason="probes fitted to samples, against the true vectors: largest p_i . v_j over all "
            f"j, relative to p_i . v_i; {_ratios(at_most)}",
        ),
        exact(
            *told("e1_no_offtarget"),
            estimate=float(zero.max()),
            threshold=f.PRECISION,
            n=zero.size,
            reason=f"largest off-target effect, probes fitted to samples; {_ratios(below)}",
        ),
        exact(
            *told("e1_coincide"),
            estimate=float(error.max()),
            threshold=f.PRECISION,
            n=error.size,
            reason="largest distance of the pseudo-inverse of probes fitted to samples from the "
            f"true unit vectors; {_ratios(at_most)}",
        ),
    ]


def _offtarget(whole: xr.Dataset, below: xr.Dataset, above: xr.Dataset) -> list[Claim]:
    half, square = _at(whole, f.HALF), _at(whole, f.SQUARE)
    not_square = whole.sel(overcompleteness=whole["overcompleteness"] != 1)
    found = []
    for name, reader in (("e1_probe_offtarget", "probes"), ("reencoded_below", "reencoded")):
        found.append(
            statistical(
                *told(name),
                values=_off(half, "probe", reader).values,
                threshold=f.ORDER_ONE,
                direction="above",
                control="the representation vector",
                control_values=_off(half, "representation", reader).values,
                reason="G/d = 0.5, where the law by the probes gives 1",
            )
        )
    found.append(
        statistical(
            *told("e1_square_offtarget"),
            values=_off(square, "probe").values,
            threshold=f.LARGE,
            direction="above",
            control="the same at G = d/2",
            control_values=_off(half, "probe").values,
            reason="by the probes, where the law diverges",
        )
    )
    for name, vector, part in (
        ("offtarget_law", "probe", not_square),
        ("representation_law", "representation", above),
    ):
        ratio = part["overcompleteness"]
        expected = ratio.copy(data=law.offtarget(vector, "probes", ratio))
        found.append(
            statistical(
                *told(name),
                values=_worst(_off(part, vector) / expected - 1),
                threshold=f.LAW_TOLERANCE,
                direction="below",
                control="the probe as a random direction",
                control_values=_worst(_off(part, "probe", control="random") / expected - 1),
                reason=f"largest relative deviation of the median over features; {_ratios(part)}",
            )
        )
    return found


def _beyond(above: xr.Dataset) -> list[Claim]:
    expected = law.explained_variance(above["overcompleteness"])
    deviation = above["r2"] - above["overcompleteness"].copy(data=expected)
    ratios = _ratios(above)
    found = [
        statistical(
            *told("e2_r2"),
            values=_worst(deviation.sel(control="none")),
            threshold=f.R2_TOLERANCE,
            direction="below",
            control="labels of other samples",
            control_values=_worst(deviation.sel(control="shuffled")),
            reason=f"largest deviation, fresh samples, mean over features; {ratios}",
        )
    ]
    for reader in ("probes", "reencoded", "logits", "tied"):
        own = _off(above, "probe", reader)
        others = above["offtarget"].sel(
            {"control": "none", "vector": list(CANDIDATES), "reader": reader}
        )
        shuffled = [_off(above, m, reader, "shuffled") for m in ("probe", "surgical")]
        found.append(
            statistical(
                *told("e2_probe_worst" + f"_{reader}" * (reader != "probes")),
                values=(own - others.max("vector")).min("overcompleteness").values,
                threshold=0.0,
                direction="above",
                control="probe minus surgical vector, labels of other samples",
                control_values=(shuffled[0] - shuffled[1]).min("overcompleteness").values,
                reason="least lead of the probe's off-target effect over the worst other "
                f"candidate's ({', '.join(CANDIDATES)}); {ratios}",
            )
        )
    base = _off(above, "representation")
    near = {c: _worst(_off(above, "surgical", control=c) / base - 1) for c in ("none", "shuffled")}
    parallel = {c: _cosine(above, "surgical", c).min("overcompleteness") for c in near}
    return [
        *found,
        statistical(
            *told("e2_nearly_equal"),
            values=near["none"],
            threshold=f.NEARLY_EQUAL,
            direction="below",
            control="labels of other samples",
            control_values=near["shuffled"],
            reason=f"largest relative difference; {ratios}",
        ),
        statistical(
            *told("e2_parallel"),
            values=parallel["none"].values,
            threshold=f.NEARLY_PARALLEL,
            direction="above",
            control="labels of other samples",
            control_values=parallel["shuffled"].values,
            reason=f"least cosine, mean over features; {ratios}",
        ),
    ]


def _circular(whole: xr.Dataset, at_most: xr.Dataset) -> list[Claim]:
    zero = _off(at_most, "surgical", "probes", "shuffled")
    half = _at(whole, f.HALF)
    grown = {r: _at(whole, r)["condition"] / half["condition"] for r in (f.SQUARE, f.TWICE)}
    return [
        exact(
            *told("circular_zero"),
            estimate=float(zero.max()),
            threshold=f.PRECISION,
            n=zero.size,
            reason=f"surgical vectors of probes fitted to shuffled labels; {_ratios(at_most)}",
        ),
        statistical(
            *told("circular_reencoded"),
            values=1 / _off(half, "surgical", "reencoded", "shuffled").values,
            threshold=f.AS_LARGE,
            direction="below",
            control="surgical vectors of the true labels",
            control_values=1 / _off(half, "surgical", "reencoded").values,
            reason="effect on the own feature over that on others, 0 where there is none on the "
            "own; G/d = 0.5",
        ),
        statistical(
            *told("square_condition"),
            values=grown[f.SQUARE].sel(control="none").values,
            threshold=f.ILL_CONDITIONED,
            direction="above",
            control="G = 2d over G = d/2",
            control_values=grown[f.TWICE].sel(control="none").values,
            reason="condition number of P at G = d over that at G = d/2",
        ),
    ]


def _common(common: xr.Dataset) -> list[Claim]:
    weight = common["common_weight"]
    few = common.isel(n_features=0)
    last = {"common_weight": weight[-1]}
    change = {
        c: (_cosine(few, "probe", c).sel(last) - _cosine(few, "probe", c).isel(common_weight=0))
        for c in ("none", "shuffled")
    }
    expected = law.probe_cosine(common["overcompleteness"].values, weight.values[:, None])
    expected = xr.DataArray(expected, dims=("common_weight", "n_features"))
    deviation = _worst(_cosine(common, "probe") - expected)
    at = f"G/d = {', '.join(f'{r:g}' for r in common['overcompleteness'].values)}"
    return [
        statistical(
            *told("e1_common"),
            values=change["none"].values,
            threshold=0.0,
            direction="below",
            control="labels of other samples",
            control_values=change["shuffled"].values,
            reason=f"rho = {float(weight[-1]):g} minus 0, at the fewest features; {at}",
        ),
        statistical(
            *told("common_law"),
            values=deviation,
            threshold=f.COSINE_TOLERANCE,
            direction="below",
            control="labels of other samples",
            control_values=_worst(_cosine(common, "probe", "shuffled") - expected),
            reason=f"largest deviation over rho = {', '.join(f'{w:g}' for w in weight.values)}; "
            f"{at}",
        ),
    ]


def _variance(variance: xr.Dataset) -> list[Claim]:
    many = variance.isel(n_features=-1)
    unequal, equal = many.isel(amplitude_spread=-1), many.isel(amplitude_spread=0)
    spread = float(unequal["amplitude_spread"])
    reason = f"standard deviation {spread:g} of log amplitudes, G/d = "
    reason += f"{float(many['overcompleteness']):g}"
    return [
        statistical(
            *told("variance_surgical"),
            values=_cosine(unequal, "surgical").values,
            threshold=f.NEARLY_PARALLEL,
            direction="below",
            control="equal variances",
            control_values=_cosine(equal, "surgical").values,
            reason=reason,
        ),
        statistical(
            *told("variance_pattern"),
            values=_cosine(unequal, "pattern").values,
            threshold=f.NEARLY_PARALLEL,
            direction="above",
            control="the surgical vectors",
            control_values=_cosine(unequal, "surgical").values,
            reason=reason,
        ),
    ]


def _correlated(correlated: xr.Dataset) -> list[Claim]:
    few = correlated.isel(n_features=0)
    error = few["surgical_error"].sel(control="none")
    pulled = (
        few["offtarget"]
        .sel({"control": "none", "vector": ["pattern", "mean_difference"], "reader": "probes"})
        .min("vector")
    )
    values = ", ".join(f"{c:g}" for c in few["correlation"].values)
    return [
        exact(
            *told("correlated_coincide"),
            estimate=float(error.max()),
            threshold=f.PRECISION,
            n=error.size,
            reason="largest distance of the pseudo-inverse of probes fitted to samples from the "
            f"true unit vectors; correlation {values}",
        ),
        statistical(
            *told("correlated_pattern"),
            values=pulled.isel(correlation=-1).values,
            threshold=f.HALF_MOVED,
            direction="above",
            control="uncorrelated features",
            control_values=pulled.isel(correlation=0).values,
            reason=f"the smaller off-target effect of the two, by the probes; G/d = "
            f"{float(few['overcompleteness']):g}, correlation {float(few['correlation'][-1]):g}",
        ),
    ]
