"""Readouts: data, models, bounds and claims against brute force, sampling and plain PyTorch."""

from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn

from tegum.build.execute import Build, Memory
from tegum.errors import TegumError
from tegum.experiment.cell import Context
from tegum.experiment.params import overlay
from tegum.experiment.seeds import stream_seed
from tegum.experiment.sweep import Plan
from tegum.experiment.validate import validate
from tegum.experiment.yaml_files import parse_yaml
from tegum.models.softmax import HiddenReadout, SoftmaxReadout, cross_entropy, target
from tegum.studies.readout.claims import softmax
from tegum.studies.readout.control import hidden as hidden_control
from tegum.studies.readout.control import synthetic as synthetic_control
from tegum.studies.readout.fit import hidden as hidden_fit
from tegum.studies.readout.fit import synthetic
from tegum.studies.readout.params import FitHidden, FitSynthetic, Hidden, Params, Softmax, Tied
from tegum.studies.readout.reading import excess_gain
from tegum.studies.readout.recovered import served
from tegum.studies.readout.train import hidden, tied
from tegum.studies.readout.train import softmax as softmax_train
from tegum.synthetic.indicators import all_subsets
from tegum.synthetic.subsets import SubsetStream
from tegum.theory import softmax as law

RNG = np.random.default_rng(0)
ROOT = Path(__file__).parents[2]
CONTEXT = Context(progress=False)


@dataclass
class OneCell:
    params: Any
    seed: int = 0
    upstream: dict[str, Any] = field(default_factory=dict)

    def stream(self, purpose):
        return stream_seed("readout", purpose, seed=self.seed)


def subsets(**values):
    sizes = {"seeds": [1, 2, 1], "n_features": 5, "n_active": 2, "batch": 10}
    return SubsetStream(**sizes | values)


def test_where_they_fit_every_batch_holds_each_subset_once():
    (batch,) = subsets().batch(3)
    found = {tuple(np.flatnonzero(row)) for row in batch[1].numpy()}
    assert batch.shape == (3, 10, 5)
    assert found == set(combinations(range(5), 2))
    assert set(np.unique(batch)) == {0.0, 1.0}


def test_drawn_subsets_have_their_size_and_are_equally_likely():
    (batch,) = subsets(batch=9, magnitudes=False).batch(0)
    assert (batch.sum(2) == 2).all()
    many = subsets(n_features=4, batch=5).batch
    rows = np.concatenate([many(step)[0][0].numpy() for step in range(2000)])
    _, counts = np.unique(rows, axis=0, return_counts=True)
    assert len(counts) == 6
    np.testing.assert_allclose(counts / len(rows), 1 / 6, atol=0.02)


def test_cells_share_batches_by_seed_and_steps_differ():
    stream = subsets(batch=8)
    (batch,), (later,) = stream.batch(0), stream.batch(1)
    assert torch.equal(batch[0], batch[2])
    assert not torch.equal(batch[0], batch[1])
    assert not torch.equal(batch, later)
    assert torch.equal(stream.select(1).batch(0)[0][0], batch[1])


def test_magnitudes_are_uniform_on_the_unit_interval_and_never_zero():
    (batch,) = subsets(batch=20000, magnitudes=True, seeds=[3]).batch(0)
    values = batch[batch > 0]
    assert len(values) == 40000
    assert values.max() <= 1
    assert values.mean().item() == pytest.approx(0.5, abs=0.01)
    assert values.var().item() == pytest.approx(1 / 12, abs=0.002)


def test_more_active_features_than_there_are_is_refused():
    with pytest.raises(TegumError, match="n_active is 6"):
        subsets(n_active=6)


def softmax_model(biased=(True, False, True)):
    weight, readout = RNG.normal(size=(2, 3, 5, 2))
    return SoftmaxReadout(weight=weight, readout=readout, biased=biased)


