"""Findings about hierarchy, subspaces and trained toy models."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.ledger.claims import Claim, statistical, untested
from tegum.studies.sae_recovery import findings as f
from tegum.studies.sae_recovery.findings import told

NEAREST = 1
OTHERS = ["standard", "jumprelu", "batchtopk"]


def claims(data: Mapping[str, xr.Dataset]) -> list[Claim]:
    """Claims of the sweeps `hierarchy`, `subspaces` and `toy_model`."""
    return [
        *_ranks(data["hierarchy"]),
        *_explained(data["hierarchy"]),
        *_subspaces(data["subspaces"]),
        *_toys(data["toy_model"], data["frontier"]),
    ]


def at_equal_sparsity(dataset: xr.Dataset, name: str) -> xr.DataArray:
    """A measure where `LATENTS_ACTIVE` latents are active, by linear interpolation over levels.

    Dims architecture, seed. Outside the levels' range the nearest level's value.
    """
    fitted = dataset.sel(control="none")

    def at(active: np.ndarray, values: np.ndarray) -> float:
        order = np.argsort(active)
        return float(np.interp(f.LATENTS_ACTIVE, active[order], values[order]))

    return xr.apply_ufunc(
        at,
        fitted["l0"],
        fitted[name],
        input_core_dims=[["level"], ["level"]],
        vectorize=True,
    )


def _ranks(dataset: xr.Dataset) -> list[Claim]:
    f1 = at_equal_sparsity(dataset, "support_f1")
    explained = 1 - at_equal_sparsity(dataset, "fvu")
    pursuit_f1 = at_equal_sparsity(dataset, "pursuit_f1").sel(architecture="batchtopk")
    pursuit = 1 - at_equal_sparsity(dataset, "pursuit_fvu").sel(architecture="batchtopk")
    random = dataset.sel(control="random", level=NEAREST)
    chance = random["support_f1"]
    own = f1.sel(architecture="matryoshka")
    standard = f1.sel(architecture="standard")
    nested = explained.sel(architecture="matryoshka")
    sparse = explained.sel(architecture=["jumprelu", "batchtopk"]).min("architecture")
    order = _smaller(sparse - nested, nested - explained.sel(architecture="standard"))
    extremes = np.minimum(
        pursuit - explained.max("architecture"), f1.min("architecture") - pursuit_f1
    )
    each = "F1 " + listed(f1)
    explained_each = "explained variance " + listed(explained)
    return [
        statistical(
            *told("a5_f1"),
            values=(own - f1.sel(architecture=OTHERS).max("architecture")).values,
            threshold=0.0,
            direction="above",
            control="random directions",
            control_values=(
                chance.sel(architecture="matryoshka")
                - chance.sel(architecture=OTHERS).max("architecture")
            ).values,
            reason=f"lead over the best of the others; {each}",
        ),
        statistical(
            *told("a5_standard"),
            values=(f1.drop_sel(architecture="standard").min("architecture") - standard).values,
            threshold=0.0,
            direction="above",
            control="random directions",
            control_values=(
                chance.drop_sel(architecture="standard").min("architecture")
                - chance.sel(architecture="standard")
            ).values,
            reason=f"distance to the next; {each}",
        ),
        statistical(
            *told("a5_explained"),
            values=order,
            threshold=0.0,
            direction="above",
            control="random directions: BatchTopK minus Matryoshka",
            control_values=(
                random["fvu"].sel(architecture="matryoshka")
                - random["fvu"].sel(architecture="batchtopk")
            ).values,
            reason=f"the smaller of both distances; {explained_each}",
        ),
        statistical(
            *told("a5_pursuit"),
            values=extremes,
            threshold=0.0,
            direction="above",
            control="BatchTopK's own encoder, distance of its F1 to the worst",
            control_values=(f1.sel(architecture="batchtopk") - f1.min("architecture")).values,
            reason="pursuit with BatchTopK's directions, as many entries as features are active: "
            f"explained variance {float(pursuit.mean()):.2f}, F1 {float(pursuit_f1.mean()):.2f}; "
            f"{explained_each}; {each}",
        ),
        untested(
            *told("a5_numbers"),
            reason="needs 16,384 features in 768 dimensions, 4,096 latents, 200 million samples; "
            "the paper scale has a quarter of each size and a tenth of the samples",
        ),
    ]


def _smaller(first: xr.DataArray, second: xr.DataArray) -> np.ndarray:
    return np.minimum(first.values, second.values)


def _explained(dataset: xr.Dataset) -> list[Claim]:
    fitted = dataset.sel(control="none")
    explained, recovered = 1 - fitted["fvu"], fitted["recovered_fraction"]
    enough = recovered.mean("seed").where(explained.mean("seed") >= f.EXPLAINED)
    frozen = 1 - dataset["fvu"].sel(control="frozen", level=NEAREST)
    trained = explained.sel(level=NEAREST)
    loose = 1 - dataset["fvu"].sel(control="random", level=NEAREST)
    ratio = (frozen / trained).mean("architecture")
    probability, best = dataset["feature_probability"], dataset["best_cosine"].sel(level=NEAREST)
    rank = _rank_correlation(probability, best)
    moved = _rank_correlation(probability, best.roll(feature=best.sizes["feature"] // 2))
    return [
        _most_for_least(enough, recovered, dataset),
        statistical(
            *told("a6_frozen"),
            values=ratio.values,
            threshold=f.HALF,
            direction="above",
            control="encoder untrained as well",
            control_values=(loose / trained).mean("architecture").values,
            reason="explained variance with a frozen decoder over that of the trained dictionary, "
            f"mean over architectures; frozen {listed(frozen)}; trained {listed(trained)}",
        ),
        statistical(
            *told("rare"),
            values=rank.mean("architecture").values,
            threshold=0.0,
            direction="above",
            control="the best |cos| of other features",
            control_values=moved.mean("architecture").values,
            reason="rank correlation over features of probability and best |cos|, mean over "
            "architectures",
        ),
    ]


def _rank_correlation(first: xr.DataArray, second: xr.DataArray) -> xr.DataArray:
    from scipy.stats import spearmanr

    return xr.apply_ufunc(
        lambda a, b: spearmanr(a, b)[0],
        first,
        second,
        input_core_dims=[["feature"], ["feature"]],
        vectorize=True,
    )


def _most_for_least(enough: xr.DataArray, recovered: xr.DataArray, dataset: xr.Dataset) -> Claim:
    if not bool(enough.notnull().any()):
        return untested(
            *told("a6_explained"),
            reason=f"no dictionary explains {f.EXPLAINED:.0%} of the variance at these sparsities",
        )
    least = enough.where(enough == enough.min(), drop=True)
    where = {dim: least[dim].values[0] for dim in ("architecture", "level")}
    return statistical(
        *told("a6_explained"),
        values=recovered.sel(where).values,
        threshold=f.FEW,
        direction="below",
        control="frozen random decoder",
        control_values=dataset["recovered_fraction"]
        .sel(control="frozen", level=NEAREST, architecture=where["architecture"])
        .values,
        reason=f"share recovered by {where['architecture']} at level {where['level']}, the least "
        "of those that explain enough",
    )


def _subspaces(dataset: xr.Dataset) -> list[Claim]:
    def of(name: str, control: str = "none") -> xr.DataArray:
        return dataset[name].sel(control=control)

    found = [
        statistical(
            *told("subspace_features"),
            values=of("recovered_fraction").max("architecture").values,
            threshold=f.HALF,
            direction="below",
            control="fits to Gaussian activations",
            control_values=of("recovered_fraction", "gaussian").max("architecture").values,
            reason="share with |cos| >= 0.9, largest over architectures: "
            + listed(of("recovered_fraction")),
        ),
        statistical(
            *told("subspace_purity"),
            values=of("subspace_purity").min("architecture").values,
            threshold=f.NOTICED,
            direction="above",
            control="fits to Gaussian activations",
            control_values=of("subspace_purity", "gaussian").min("architecture").values,
            reason="largest share of a direction's squared norm in one subspace, mean over latents "
            f"that fire, least over architectures: {listed(of('subspace_purity'))}",
        ),
    ]
    for name, measure in (
        ("subspace_decoder", "decoder_grouping"),
        ("subspace_firing", "firing_grouping"),
    ):
        found.append(
            statistical(
                *told(name),
                values=of(measure).max("architecture").values,
                threshold=f.NOTICED,
                direction="above",
                control="fits to Gaussian activations",
                control_values=of(measure, "gaussian").max("architecture").values,
                reason="adjusted Rand index of a spectral clustering that is told the number of "
                f"subspaces, largest over architectures: {listed(of(measure))}",
            )
        )
    return found


def _toys(dataset: xr.Dataset, frontier: xr.Dataset) -> list[Claim]:
    names = ["mcc", "mcc_signed"]
    plain, signed = (dataset[n].sel(control="none") for n in names)
    base = frontier.sel(control="none", level=NEAREST)
    loss = dataset["loss_recovered"]
    chance = dataset["mcc_signed"].sel(control="random")
    return [
        statistical(
            *told("toy_signed"),
            values=(plain - signed).mean("architecture").values,
            threshold=f.APART,
            direction="above",
            control="independent random features",
            control_values=(base[names[0]] - base[names[1]]).mean("architecture").values,
            reason="matched |cos| minus matched cosine, mean over architectures",
        ),
        statistical(
            *told("toy_recovered"),
            values=signed.max("architecture").values,
            threshold=f.RECOVERED_MEAN,
            direction="above",
            control="random directions",
            control_values=chance.max("architecture").values,
            reason=f"matched cosine, largest over architectures: {listed(signed)}",
        ),
        statistical(
            *told("toy_loss"),
            values=loss.sel(control="none").mean("architecture").values,
            threshold=f.LOSS,
            direction="above",
            control="random directions",
            control_values=loss.sel(control="random").mean("architecture").values,
            reason="share of the loss between zero ablation and the model's own, mean over "
            f"architectures: {listed(loss.sel(control='none'))}; against mean ablation "
            f"{listed(dataset['loss_recovered_mean'].sel(control='none'))}",
        ),
    ]


def listed(values: xr.DataArray) -> str:
    """Means over seeds by architecture, as text."""
    means = values.mean("seed")
    names = means["architecture"].values
    return ", ".join(f"{name} {float(means.sel(architecture=name)):.2f}" for name in names)
