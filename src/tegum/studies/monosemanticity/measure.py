"""From raw per-neuron rows to counts of monosemantic neurons, losses and recovery.

A neuron is *mono* where its selectivity exceeds a threshold, *dead* where it answers to no single
feature, *poly* otherwise. A feature is served (mono), ignored (its loss is above 0.9 of predicting
its mean) or shared (poly). Every checkpoint carries `learning_rate_scale`: the counts follow it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from tegum.controls.weights import untrained
from tegum.data.rows import join_controls, with_changes
from tegum.experiment.cell import Cell, SweepView
from tegum.labels import coordinate, variable
from tegum.metrics import monosemanticity as metric
from tegum.studies.monosemanticity.params import Measure

View = SweepView[Measure]

IGNORED = 0.9
"""Share of the loss of its mean, on the same samples, above which a feature counts as ignored."""
PROBE_SAMPLES = 2048
LONG_NAMES = {
    "loss": "training loss",
    "evaluation_loss": "evaluation loss",
    "loss_ratio": "evaluation loss / null loss",
    "n_mono": "monosemantic neurons",
    "mono_per_feature": "monosemantic neurons per feature",
    "mono_per_neuron": "share of monosemantic neurons",
    "coverage": "share of features with a monosemantic neuron",
    "dead_share": "share of dead neurons",
    "bias_mean": "mean bias",
    "bias_mono": "mean bias of monosemantic neurons",
    "bias_poly": "mean bias of polysemantic neurons",
    "bias_gap": "bias of mono minus bias of poly neurons",
    "bias_gap_permuted": "bias gap with permuted neuron labels",
    "shared_share": "share of features that are neither served nor ignored",
    "ignored_share": "share of ignored features",
    "selectivity": "selectivity of a neuron",
    "bias": "bias of a neuron",
    "response": "response of a neuron to a feature",
    "zero_loss": "loss of the zero predictor",
    "null_loss": "loss of the best constant",
    "linear_loss": "loss of the best affine decoder",
    "linear_loss_fitted": "loss of an affine decoder fitted numerically",
    "n_features": "number of features",
    "interference": "interference sigma_I",
    "poly_rank": "effective rank of the poly neurons' linear map",
    "poly_rank_untrained": "effective rank of the linear map of untrained weights",
    "poly_trace": "trace per feature of the poly neurons' linear map",
    "singular_value": "singular value of the poly neurons' linear map",
    "noise_response_mono": "noise response of monosemantic neurons",
    "noise_response_poly": "noise response of polysemantic neurons",
    "noise_response_permuted": "mono over poly noise response with permuted neuron labels",
    "best_cosine": "best |cos| with a true feature",
    "mcc": "matched |cos| with the true features",
    "support_f1": "F1 of the supports",
    "l0": "active latents per sample",
    "fvu": "fraction of variance unexplained",
    "dead_fraction": "share of dead latents",
}


def run(sweep: View, rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Measure one sweep; variables have the sweep's axes first, then inner dims."""
    train = rows["train"]
    axes = list(sweep.axes)
    models = _of_models(sweep, train)
    found = _losses(models, train)
    found |= _neurons(models, train)
    if "encoder" in train:
        found |= _kept_weights(models, train)
    if "fit" in rows:
        found |= _recovery(rows)
    inner = {d for f in found.values() for d in f.dims} - set(axes)
    coords: dict[str, xr.Variable] = {a: rows.get("fit", train)[a].variable for a in axes}
    coords |= {n: train[n].variable for n in ("step", "learning_rate_scale")}
    for dim in sorted(inner):  # pyright: ignore[reportArgumentType]
        holder = next(f for f in found.values() if dim in f.dims)
        values = holder[dim].values if dim in holder.coords else np.arange(holder.sizes[dim])
        coords[dim] = coordinate(dim, values, dim.replace("_", " "))
    measured = xr.Dataset(
        {
            name: variable(
                dims := (*(a for a in axes if a in data.dims), *_inner(data, axes)),
                data.transpose(*dims).values.astype(np.float32),
                LONG_NAMES[name],
                "1",
            )
            for name, data in found.items()
        },
        coords,
    )
    return with_changes(measured, rows, sweep.axes)


def _of_models(sweep: View, train: xr.Dataset) -> View:
    """The sweep along the axes of the models, without those of the dictionaries."""
    cells = {}
    for cell in sweep.cells:
        axes = {a: v for a, v in cell.axes.items() if a in train.dims}
        cells.setdefault(tuple(axes.values()), replace(cell, axes=axes))
    axes = {a: values for a, values in sweep.axes.items() if a in train.dims}
    return replace(sweep, axes=axes, cells=tuple(cells.values()))