def test_losses_and_gradients_equal_those_of_separate_softmax_models():
    model = softmax_model()
    nn.init.normal_(model.bias)
    x = torch.tensor(all_subsets(5, 2)).repeat(3, 1, 1)
    loss = model.loss((x,))
    loss.sum().backward()
    for cell in range(3):
        w, u, b = (
            p[cell].detach().requires_grad_() for p in (model.weight, model.readout, model.bias)
        )
        logits = x[cell] @ w @ u.T + (b if cell != 1 else 0)
        expected = nn.CrossEntropyLoss()(logits, x[cell] / 2)
        expected.backward()
        assert loss[cell].item() == pytest.approx(expected.item(), rel=1e-5)
        for name, own in (("weight", w), ("readout", u), ("bias", b)):
            grad = torch.zeros_like(own) if own.grad is None else own.grad
            torch.testing.assert_close(getattr(model, name).grad[cell], grad, atol=1e-6, rtol=1e-4)


def test_a_softmax_does_not_see_the_mean_of_the_readouts():
    model = softmax_model()
    x = torch.tensor(all_subsets(5, 2)).repeat(3, 1, 1)
    before = model.loss((x,))
    with torch.no_grad():
        model.readout.copy_(torch.tensor(law.centred(model.readout.detach().numpy())))
    torch.testing.assert_close(model.loss((x,)), before)
    assert model.readout.mean(1).abs().max() < 1e-6


def test_entropy_is_the_least_cross_entropy():
    chances = torch.tensor(RNG.dirichlet(np.ones(4), size=(1, 6))).float()
    entropy = torch.special.entr(chances).sum(2).mean(1)
    torch.testing.assert_close(cross_entropy(chances.log(), chances), entropy)
    assert cross_entropy(torch.zeros(1, 6, 4), chances) > entropy


@pytest.mark.parametrize("head", ["linear", "softmax"])
def test_hidden_models_equal_plain_modules(head):
    model = HiddenReadout(n_features=6, width=4, head=head, seeds=[1, 2])
    for parameter in model.parameters():
        nn.init.normal_(parameter)
    x = torch.tensor(RNG.uniform(size=(2, 7, 6))).float()
    for cell in range(2):
        plain = nn.Sequential(nn.Linear(6, 4), nn.GELU(), nn.Linear(4, 6))
        with torch.no_grad():
            plain[0].weight.copy_(model.encoder[cell].T)
            plain[0].bias.copy_(model.hidden_bias[cell, 0])
            plain[2].weight.copy_(model.readout[cell].T)
            plain[2].bias.copy_(model.bias[cell, 0])
        logits, chances = plain(x[cell]), x[cell] / x[cell].sum(1, keepdim=True)
        squared = ((logits - chances) ** 2).sum(1).mean()
        expected = nn.CrossEntropyLoss()(logits, chances) if head == "softmax" else squared
        assert model.loss((x,))[cell].item() == pytest.approx(expected.item(), rel=1e-5)


def test_linear_losses_are_those_of_many_samples_and_never_below_the_bound():
    p, n, m = 0.3, 6, 2
    mean, covariance = law.moments(p, n)
    rng = np.random.default_rng(1)
    x = rng.uniform(size=(400_000, n)) * (rng.uniform(size=(400_000, n)) < p)
    np.testing.assert_allclose(np.cov(x.T), covariance, atol=2e-3)
    bound = law.component_bound(covariance, m)
    for scale in (0.1, 0.5, 1.0):
        w, b = scale * rng.normal(size=(n, m)), rng.normal(size=n)
        sampled = ((x - x @ w @ w.T - b) ** 2).sum(1).mean()
        assert law.linear_loss(w, b, mean, covariance) == pytest.approx(sampled, rel=0.01)
        assert law.linear_loss(w, b, mean, covariance) > bound
    best = np.linalg.qr(rng.normal(size=(n, m)))[0]  # any rotation of the components
    offset = (np.eye(n) - best @ best.T) @ mean
    assert law.linear_loss(best, offset, mean, covariance) == pytest.approx(bound)
    assert bound == pytest.approx((n - m) * (p / 3 - p**2 / 4))


def test_tied_losses_are_weighted_means_over_samples():
    w, b = RNG.normal(size=(4, 2)), RNG.normal(size=4)
    x, chances = RNG.uniform(size=(5, 4)), RNG.dirichlet(np.ones(5))
    errors = [sum((row[i] - max(w[i] @ w.T @ row + b[i], 0)) ** 2 for i in range(4)) for row in x]
    assert law.tied_loss(w, b, x, chances) == pytest.approx(chances @ errors)
    assert law.tied_loss(w, b, x) == pytest.approx(np.mean(errors))


