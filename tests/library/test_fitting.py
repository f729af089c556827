"""`tegum.fit` and `tegum.Fit`: what is fitted, to what, in which units, and what is refused."""

import numpy as np
import pytest
import torch
import xarray as xr
from safetensors.torch import save_file

import tegum
from tegum.dictionaries import fit as fitting
from tegum.dictionaries.registry import ARCHITECTURES, sparsity_argument
from tegum.dictionaries.sections import TopKSection
from tegum.dictionaries.study import Stored, fit_all, stored
from tegum.experiment.seeds import stream_seed
from tegum.library import activations
from tegum.library.activations import Batches, MixedStream, RowStream, read, skipping

INPUTS = 6
QUICK = {"latents": 10, "k": 2, "steps": 12, "batch": 32}


def sparse(samples=600, seed=0):
    rng = np.random.default_rng(seed)
    active = rng.random((samples, 12)) < 0.15
    return (active @ rng.standard_normal((12, INPUTS))).astype(np.float32)


def weights(found):
    return found.dictionary.decoder.detach().numpy()


@pytest.fixture
def given(tmp_path):
    """The same activations in every form that is taken."""
    x = sparse()
    np.save(tmp_path / "x.npy", x)
    (tmp_path / "shards").mkdir()
    for i, part in enumerate(np.split(x, [100, 350])):
        tensors = {"activations": torch.from_numpy(part.copy())}
        save_file(tensors, tmp_path / "shards" / f"{i}.safetensors")
    return {
        "numpy": x,
        "double": x.astype(float),
        "torch": torch.from_numpy(x),
        "xarray": xr.DataArray(x.T, dims=("input", "sample")),
        "npy": tmp_path / "x.npy",
        "mapped": np.load(tmp_path / "x.npy", mmap_mode="r"),
        "folder": str(tmp_path / "shards"),
        "shards": sorted((tmp_path / "shards").iterdir()),
        "batches": list(np.split(x, 6)),
        "loader": [(torch.from_numpy(part),) for part in np.split(x, 6)],
    }


FORMS = ("double", "torch", "xarray", "npy", "mapped", "folder", "shards", "batches", "loader")


@pytest.mark.parametrize("form", FORMS)
def test_equal_activations_in_any_form_give_equal_dictionaries(given, form):
    same, found = (tegum.fit(given[name], **QUICK) for name in ("numpy", form))
    assert np.array_equal(weights(same), weights(found))
    assert np.array_equal(same.encode(given["numpy"]), found.encode(given[form]))


def test_half_and_brain_floats_are_read_from_safetensors(tmp_path):
    x = torch.from_numpy(sparse(50))
    for dtype in (torch.float16, torch.bfloat16):
        save_file({"x": x.to(dtype)}, tmp_path / "x.safetensors")
        rows = read(tmp_path / "x.safetensors").take(0, np.array([3, 40, 3]))
        assert torch.equal(rows, x.to(dtype).float()[[3, 40, 3]])


def test_one_dictionary_is_trained_where_one_is_asked_for(monkeypatch):
    sizes = []

    class Counted(fitting.Loop):
        def __init__(self, ensemble, *rest, **more):
            sizes.append(ensemble.n_cells)
            super().__init__(ensemble, *rest, **more)

    monkeypatch.setattr(fitting, "Loop", Counted)
    tegum.fit(sparse(), **QUICK)
    tegum.fit(sparse(), latents=[8, 12], k=[1, 2], seeds=3, steps=5, batch=16)
    assert sizes == [1, 6, 6]


def test_a_dictionary_is_the_one_that_the_services_of_the_studies_fit():
    x = torch.from_numpy(sparse())
    held = read(x).held_out(stream_seed("fit", "evaluation", seed=0))
    kept = x[np.setdiff1d(np.arange(len(x)), held)]
    section = TopKSection(k=2, dictionary_steps=12, dictionary_batch=32)
    streams = [stream_seed("fit", purpose, seed=0) for purpose in ("init", "data")]
    rate = fitting.usual_rate(10)
    task = Stored(section, INPUTS, 10, rate, *streams, activations=kept, normalised=True)
    (one,) = fit_all([task], stored, "cpu")
    one.dictionary.fold()
    found = tegum.fit(x, **QUICK).dictionary
    for (name, mine), theirs in zip(
        found.named_parameters(), one.dictionary.parameters(), strict=True
    ):
        assert torch.allclose(mine, theirs, rtol=1e-4, atol=1e-6), name


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_latents_are_in_the_units_of_the_activations_before_and_after_saving(
    architecture, tmp_path
):
    how = {"k": 3} if sparsity_argument(architecture) == "k" else {"penalty": 0.1}
    how |= {"latents": 10, "steps": 60, "batch": 64}
    x = sparse()
    small, large = (tegum.fit(factor * x, architecture, **how) for factor in (1.0, 1000.0))
    assert np.allclose(1000 * small.encode(x), large.encode(1000 * x), rtol=0.02, atol=2.0)
    rebuilt = large.decode(large.encode(1000 * x))
    assert np.square(rebuilt - 1000 * x).sum() < 0.8 * np.square(1000 * x).sum()
    for format in ("saelens", "plain"):
        (folder,) = large.save(tmp_path / format, format)
        again = tegum.Fit.load(folder)
        assert np.allclose(large.encode(1000 * x), again.encode(1000 * x), rtol=1e-4, atol=0.1)