def _inner(data: xr.DataArray, axes: list[str]) -> list[str]:
    return [str(d) for d in data.dims if d not in axes]


def _points(sweep: View, train: xr.Dataset) -> Iterator[tuple[Cell[Measure], xr.Dataset]]:
    """Each cell of the sweep with its row, in row-major order."""
    for cell in sweep.cells:
        at = {a: train.get_index(a).get_loc(v) for a, v in cell.axes.items()}
        yield cell, train.isel(at)


def _gridded(sweep: View, values: Sequence[Any], *inner: str) -> xr.DataArray:
    shape = [len(v) for v in sweep.axes.values()]
    array = np.asarray(values, float)
    return xr.DataArray(array.reshape(*shape, *array.shape[1:]), dims=[*sweep.axes, *inner])


def _losses(sweep: View, train: xr.Dataset) -> dict[str, xr.DataArray]:
    table: dict[str, list[float]] = {n: [] for n in ("zero", "null", "linear")}
    fitted, interference, features = [], [], []
    for cell, row in _points(sweep, train):
        section = cell.upstream["train"]
        known = section.task != "random_projection"
        args = row["feature_frequency"].values, row["embedding"].values, section.task
        losses = metric.reference_losses(*args) if known else dict.fromkeys(table, np.nan)
        for name, value in losses.items():
            table[name].append(value)
        fitted.append(metric.fitted_linear_loss(*args) if known else np.nan)
        sizes = section.n_features, section.n_inputs, section.feature_probability
        interference.append(metric.interference(*sizes))
        features.append(section.n_features)
    found = {f"{name}_loss": _gridded(sweep, values) for name, values in table.items()}
    return found | {
        "linear_loss_fitted": _gridded(sweep, fitted),
        "n_features": _gridded(sweep, features),
        "interference": _gridded(sweep, interference),
        "loss": _bare(train["loss"]),
        "evaluation_loss": _bare(train["evaluation_loss"]),
        "loss_ratio": _bare(train["evaluation_loss"]) / found["null_loss"],
    }


def _bare(array: xr.DataArray) -> xr.DataArray:
    return array.reset_coords(drop=True).drop_vars(list(array.coords), errors="ignore")


def _neurons(sweep: View, train: xr.Dataset) -> dict[str, xr.DataArray]:
    raw = {n: _bare(train[n]) for n in ("response_max", "response_sum", "response_feature", "bias")}
    bias, features = raw["bias"], train.sizes["feature"]
    selectivity = metric.selectivity(raw["response_max"], raw["response_sum"])
    mono = metric.monosemantic(selectivity, sweep.params.thresholds)
    poly = ~mono & (selectivity > 0)
    neurons = bias.notnull().sum("hidden")
    count = mono.sum("hidden")
    final = {"checkpoint": -1}
    served = metric.coverage(mono, raw["response_feature"], features) / features
    gap = metric.mean_where(bias, mono) - metric.mean_where(bias, poly)
    found = {
        "n_mono": count,
        "mono_per_feature": count / features,
        "mono_per_neuron": count / neurons,
        "coverage": served,
        "dead_share": 1 - (selectivity > 0).sum("hidden") / neurons,
        "bias_mean": bias.mean("hidden"),
        "bias_mono": metric.mean_where(bias, mono),
        "bias_poly": metric.mean_where(bias, poly),
        "bias_gap": gap,
        "bias_gap_permuted": _permuted_gap(
            sweep, bias.isel(final), mono.isel(final), poly.isel(final)
        ),
        "selectivity": selectivity.isel(final),
        "bias": bias.isel(final),
    }
    if train.sizes["output"] == features:
        loss, null = (
            _bare(train[n]).rename(output="feature") for n in ("feature_loss", "null_loss")
        )
        ignored = loss > IGNORED * null
        found["ignored_share"] = ignored.mean("feature")
        found["shared_share"] = (1 - served.isel(final) - found["ignored_share"]).clip(min=0)
    return found