def test_scores_are_those_of_loops():
    w, u, b = RNG.normal(size=(6, 3)), RNG.normal(size=(6, 3)), RNG.normal(size=6)
    x = all_subsets(6, 2)
    divergences, recalls = [], []
    for row in x:
        logits = u @ (w.T @ row) + b
        chances = np.exp(logits) / np.exp(logits).sum()
        divergences.append(sum(0.5 * np.log(0.5 / chances[i]) for i in np.flatnonzero(row)))
        top = set(np.argsort(logits)[-2:])
        recalls.append(len(top & set(np.flatnonzero(row))) / 2)
    divergence, recall = law.softmax_scores(w, u, b, x)
    assert divergence * np.log(6 / 2) == pytest.approx(np.mean(divergences))
    assert recall == pytest.approx(np.mean(recalls))


def test_equal_logits_have_divergence_one():
    zero = np.zeros((6, 2))
    assert law.softmax_scores(zero, zero, np.zeros(6), all_subsets(6, 3))[0] == pytest.approx(1.0)


@pytest.mark.parametrize("n", [3, 8, 100])
def test_constructions_tell_one_of_any_number_of_features(n):
    ones = np.eye(n)
    for solution, scale in ((law.line_solution, 40.0), (law.circle_solution, 5.0 * n**2)):
        w, u, b = solution(n, scale)
        logits = w @ u.T + b
        assert (logits.argmax(1) == np.arange(n)).all()
        assert law.softmax_scores(w, u, b, ones)[0] < 1e-6
    assert law.circle_solution(n, 1.0)[2].max() == 0
    assert law.tied_loss(*law.polygon_autoencoder(n), ones) < 1e-20


def test_acute_points_tell_pairs_and_the_bipyramid_is_acute():
    points = law.bipyramid()
    for apex, *ends in ((p, *e) for p in points for e in combinations(points, 2)):
        if not any(np.array_equal(apex, end) for end in ends):
            assert (apex - ends[0]) @ (apex - ends[1]) > 0
    w, u, b = law.acute_solution(points, 200.0)
    assert law.softmax_scores(w, u, b, all_subsets(5, 2)) == pytest.approx((0, 1), abs=1e-6)
    flat = points * [1, 1, 1.2]  # higher: right and blunt angles between the apexes
    assert law.softmax_scores(*law.acute_solution(flat, 200.0), all_subsets(5, 2))[0] > 0.1


def test_without_a_bias_one_dimension_recalls_two_features_at_most():
    for _ in range(200):
        w, u = RNG.normal(size=(2, 7, 1))
        assert law.softmax_scores(w, u, np.zeros(7), np.eye(7))[1] <= 2 / 7 + 1e-12


def test_the_hull_has_the_outer_points():
    square = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1], [0.1, 0.2]])
    assert law.hull_share(square) == 0.8


def test_angles_of_a_square_are_right_or_straight():
    unit = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])
    density = law.angle_density(unit @ unit.T, 18)
    assert density.sum() * 10 == pytest.approx(1)
    np.testing.assert_allclose(density[[9, 17]] * 10, [4 / 6, 2 / 6])


@pytest.mark.parametrize(
    ("solved", "expected"),
    [([0, 0, 1, 1], 4), ([1, 1, 1, 1], 1), ([1, 0, 0, 1], 8), ([1, 1, 1, 0], np.nan)],
)
def test_the_threshold_is_where_all_larger_are_solved(solved, expected):
    np.testing.assert_equal(law.first_solved(solved, [1, 2, 4, 8]), expected)


