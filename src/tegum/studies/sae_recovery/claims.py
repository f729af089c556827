"""Findings about dictionaries on known features, judged per seed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.ledger.claims import Claim, exact, statistical, untested
from tegum.studies.sae_recovery import claims_generators as generators
from tegum.studies.sae_recovery import findings as f
from tegum.studies.sae_recovery.findings import told

FINDINGS = tuple(f.FINDINGS)
L1 = ["standard", "l1"]
GROWING, FEWER = ["l1", "topk", "jumprelu"], ["batchtopk", "matryoshka", "gated"]
NEAREST = 1
"""The level whose number of active latents is nearest to that of active features."""


def claims(data: Mapping[str, xr.Dataset]) -> list[Claim]:
    """Every finding with its verdict; `data` maps sweep to measured Dataset."""
    frontier = data["frontier"]
    return [
        *_learning_rate(data["learning_rate"]),
        *_ceilings(frontier),
        *_shrinkage(frontier),
        *_dissociation(frontier, data["orthonormal"]),
        *_superposition(data["superposition"]),
        *_identities(data),
        *generators.claims(data),
        untested(
            *told("language_model"),
            reason="needs a language model's activations; the truth about its features is not "
            "known, so that only reconstruction and loss can be measured",
        ),
    ]


def _fitted(dataset: xr.Dataset, name: str, control: str = "none", **where: Any) -> xr.DataArray:
    return dataset[name].sel(control=control, **where)


def _at_best_rate(dataset: xr.Dataset, architecture: str) -> tuple[np.ndarray, float]:
    """Matched |cos| per seed at the learning rate with the best mean, and that rate."""
    matched = _fitted(dataset, "mcc", architecture=architecture)
    best = matched.mean("seed").idxmax("learning_rate")
    return matched.sel(learning_rate=best).values, float(best)


def _learning_rate(dataset: xr.Dataset) -> list[Claim]:
    best = {a: _at_best_rate(dataset, a) for a in dataset["architecture"].values}
    chance = _fitted(dataset, "mcc", "random").max("learning_rate")
    found = [
        statistical(
            *told(f"a1_{name}"),
            values=best[name][0],
            threshold=f.RECOVERED_MEAN,
            direction="above",
            control="random directions",
            control_values=chance.sel(architecture=name).values,
            reason=f"at learning rate {best[name][1]:g}, the best mean of "
            f"{', '.join(f'{r:g}' for r in dataset['learning_rate'].values)}",
        )
        for name in GROWING
    ]
    lead = np.min([best[a][0] for a in GROWING], 0) - np.max([best[a][0] for a in FEWER], 0)
    matched = _fitted(dataset, "mcc")
    spread = matched.max("learning_rate") - matched.min("learning_rate")
    return [
        *found,
        statistical(
            *told("a1_fewer"),
            values=lead,
            threshold=0.0,
            direction="above",
            control="random directions: L1 minus Gated",
            control_values=(
                chance.sel(architecture="l1") - chance.sel(architecture="gated")
            ).values,
            reason="least matched |cos| of the former minus the largest of the latter: "
            + ", ".join(f"{a} {v.mean():.2f}" for a, (v, _) in best.items()),
        ),
        statistical(
            *told("a1_learning_rate"),
            values=spread.max("architecture").values,
            threshold=f.DISAGREEMENT,
            direction="above",
            control="the architecture that depends least on it",
            control_values=spread.min("architecture").values,
            reason="largest minus smallest matched |cos| over learning rates, of the architecture "
            "that depends most on it",
        ),
    ]


def _ceilings(frontier: xr.Dataset) -> list[Claim]:
    own = _fitted(frontier, "support_f1").max(["architecture", "level"])
    oracle = _fitted(frontier, "pursuit_f1", "oracle", level=NEAREST).max("architecture")
    learned = _fitted(frontier, "pursuit_f1").max(["architecture", "level"])
    matched = frontier["mcc"].sel(level=NEAREST)
    lead = matched.sel(control="none") - matched.sel(control="gaussian")
    chance = matched.sel(control="random") - matched.sel(control="gaussian")
    return [
        statistical(
            *told("a1_pursuit"),
            values=(oracle - own).values,
            threshold=0.0,
            direction="above",
            control="pursuit with the best learned dictionary",
            control_values=(learned - own).values,
            reason=f"F1 {float(oracle.mean()):.2f} against {float(own.mean()):.2f} of the best "
            "encoder over architectures and levels",
        ),
        statistical(
            *told("gaussian"),
            values=lead.min("architecture").values,
            threshold=f.STRUCTURE,
            direction="above",
            control="random directions in place of the fit",
            control_values=chance.min("architecture").values,
            reason="matched |cos| of the fit minus that of the Gaussian fit, least over "
            "architectures: " + generators.listed(lead),
        ),
    ]


def _shrinkage(frontier: xr.Dataset) -> list[Claim]:
    found = []
    for name, measure in (("a2_shrinkage", "shrinkage"), ("a2_bias", "relative_bias")):
        steps = _fitted(frontier, measure).diff("level")
        found.append(
            statistical(
                *told(name),
                values=steps.sel(architecture=L1).max(["architecture", "level"]).values,
                threshold=0.0,
                direction="below",
                control="TopK, as k falls",
                control_values=steps.sel(architecture="topk").max("level").values,
                reason="largest change between successive lambda, of both L1 dictionaries",
            )
        )
    ratio = (_fitted(frontier, "l0") / _fitted(frontier, "true_l0")).isel(level=0)
    found.append(
        statistical(
            *told("a2_active"),
            values=ratio.sel(architecture=L1).min("architecture").values,
            threshold=f.FAR_ABOVE,
            direction="above",
            control="TopK",
            control_values=ratio.sel(architecture="topk").values,
            reason="active latents over active features at the smallest lambda",
        )
    )
    bias = abs(_fitted(frontier, "relative_bias") - 1).max("level")
    found += [
        statistical(
            *told(f"a2_unbiased_{name}"),
            values=bias.sel(architecture=name).values,
            threshold=f.UNBIASED,
            direction="below",
            control="L1 of 2023",
            control_values=bias.sel(architecture="standard").values,
            reason="largest |gamma - 1| over levels",
        )
        for name in ("topk", "jumprelu", "gated")
    ]
    return found


def _gap(dataset: xr.Dataset) -> xr.DataArray:
    return _fitted(dataset, "mcc") - _fitted(dataset, "support_f1")


def _dissociation(frontier: xr.Dataset, orthonormal: xr.Dataset) -> list[Claim]:
    gap, none = _gap(frontier), _gap(orthonormal)
    weak = gap.sel(architecture=L1, level=0).min("architecture")
    topk = gap.sel(architecture="topk", level=NEAREST)
    found = [
        statistical(
            *told(name),
            values=gap.sel(architecture=arch, level=NEAREST).values,
            threshold=threshold,
            direction="above",
            control="no superposition",
            control_values=none.sel(architecture=arch).values,
            reason="matched |cos| minus F1, at the sparsity nearest to that of the features",
        )
        for name, arch, threshold in (("a3_l1", "l1", f.POOR), ("a3_topk", "topk", f.IMPERFECT))
    ]
    return [
        *found,
        statistical(
            *told("a3_worst"),
            values=(weak - topk).values,
            threshold=0.0,
            direction="above",
            control="no superposition",
            control_values=(
                none.sel(architecture=L1).min("architecture") - none.sel(architecture="topk")
            ).values,
            reason="gap at the smallest lambda, the smaller one of both L1 dictionaries, minus "
            "that of TopK",
        ),
    ]


def _superposition(dataset: xr.Dataset) -> list[Claim]:
    both = dataset.isel(n_inputs=slice(0, 2))
    ratios = " and ".join(f"{r:g}" for r in both["superposition"].values)
    better = {
        "a4_matched": both["mcc"].diff("n_inputs"),
        "a4_f1": both["support_f1"].diff("n_inputs"),
        "a4_unexplained": -both["fvu"].diff("n_inputs"),
    }
    found = []
    for name, change in better.items():
        change = change.isel(n_inputs=0)
        fitted = change.sel(control="none", architecture=["topk", "jumprelu"])
        found.append(
            statistical(
                *told(name),
                values=fitted.min("architecture").values,
                threshold=0.0,
                direction="above",
                control="random directions",
                control_values=change.sel(control="random", architecture="topk").values,
                reason=f"the smaller improvement of the two between G/d = {ratios}",
            )
        )
    f1 = _fitted(both, "support_f1")
    lead = f1.sel(architecture="jumprelu") - f1.sel(architecture="topk")
    chance = _fitted(both, "support_f1", "random")
    return [
        *found,
        statistical(
            *told("a4_jumprelu"),
            values=lead.min("n_inputs").values,
            threshold=0.0,
            direction="above",
            control="random directions",
            control_values=(chance.sel(architecture="jumprelu") - chance.sel(architecture="topk"))
            .min("n_inputs")
            .values,
            reason=f"F1 of JumpReLU minus that of TopK, the smaller one at G/d = {ratios}",
        ),
    ]


def _identities(data: Mapping[str, xr.Dataset]) -> list[Claim]:
    oracle = _fitted(data["frontier"], "fvu", "oracle", level=NEAREST)
    alone = data["orthonormal"]
    matched = alone["mcc"].min("architecture")
    strength = float(alone["sparsity"].sel(architecture="standard"))
    deficit = _fitted(alone, "amplitude_deficit").sel(architecture=["standard", "topk"])
    plain, biased = (
        {str(a): abs(deficit - law).sel(architecture=a).values for a in ("standard", "topk")}
        for law in (
            strength / 2,
            strength / 2 / (1 - float(alone["feature_probability"].mean())),
        )
    )
    errors = [ds["invariance_error"].values.ravel() for ds in data.values()]
    checked = np.concatenate(errors)[np.isfinite(np.concatenate(errors))]
    below = [(ds["mcc"] - ds["mmcs"]).values.ravel() for ds in data.values()]
    both = np.concatenate(below)[np.isfinite(np.concatenate(below))]
    return [
        exact(
            *told("a7_oracle"),
            estimate=float(oracle.max()),
            threshold=f.PRECISION,
            n=oracle.size,
            reason="unexplained variance of true codes times true directions",
        ),
        statistical(
            *told("a7_orthonormal"),
            values=matched.sel(control="none").values,
            threshold=f.ORTHONORMAL,
            direction="above",
            control="random directions",
            control_values=matched.sel(control="random").values,
            reason="least matched |cos| over architectures: "
            + generators.listed(_fitted(alone, "mcc")),
        ),
        exact(
            *told("a7_invariance"),
            estimate=float(checked.max()),
            threshold=f.PRECISION,
            n=checked.size,
            reason="largest change of any metric when latents are reversed and data, codes and "
            "reconstructions are tripled",
        ),
        statistical(
            *told("closed_form"),
            values=plain["standard"],
            threshold=f.AMPLITUDE,
            direction="below",
            control="TopK, which has no penalty",
            control_values=plain["topk"],
            reason="|mean of a - f minus lambda/2| over matched pairs that are active, "
            f"lambda = {strength:g}",
        ),
        statistical(
            *told("closed_form_bias"),
            values=biased["standard"],
            threshold=f.AMPLITUDE,
            direction="below",
            control="TopK, which has no penalty",
            control_values=biased["topk"],
            reason="the same with lambda/2 / (1 - p)",
        ),
        exact(
            *told("mean_max"),
            estimate=float(both.max()),
            threshold=f.PRECISION,
            n=both.size,
            reason="largest excess of the matched |cos| over the mean best one, all fits and "
            "controls",
        ),
    ]