def _permuted_gap(
    sweep: View, bias: xr.DataArray, mono: xr.DataArray, poly: xr.DataArray
) -> xr.DataArray:
    """The bias gap when the neurons' labels are permuted: 0 but for chance."""
    values = []
    for cell in sweep.cells:
        at = {a: sweep.axes[a].index(v) for a, v in cell.axes.items()}
        row = bias.isel(at)
        alive = np.flatnonzero(row.notnull())
        order = np.random.default_rng(cell.stream("control")).permutation(alive)
        shuffled = row.isel(hidden=order).drop_vars("hidden", errors="ignore")
        labels = [
            m.isel(at).isel(hidden=alive).drop_vars("hidden", errors="ignore") for m in (mono, poly)
        ]
        gap = metric.mean_where(shuffled, labels[0]) - metric.mean_where(shuffled, labels[1])
        values.append(gap.values)
    return _gridded(sweep, values, "threshold").assign_coords(threshold=mono["threshold"])


def _kept_weights(sweep: View, train: xr.Dataset) -> dict[str, xr.DataArray]:
    """Linear maps of the poly neurons, answers to input noise, and responses to each feature."""
    names = "poly_rank", "poly_rank_untrained", "poly_trace"
    table: dict[str, list[float]] = {n: [] for n in names}
    noise: dict[str, list[float]] = {"mono": [], "poly": [], "permuted": []}
    spectra, responses = [], []
    for cell, row in _points(sweep, train):
        last = row.isel(checkpoint=-1)
        encoder, bias, decoder, embedding = (
            last[n].values.astype(float) for n in ("encoder", "bias", "decoder", "embedding")
        )
        selectivity = metric.selectivity(last["response_max"], last["response_sum"]).values
        mono = selectivity > sweep.params.thresholds[0]
        poly = ~mono & (selectivity > 0)
        spectrum, trace = metric.linear_map_spectrum(decoder, encoder, embedding, poly)
        seed = cell.stream("control")
        fresh = untrained(decoder, seed), untrained(encoder, seed + 1), embedding, poly
        table["poly_rank"].append(metric.effective_rank(spectrum))
        table["poly_rank_untrained"].append(
            metric.effective_rank(metric.linear_map_spectrum(*fresh)[0])
        )
        table["poly_trace"].append(trace)
        spectra.append(spectrum[: embedding.shape[0]])
        responses.append(np.maximum(encoder @ embedding + bias[:, None], 0))
        change = _noise_response(cell, sweep.params.noise_probe, row, encoder, bias, embedding)
        order = np.random.default_rng(seed).permutation(change[mono | poly])
        for name, mask in (("mono", mono), ("poly", poly)):
            noise[name].append(_mean(change[mask]))
        noise["permuted"].append(_mean(order[: mono.sum()]) / _mean(order[mono.sum() :]))
    found = {name: _gridded(sweep, values) for name, values in table.items()}
    found |= {f"noise_response_{n}": _gridded(sweep, values) for n, values in noise.items()}
    found["singular_value"] = _gridded(sweep, spectra, "rank")
    response = _gridded(sweep, responses, "hidden", "feature")
    found["response"] = response.isel(seed=0) if "seed" in response.dims else response
    return found


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else np.nan


def _noise_response(
    cell: Cell[Measure],
    noise_probe: float,
    row: xr.Dataset,
    encoder: np.ndarray,
    bias: np.ndarray,
    embedding: np.ndarray,
) -> np.ndarray:
    section = cell.upstream["train"]
    rng = np.random.default_rng(cell.stream("evaluation"))
    frequency = row["feature_frequency"].values
    shape = PROBE_SAMPLES, frequency.size
    features = rng.uniform(size=shape) * (rng.uniform(size=shape) < frequency)
    sizes = section.n_features, section.n_inputs, section.feature_probability
    sigma = noise_probe * metric.interference(*sizes)
    noise = sigma * rng.standard_normal((PROBE_SAMPLES, section.n_inputs))
    gain = row["response_max"].isel(checkpoint=-1).values
    return metric.noise_response(encoder, bias, features @ embedding.T, noise, gain)


def _recovery(rows: Mapping[str, xr.Dataset]) -> dict[str, xr.DataArray]:
    """The dictionaries of `fit` (control `none`) and of `control`, side by side."""
    names = [n for n in rows["fit"].data_vars if n in LONG_NAMES]
    joined = join_controls(
        rows["fit"][names], rows["control"][names] if "control" in rows else None
    )
    return {str(n): _only_dims(found) for n, found in joined.items()}


def _only_dims(array: xr.DataArray) -> xr.DataArray:
    return array.drop_vars([c for c in array.coords if c not in array.dims])