def test_a_linear_readout_attains_the_bound_and_a_relu_goes_below():
    cells = [
        OneCell(Tied(readout=r, n_features=4, n_dimensions=2, feature_probability=0.05, steps=600))
        for r in ("linear", "relu")
    ]
    mean, covariance = law.moments(0.05, 4)
    bound = law.component_bound(covariance, 2)
    ratios = []
    for cell in cells:
        row = tied.run([cell], {}, CONTEXT).isel(cell=0)
        x = tied.stream([cell.params], [cell.stream("evaluation")], 50_000).batch(0)[0][0].numpy()
        weight, bias = row["weight"].values, row["bias"].values
        linear = law.linear_loss(weight, bias, mean, covariance)
        relu = law.tied_loss(weight, bias, x)
        ratios.append((linear if cell.params.readout == "linear" else relu) / bound)
    assert ratios[0] == pytest.approx(1.0, abs=0.02)
    assert ratios[1] < 0.5


def test_only_cells_with_a_bias_train_one():
    section = {"n_features": 5, "n_dimensions": 2}
    sections = [Softmax(**section, steps=5, with_bias=b) for b in (True, False)]
    rows = softmax_train.run([OneCell(s) for s in sections], {}, CONTEXT)
    assert (rows["bias"][0] != 0).all()
    assert (rows["bias"][1] == 0).all()


def test_padded_models_train_as_they_do_alone():
    section = {"n_features": 5, "steps": 30}
    sizes = (1, 3)
    cells = [OneCell(Softmax(**section, n_dimensions=m, padded_dimensions=3)) for m in sizes]
    together = softmax_train.run(cells, {}, CONTEXT)
    for i, m in enumerate(sizes):
        one = [OneCell(Softmax(**section, n_dimensions=m))]
        alone = softmax_train.run(one, {}, CONTEXT).isel(cell=0)
        for name in ("weight", "unembedding"):
            found = together[name].values[i]
            np.testing.assert_allclose(found[:, :m], alone[name], atol=1e-4)
            assert not found[:, m:].any()


def hidden_cells(**values):
    section = Hidden(
        readout=values.pop("readout"),
        n_features=8,
        n_dimensions=4,
        n_active=2,
        magnitudes=True,
        steps=20,
    )
    sizes = {"samples": 300, "held_out": 200, "dictionary_steps": 20, "k": 2}
    cell = OneCell(FitHidden(**sizes | values), upstream={"train": section})
    return cell, hidden.run([OneCell(section)], {}, CONTEXT).isel(cell=0)


@pytest.mark.parametrize("readout", ["linear", "softmax"])
def test_perfect_reconstructions_recover_the_loss_and_mean_ones_nothing(readout):
    cell, row = hidden_cells(readout=readout)
    source = hidden_fit.activations(cell, cell.params, row, "cpu")
    whole = source.read.recovered(source.held_out)
    mean = source.read.recovered(source.activations.mean(0).expand_as(source.held_out))
    assert set(whole.values()) == {1.0}
    assert set(mean.values()) == {0.0}


def test_loaded_models_are_the_trained_ones():
    cell, row = hidden_cells(readout="softmax")
    model = hidden.loaded(cell.upstream["train"], row)
    x = SubsetStream(seeds=[5], n_features=8, n_active=2, batch=50, magnitudes=True).batch(0)[0]
    before = x[0].numpy() @ row["encoder"].values + row["hidden_bias"].values
    after = nn.functional.gelu(torch.tensor(before)).numpy()
    expected = after @ row["unembedding"].values + row["bias"].values
    found = model.logits(model.hidden(x))[0].detach().numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_linear_head_is_given_the_best_temperature():
    model = HiddenReadout(n_features=6, width=6, head="linear", seeds=[1])
    x = SubsetStream(seeds=[2], n_features=6, n_active=2, batch=400, magnitudes=True).batch(0)[0]
    hidden = model.hidden(x)[0].detach()
    with torch.no_grad():
        model.readout.copy_(torch.linalg.lstsq(hidden, target(x[0])).solution)
    read = served(model, hidden, x[0], hidden, x[0])

    factors = np.geomspace(1, 1000, 500)
    logits = model.logits(hidden[None]).detach()
    losses = [float(cross_entropy(f * logits, target(x))) for f in factors]
    assert read.factor == pytest.approx(factors[np.argmin(losses)], rel=0.02)


