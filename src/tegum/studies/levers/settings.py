"""Every lever at every strength, at the end of training."""

from collections.abc import Mapping

import xarray as xr

from tegum.labels import at

LEVEL = 0.9
"""Selectivity above which a neuron counts: the published 0.999 is near zero at this size."""
MODERATE = -0.5
"""The moderate bias offset."""
USUAL = {"feature_probability": 0.03125}
"""The feature probability of all sweeps but one, in that one."""
KEPT = ["mono_per_feature", "coverage", "evaluation_loss"]
WHERE: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "bias offset": ("offset", USUAL),
    "bias decay": ("decay", {}),
    "learning rate": ("rate", {}),
    "L1, hidden": ("penalties", {"l1_output": 0.0}),
    "L1, outputs": ("penalties", {"l1_hidden": 0.0}),
    "L1, weights": ("weights", {}),
    "input noise": ("noise", {}),
    "width": ("width", {}),
    "routing": ("routing", {"routing": ["learned"]}),
}
"""Lever to its sweep, and to where the other axes of that sweep are."""
PLAIN = "none"
SWEEPS = tuple(dict.fromkeys(["plain", *(sweep for sweep, _ in WHERE.values())]))


def final(ds: xr.Dataset, **where: object) -> xr.Dataset:
    """The last checkpoint at selectivity `LEVEL`, at a value of each axis."""
    found = at(ds, threshold=LEVEL, **where).isel(checkpoint=-1)
    return found.drop_vars(["step", "threshold", *where], errors="ignore")


def by_lever(data: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """Lever to `KEPT` at each of its strengths, (setting, seed); without any, (seed,).

    Levers whose sweep is not there are left out.
    """
    found = {PLAIN: final(data["plain"])[KEPT]}
    for lever, (sweep, where) in WHERE.items():
        if sweep not in data:
            continue
        one = at(final(data[sweep]), **where).drop_vars(where, errors="ignore")[KEPT]
        (axis,) = set(one.dims) - {"seed"}
        found[lever] = one.rename({axis: "setting"}).drop_vars("setting", errors="ignore")
    return found


def strongest(levers: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """Lever to what it does at the strength with most monosemantic neurons, (seed,).

    Returns: of each `gain`, monosemantic neurons per feature more than without any lever,
    `covered`, the share of features that have one and had none, and `cost`, the relative change of
    the evaluation loss.
    """
    plain, found = levers[PLAIN], {}
    for lever, ds in levers.items():
        if lever == PLAIN:
            continue
        best = ds.isel(setting=int(ds["mono_per_feature"].mean("seed").values.argmax()))
        gain = best["mono_per_feature"] - plain["mono_per_feature"]
        covered = best["coverage"] - plain["coverage"]
        cost = best["evaluation_loss"] / plain["evaluation_loss"] - 1
        found[lever] = xr.Dataset({"gain": gain, "covered": covered, "cost": cost})
    return found