def test_a_grid_is_saved_in_a_folder_for_each_dictionary(tmp_path):
    found = tegum.fit(sparse(), latents=[8, 12], k=2, seeds=[3, 5], steps=3, batch=16)
    places = found.save(tmp_path)
    assert [place.name for place in places] == [
        f"latents={n},seed={s}" for n in (8, 12) for s in (3, 5)
    ]
    again = tegum.Fit.load(places[2])
    assert np.allclose(weights(again), weights(found.sel(latents=12, seed=3)))


def test_quality_is_that_of_what_is_encoded_and_decoded():
    x = sparse(300, seed=1)
    found = tegum.fit(sparse(), **QUICK, seeds=2)
    latents = found.encode(x)
    rebuilt, quality = found.decode(latents).values, found.quality(x)
    error = np.square(rebuilt - x).sum((1, 2)) / np.square(x - x.mean(0)).sum()
    assert np.allclose(quality["fvu"], error, rtol=1e-4)
    assert np.allclose(quality["l0"], (latents > 0).sum("latent").mean("sample"))
    assert quality["fvu"].attrs == {"long_name": "fraction of variance unexplained", "units": "1"}


def test_the_truth_may_be_directions_alone_or_also_what_is_active():
    rng = np.random.default_rng(0)
    directions, active = np.eye(INPUTS), rng.random((400, INPUTS)) < 0.2
    x = (active * rng.random((400, INPUTS)) @ directions).astype(np.float32)
    found = tegum.fit(x, latents=INPUTS, k=2, steps=400, batch=64, learning_rate=0.01)
    alone, both = (found.quality(x, truth) for truth in (directions, (directions, active)))
    assert float(alone["mcc"]) == float(both["mcc"]) > 0.8
    assert "support_f1" not in alone and float(both["support_f1"]) > 0.5
    assert float(both["true_l0"]) == pytest.approx(active.sum(1).mean())


def test_each_source_has_the_dictionaries_that_it_would_have_alone():
    parts = [sparse(seed=seed) for seed in (0, 1)]
    both = xr.DataArray(np.stack(parts), dims=("source", "sample", "input"))
    both["source"] = ["model", "control"]
    found = tegum.fit(both, **QUICK)
    for name, part in zip(("model", "control"), parts, strict=True):
        alone = tegum.fit(part, **QUICK)
        assert np.allclose(weights(found.sel(source=name)), weights(alone), rtol=1e-4, atol=1e-6)
    assert found.encode(both).sizes["source"] == 2
    assert np.allclose(found.encode(both).sel(source="control"), alone.encode(parts[1]), atol=1e-4)


def test_the_best_dictionary_is_the_most_faithful_of_those_sparse_enough():
    found = tegum.fit(sparse(), latents=12, k=[1, 2, 5], steps=150, batch=64)
    assert int(found.best().places["k"]) == 5
    assert int(found.best(max_l0=2).places["k"]) == 2
    with pytest.raises(
        tegum.TegumError, match=r"max_l0 is 0[.]5, but the sparsest dictionary has 1"
    ):
        found.best(max_l0=0.5)
    with pytest.raises(tegum.TegumError, match=r"there are 3 dictionaries; pick one"):
        found.dictionary  # noqa: B018
    with pytest.raises(tegum.TegumError, match="k = 3 is not among its values"):
        found.sel(k=3)


def test_held_out_samples_are_never_trained_on():
    x = np.arange(400, dtype=np.float32)[:, None]
    samples = read(x)
    held = samples.held_out(0)
    stream = RowStream(samples, held, [0, 0], [1, 2], 64, "cpu")
    seen = {int(v) for step in range(60) for v in stream.batch(step)[0].flatten()}
    assert seen == set(range(400)) - set(held.tolist()) and len(held) == 40
    one = stream.select(1)
    assert torch.equal(one.batch(7)[0][0], stream.batch(7)[0][1])


def test_skipping_counts_what_is_left():
    held = np.array([0, 1, 5, 9])
    assert skipping(np.arange(6), held).tolist() == [2, 3, 4, 6, 7, 8]