def test_orthonormal_directions_are_and_superposed_ones_are_more_than_the_dimensions():
    plain = synthetic.directions(FitSynthetic(dataset="orthonormal", n_inputs=6), 1)
    np.testing.assert_allclose(plain @ plain.T, np.eye(6), atol=1e-6)
    crowded = synthetic.directions(FitSynthetic(dataset="superposed", n_inputs=6, crowding=3), 1)
    assert crowded.shape == (18, 6)
    np.testing.assert_allclose(np.linalg.norm(crowded, axis=1), 1, rtol=1e-6)


def test_gaussians_replace_synthetic_activations_and_leave_what_a_head_reads():
    section = FitSynthetic(dataset="orthonormal", n_inputs=6, samples=4000, held_out=3000)
    cell = OneCell(section)
    real = synthetic.activations(cell, section, "cpu")
    noise = synthetic_control.replaced(real, 1)
    for name in ("activations", "held_out"):
        first, second = (getattr(s, name).numpy() for s in (real, noise))
        np.testing.assert_allclose(np.cov(second.T), np.cov(first.T), atol=0.02)
        assert not np.allclose(first, second)
    rows = torch.from_numpy(synthetic.directions(section, cell.stream("data")))
    sparse = [float(((s.activations @ rows.T).abs() < 1e-5).float().mean()) for s in (real, noise)]
    assert sparse == pytest.approx([0.5, 0.0], abs=0.001)
    other, row = hidden_cells(readout="linear")
    read = hidden_fit.activations(other, other.params, row, "cpu")
    noise = hidden_control.replaced(read, 1)
    assert torch.equal(noise.held_out, read.held_out)
    assert not torch.equal(noise.activations, read.activations)


def test_excess_gain_subtracts_what_the_gaussian_gains():
    values = np.array([[[0.5, 0.6], [0.2, 0.55]], [[0.1, 0.7], [0.1, 0.5]]])
    ds = xr.Dataset(
        {"fvu": (("dataset", "expansion", "control"), values)},
        {
            "dataset": ["superposed", "orthonormal"],
            "expansion": [1, 4],
            "control": ["none", "gaussian"],
        },
    )
    found = excess_gain(ds).sel(expansion=4)
    np.testing.assert_allclose(found, [0.3 - 0.05, 0.0 - 0.05])
    own = excess_gain(ds, None).sel(expansion=4)
    np.testing.assert_allclose(own, [0.25, 0.0 - 0.2])


def test_solved_needs_both_a_low_divergence_and_the_recall():
    dims = ("n_dimensions",)
    ds = xr.Dataset(
        {
            "divergence": (dims, [0.01, 0.2, 0.01, 0.01]),
            "recall": (dims, [0.5, 1.0, 1.0, 1.0]),
        },
        {"n_dimensions": [1, 2, 3, 4], "control": "none"},
    )
    assert softmax.solved(ds).values.tolist() == [False, False, True, True]
    assert float(softmax.thresholds(ds)) == 3


def plan_of(change=None, code=None):
    raw = parse_yaml((ROOT / "params/readout.yaml").read_text(), "laptop")
    codes = {s: s for s in ("train", "fit", "control", "measure")} | (code or {})
    return Plan("readout", validate(Params, overlay(raw, change or {}), "laptop"), codes)


def changed_rows(**edited):
    """Sweep and stage of the rows whose keys an edit changes, with what axes they have."""
    before, after = plan_of(), plan_of(**edited)
    return {
        (sweep, stage): [
            old.axes
            for old, new in zip(before.cells(sweep, stage), after.cells(sweep, stage), strict=True)
            if before.key(sweep, stage, old) != after.key(sweep, stage, new)
        ]
        for sweep in before.params.sweeps
        for stage in before.stages(sweep)
    }


TIED = ("regression", "polytopes", "one_hot")
SOFTMAX = ("softmax", "threshold")


