"""`tegum.Fit`: fitted dictionaries along the axes of their grid."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.measures import BEST_COSINE, QUALITY
from tegum.dictionaries.quality import Truth, coded, quality, recovered_directions
from tegum.errors import TegumError
from tegum.interop import files
from tegum.labels import at, coordinate, variable
from tegum.library.activations import Batches, Samples, read

PLAIN = "dictionary.safetensors"
CHUNK = 1 << 14
"""Samples that are coded at once."""
LOOKED_AT = 1 << 14
"""Samples, evenly spread, that quality is measured on."""
LOSS_CHANGE = "relative change of the loss over the last half of training"


class Fit:
    """Dictionaries (sparse autoencoders) along the axes of a grid.

    Made by `tegum.fit`, or by `Fit.load` of one that somebody saved. Latents are in the units of
    the activations. `sel` picks dictionaries as xarray does: `found.sel(latents=512, k=16)`.

    Args:
        dictionaries: each an ensemble of one.
        places: their numbers, along the axes.
        changes: of their losses over the last half of training.
        held: samples that were held out, if any.
    """

    def __init__(
        self,
        dictionaries: Sequence[Dictionary],
        places: xr.DataArray,
        changes: Sequence[float],
        held: Samples | None = None,
    ) -> None:
        self._all, self.places, self._changes, self._held = dictionaries, places, changes, held

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The dictionary of a folder of SAELens, or of a file or folder of plain safetensors.

        Raises:
            TegumError: naming the file, and what is wrong with it.
        """
        plain = Path(path, PLAIN)
        found = files.load(plain if plain.is_file() else path)
        return cls([found], xr.DataArray(0), [np.nan])

    @property
    def dictionary(self) -> Dictionary:
        """The one dictionary that this holds, a torch module: an ensemble of one.

        Raises:
            TegumError: where it holds several.
        """
        if self.places.size > 1:
            raise TegumError(
                f"there are {self.places.size} dictionaries; pick one with .best() or "
                f".sel({', '.join(f'{dim}=…' for dim in self.places.dims)})"
            )
        return self._all[int(self.places.values.flat[0])]

    def sel(self, **where: Any) -> Self:
        """The dictionaries at these values of the axes; a list of values keeps the axis.

        Raises:
            TegumError: for an axis or a value that there is not.
        """
        return type(self)(self._all, at(self.places, **where), self._changes, self._held)

    def encode(self, x: Any) -> xr.DataArray:
        """Latents of activations, in their units.

        Args:
            x: as `tegum.fit` takes it, but for batches.

        Returns:
            (sample, latent), after the axes of the grid where there are several dictionaries.

        Raises:
            TegumError: where they have different numbers of latents, or other inputs than `x`.
        """
        self._one_size()
        samples = self._samples(x)
        if isinstance(samples, Batches):
            raise TegumError("x is an iterable of batches; encode them one by one")
        numbers = np.arange(samples.count)
        found = []
        for dictionary, source in self._each(samples.sources):
            parts = [samples.take(source, n) for n in np.split(numbers, numbers[CHUNK::CHUNK])]
            found.append(np.concatenate([_encoded(dictionary, part) for part in parts]))
        return self._on_axes(found, ("sample", "latent"), "latent")

    def decode(self, latents: Any) -> xr.DataArray:
        """Reconstructions of activations from what `encode` gives: (…, sample, input)."""
        size = self._one_size()
        dims = (*self.places.dims, "sample", "latent")
        if isinstance(latents, xr.DataArray) and set(latents.dims) == set(dims):
            latents = latents.transpose(*dims)
        values = torch.as_tensor(np.asarray(latents), dtype=torch.float32)
        if (
            values.ndim != len(dims)
            or values.shape[-1] != size
            or (values.shape[:-2] != self.places.shape)
        ):
            wanted = (*self.places.shape, "any", size)
            raise TegumError(f"latents has shape {tuple(values.shape)}; give {dims}, {wanted}")
        flat = values.reshape(-1, *values.shape[-2:])
        with torch.no_grad():
            found = [
                d.decode(f[None].to(d.scale.device))[0].cpu().numpy()
                for d, f in zip(self._dictionaries(), flat, strict=True)
            ]
        return self._on_axes(found, ("sample", "input"), "reconstructed activation")

    def quality(self, x: Any = None, truth: Any = None) -> xr.Dataset:
        """How good the dictionaries are: `fvu`, `l0`, `dead_fraction`, … along the axes.

        Args:
            x: activations; by default those that were held out. At most 16,384, evenly spread, are
                looked at.
            truth: where they are known, directions of the features that made the activations,
                (feature, input); or these, and which are active, (sample, feature) of 0 and 1.

        Raises:
            TegumError: naming the argument that is missing or of another shape.
        """
        if x is None and truth is None:
            return self._quality
        return self._measured(self._held_out() if x is None else self._samples(x), truth)

    def best(self, max_l0: float | None = None, x: Any = None) -> Self:
        """The one dictionary that leaves least unexplained.

        Args:
            max_l0: most latents that may be active on a sample.
            x: activations to go by; by default those that were held out.

        Raises:
            TegumError: where none is as sparse.
        """
        found = self.quality(x)
        fvu, l0 = found["fvu"].values.ravel(), found["l0"].values.ravel()
        fit = np.full(fvu.shape, True) if max_l0 is None else l0 <= max_l0
        if not fit.any():
            raise TegumError(f"max_l0 is {max_l0}, but the sparsest dictionary has {l0.min():.3g}")
        where = np.unravel_index(np.where(fit, fvu, np.inf).argmin(), self.places.shape)
        one = self.places[dict(zip(self.places.dims, map(int, where), strict=True))]
        return type(self)(self._all, one, self._changes, self._held)

    def calibrated(self, l0: float, x: Any = None) -> Self:
        """The same dictionaries with thresholds at which `l0` latents are active on a sample.

        Of `batchtopk`, `matryoshka` and `jumprelu`, before they are saved: their thresholds follow
        training, so that the number that is active on other activations is not the one asked for.

        Args:
            l0: mean number of active latents.
            x: activations to go by; by default those that were held out. At most 16,384, evenly
                spread, are looked at.

        Raises:
            TegumError: for dictionaries that have no thresholds, and where fewer latents are active
                at any threshold.
        """
        from tegum.dictionaries.thresholds import calibrate

        samples = self._held_out() if x is None else self._samples(x)
        values, found = samples.spread(LOOKED_AT), list(self._all)
        places = map(int, self.places.values.flat)
        for place, (dictionary, source) in zip(places, self._each(samples.sources), strict=True):
            found[place] = copy.deepcopy(dictionary)
            calibrate(found[place], values[source][None].to(dictionary.scale.device), l0)
        return type(self)(found, self.places, self._changes, self._held)

    def save(
        self,
        folder: str | Path,
        format: Literal["saelens", "plain"] = "saelens",
        metadata: Mapping[str, Any] | None = None,
    ) -> list[Path]:
        """Save every dictionary: one in `folder`, several in folders of it by their axes.

        Args:
            folder: is made where there is none.
            format: `saelens`, which `sae_lens.SAE.load_from_disk` reads; or `plain` safetensors.
            metadata: what SAELens's users look for there, such as `hook_name`.

        Returns:
            The folders.
        """
        if format not in ("saelens", "plain"):
            raise TegumError(f"format is {format!r}; give saelens or plain")
        if metadata and format == "plain":
            raise TegumError("metadata is of the format saelens alone")
        found = []
        for dictionary, labels in zip(self._dictionaries(), self._labels(), strict=True):
            place = Path(folder, ",".join(f"{k}={v}" for k, v in labels.items()))
            if format == "saelens":
                files.save_saelens(dictionary, place, metadata=metadata)
            else:
                files.save_plain(dictionary, place / PLAIN)
            found.append(place)
        return found

    def plot(self, **look: Any) -> Any:
        """What the dictionaries leave unexplained, against how many latents are active."""
        from tegum.library import plot

        return plot.frontier(self.quality(), **look)

    def __len__(self) -> int:
        return self.places.size

    def __repr__(self) -> str:
        first = next(self._dictionaries())
        axes = [f"{d} {', '.join(map(str, self.places[d].values))}" for d in self.places.dims]
        many = "ies" * (len(self) > 1) or "y"
        name, size = type(first).__name__.lower(), first.decoder.shape[2]
        what = f"Fit of {len(self)} {name} dictionar{many} of {size} inputs"
        return f"{what}: {'; '.join(axes)}" if axes else f"{what}, {first.latents} latents"

    @cached_property
    def _quality(self) -> xr.Dataset:
        return self._measured(self._held_out(), None)

    def _measured(self, samples: Samples | Batches, truth: Any) -> xr.Dataset:
        values = samples.spread(LOOKED_AT)
        known = _known(truth, samples, values)
        found = []
        for dictionary, source in self._each(samples.sources):
            made, seen = coded(dictionary, values[source]), values[source].cpu().numpy()
            complete = known if isinstance(known, Truth) else None
            numbers = quality(made, seen, complete)
            if known is not None and complete is None:
                numbers |= recovered_directions(made.directions, np.asarray(known))
            found.append(numbers)
        data = {
            name: self._variable([n[name] for n in found], long_name)
            for name, long_name in {**QUALITY, **BEST_COSINE}.items()
            if name in found[0]
        }
        data["loss_change"] = self._variable(
            [self._changes[i] for i in self.places.values.flat], LOSS_CHANGE
        )
        coords = dict(self.places.coords)
        if "best_cosine" in data:
            size = data["best_cosine"].shape[-1]
            coords["feature"] = xr.DataArray(coordinate("feature", np.arange(size), "feature"))
        return xr.Dataset(data, coords)

    def _variable(self, values: Sequence[Any], long_name: str) -> xr.Variable:
        array = np.asarray(values, float)
        inner = ("feature",)[: array.ndim - 1]
        shaped = array.reshape((*self.places.shape, *array.shape[1:]))
        return variable((*map(str, self.places.dims), *inner), shaped, long_name, "1")

    def _on_axes(
        self, found: Sequence[np.ndarray], dims: tuple[str, ...], long_name: str
    ) -> xr.DataArray:
        array = np.stack(found).reshape((*self.places.shape, *found[0].shape))
        return xr.DataArray(
            array,
            self.places.coords,
            (*self.places.dims, *dims),
            long_name.replace(" ", "_"),
            {"long_name": long_name, "units": "1"},
        )

    def _dictionaries(self) -> Iterator[Dictionary]:
        return (self._all[int(place)] for place in self.places.values.flat)

    def _labels(self) -> Iterator[dict[str, Any]]:
        for index in np.ndindex(*self.places.shape):
            at = dict(zip(self.places.dims, index, strict=True))
            yield {str(d): self.places[d].values[i] for d, i in at.items()}

    def _each(self, sources: Sequence[Any] | None) -> Iterator[tuple[Dictionary, int]]:
        """Each dictionary with the number, among these sources of `x`, of the one it is of."""
        numbers = [0] * len(self)
        if sources is not None and len(sources) > 1:
            if "source" not in self.places.coords:
                raise TegumError(f"x has {len(sources)} sources, the dictionaries are of one")
            labels = self.places["source"].broadcast_like(self.places).values.ravel().tolist()
            numbers = [list(sources).index(label) for label in labels]
        return zip(self._dictionaries(), numbers, strict=True)

    def _samples(self, x: Any) -> Samples | Batches:
        found, inputs = read(x), next(self._dictionaries()).decoder.shape[2]
        if found.n_inputs != inputs:
            raise TegumError(f"x has {found.n_inputs} inputs, the dictionaries have {inputs}")
        return found

    def _held_out(self) -> Samples:
        if self._held is None:
            raise TegumError("x is missing: give activations, since none were held out")
        return self._held

    def _one_size(self) -> int:
        sizes = sorted({d.latents for d in self._dictionaries()})
        if len(sizes) > 1:
            raise TegumError(
                f"the dictionaries have {sizes} latents; pick one with .sel(latents=…)"
            )
        return sizes[0]


def _encoded(dictionary: Dictionary, x: Tensor) -> np.ndarray:
    with torch.no_grad():
        return dictionary.encode(x[None].to(dictionary.scale.device))[0].cpu().numpy()


def _known(truth: Any, samples: Samples | Batches, seen: Tensor) -> Truth | np.ndarray | None:
    """The truth about the samples that are looked at, or the true directions alone."""
    if truth is None:
        return None
    both = isinstance(truth, tuple) and len(truth) == 2
    directions = np.asarray(truth[0] if both else truth, float)
    if directions.ndim != 2 or directions.shape[1] != seen.shape[2]:
        raise TegumError(
            f"truth has directions of shape {directions.shape}; give (feature, {seen.shape[2]})"
        )
    if not both:
        return directions
    if isinstance(samples, Batches):
        raise TegumError("truth says what is active, but x is an iterable of batches")
    active, wanted = np.asarray(truth[1]) != 0, (samples.count, len(directions))
    if active.shape != wanted:
        raise TegumError(f"truth says what is active in shape {active.shape}; give {wanted}")
    return Truth(directions, active[samples.numbers(len(seen[0]))])