def numbers(count, of=10):
    for first in range(0, count, of):
        yield torch.arange(first, first + of, dtype=torch.float32)[:, None]


def test_batches_larger_than_the_buffer_are_mixed_and_each_is_used_once():
    batches = Batches(numbers(1000), "x", 100)
    stream = MixedStream(batches, 3, 0, 30, "cpu")
    drawn = [stream.batch(step)[0] for step in range(33)]
    assert all(torch.equal(part[0], part[2]) and len(part) == 3 for part in drawn)
    values = torch.cat([part[0, :, 0] for part in drawn]).int().tolist()
    assert len(set(values)) == len(values) == 990 and min(values) == 10
    assert values[:30] != sorted(values[:30])
    with pytest.raises(tegum.TegumError, match="x can be iterated only once"):
        stream.batch(33)


def test_a_list_of_batches_begins_again_and_holds_out_the_same(monkeypatch):
    stream = MixedStream(Batches(list(numbers(300)), "x", 100), 1, 0, 20, "cpu")
    values = [int(v) for step in range(40) for v in stream.batch(step)[0].flatten()]
    assert set(values) <= set(range(10, 300))
    assert max(np.bincount(values)) <= 3


def test_dictionaries_are_fitted_to_an_iterator_that_is_never_in_memory(monkeypatch):
    monkeypatch.setattr(activations, "BUFFER", 200)
    x = sparse(4000)
    found = tegum.fit(iter(np.split(x, 40)), latents=12, k=2, steps=80, batch=32, seeds=2)
    whole = tegum.fit(x, latents=12, k=2, steps=80, batch=32, seeds=2)
    fvu = [float(f.quality(x)["fvu"].mean()) for f in (found, whole)]
    assert fvu[0] == pytest.approx(fvu[1], rel=0.15)
    assert np.isnan(found.quality()["loss_change"]).all()
    with pytest.raises(tegum.TegumError, match=r"latents is .* x can be iterated only once"):
        tegum.fit(iter(np.split(x, 40)), latents=[8, 12], k=2)


def test_the_settings_of_the_process_are_left_as_they_were():
    torch.set_num_threads(2)
    try:
        tegum.fit(sparse(), **QUICK)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


X = sparse(50)
WRONG = {
    "architecture is 'topkk'; give one of": {"architecture": "topkk"},
    "no k: give topk one or several": {"k": None},
    "penalty is 1.0, but topk is made sparse by k": {"penalty": 1.0},
    "no penalty: give l1 one or several": {"architecture": "l1", "k": None},
    "k is 11; give at most the 10 latents": {"k": 11},
    "k is 0; give one or several whole numbers": {"k": 0},
    "latents is 2.5; give one or several whole numbers": {"latents": 2.5},
    r"latents is \[4, 4\]: a value is given twice": {"latents": [4, 4]},
    "seeds is 0": {"seeds": 0},
    "steps is 0: ": {"steps": 0},
    "batch is 'many': ": {"batch": "many"},
    "learning_rate is -1": {"learning_rate": -1},
    "no argument dead_aftr: did you mean dead_after?": {"dead_aftr": 3},
    r"x has shapes \(50,\); give \(sample, input\)": {"x": X[:, 0]},
    "x has values that are not finite, e.g. in sample 7": {
        "x": np.where(np.arange(50)[:, None] == 7, np.nan, X)
    },
    "x has type bool": {"x": X > 0},
    "x is a int; give an array": {"x": 3},
    "x has 1 samples": {"x": X[:1]},
    "nowhere.npy: cannot be read": {"x": "nowhere.npy"},
    "x.txt: expected a file that ends in .npy or .safetensors": {"x": "x.txt"},
    "batch 1 of x has shape": {"x": [X, X[:, :3]]},
}


@pytest.mark.parametrize("message", WRONG)
def test_what_is_wrong_is_told_by_the_name_of_the_argument(message):
    with pytest.raises(tegum.TegumError, match=message):
        tegum.fit(**{"x": X, **QUICK, **WRONG[message]})


def test_activations_of_other_inputs_are_refused():
    found = tegum.fit(X, **QUICK)
    with pytest.raises(tegum.TegumError, match="x has 3 inputs, the dictionaries have 6"):
        found.encode(X[:, :3])
    with pytest.raises(tegum.TegumError, match=r"latents has shape \(50, 3\)"):
        found.decode(np.zeros((50, 3)))
    with pytest.raises(tegum.TegumError, match="truth has directions of shape"):
        found.quality(X, truth=np.eye(3))
    with pytest.raises(tegum.TegumError, match="format is 'pickle'"):
        found.save("nowhere", "pickle")  # type: ignore[arg-type]