@pytest.mark.parametrize(
    ("stage", "edit", "sweeps"),
    [
        ("train", {"initial_scale": 0.2}, TIED),
        ("train", {"nodes": 5, "max_active": 2}, ("polytopes",)),
        ("train", {"batch": 300}, ("one_hot", "threshold")),  # quadrature has none
        ("train", {"feature_probability": 0.2}, ("one_hot",)),  # the others say their own
        ("train", {"magnitudes": True}, ("one_hot", *SOFTMAX)),
        ("train", {"with_bias": False}, ()),  # an axis where it is read
        ("train", {"weight_decay": 0.1}, SOFTMAX),
        ("train", {"learning_rate": 0.02}, (*TIED, "hidden")),
        ("train", {"steps": 900}, (*TIED, *SOFTMAX, "hidden")),
        ("fit", {"n_inputs": 16}, ("expansion",)),
        ("fit", {"features_active": 2}, ("expansion",)),
        ("fit", {"dictionary_learning_rate": 0.02}, ("expansion", "hidden")),
    ],
)
def test_an_edit_changes_the_rows_of_the_kind_that_reads_it_and_no_other(stage, edit, sweeps):
    found = changed_rows(change={stage: edit})
    same = plan_of()
    for (sweep, own), axes in found.items():
        reads = own == stage or stage in same.reads(sweep, own)
        whole = len(same.cells(sweep, own)) if reads and sweep in sweeps else 0
        assert len(axes) == whole, (sweep, own)


def test_an_edit_of_the_crowding_changes_the_superposed_rows_only():
    found = changed_rows(change={"fit": {"crowding": 3}})
    kinds = {(*place, a["dataset"]) for place, axes in found.items() for a in axes}
    assert kinds == {("expansion", stage, "superposed") for stage in ("fit", "control")}


@pytest.mark.parametrize(
    ("module", "sweeps"),
    [
        ("train/tied", set(TIED)),
        ("train/softmax", set(SOFTMAX)),
        ("train/hidden", {"hidden"}),
        ("fit/synthetic", {"expansion"}),
        ("control/hidden", {"hidden"}),
    ],
)
def test_an_edit_of_the_module_of_one_kind_changes_the_rows_of_that_kind_only(module, sweeps):
    found = changed_rows(code={module: "edited"})
    assert {sweep for (sweep, _), axes in found.items() if axes} == sweeps


def test_sets_of_more_features_than_there_are_are_refused_with_their_sweep():
    with pytest.raises(TegumError, match="n_active: 6 of n_features: 5 cannot be active"):
        plan_of({"sweeps": {"threshold": {"train": {"n_active": 6}}}})


@pytest.fixture(scope="module")
def smoke():
    raw = parse_yaml((ROOT / "params/readout.yaml").read_text(), "laptop")
    small = parse_yaml((ROOT / "params/smoke/readout.yaml").read_text(), "smoke")
    params = validate(Params, overlay(raw, small), "smoke")
    build = Build({"readout": Plan("readout", params, dict.fromkeys(params.CHAIN, "x"))}, Memory())
    build.whole("readout", CONTEXT)
    return build.measured("readout")


def test_models_of_fewer_features_are_filled_up_with_nan(smoke):
    ds = smoke["polytopes"]
    there = ds["norm"].notnull().all(("seed", "control")).sum("feature")
    assert there.values.tolist() == [3, 4, 5]
    assert ds["loss"].notnull().all()


def test_matrices_are_kept_of_the_first_seed(smoke):
    for sweep in ("regression", "softmax", "one_hot"):
        gram = smoke[sweep]["gram"]
        assert "seed" not in gram.dims
        diagonal = np.diagonal(gram.values, axis1=-2, axis2=-1)
        squared = smoke[sweep]["norm"].isel(seed=0) ** 2
        np.testing.assert_allclose(diagonal, squared / squared.mean("feature"), rtol=1e-4)


def test_untrained_models_do_not_depend_on_what_trained_ones_see(smoke):
    untrained = smoke["regression"]["gram"].sel(control="untrained")
    assert float(abs(untrained - untrained.isel(readout=0, feature_probability=0)).max()) == 0


def test_dictionaries_of_a_gaussian_stand_beside_those_of_the_data(smoke):
    for sweep in ("expansion", "hidden"):
        assert smoke[sweep]["control"].values.tolist() == ["none", "gaussian"]
        assert smoke[sweep]["fvu"].notnull().all()
    assert "loss_recovered" in smoke["hidden"] and "loss_recovered" not in smoke["expansion"]
