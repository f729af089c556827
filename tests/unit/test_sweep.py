"""Cells, keys, buckets and random streams."""

from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegum.experiment.params import Input, Section, StudyParams, Sweep, shape
from tegum.experiment.seeds import PURPOSES, stream_seed
from tegum.experiment.sweep import Plan, _different, canonical, digest, row_order


class Train(Section):
    learning_rate: float = 0.1
    width: int = shape(4)
    probability: float = 0.5


class Fit(Section):
    penalty: float = 1.0


class Measure(Section):
    cutoff: float = 0.0


class Params(StudyParams):
    CHAIN: ClassVar = {"train": (), "fit": ("train",), "measure": ("train", "fit")}
    train: Train = Train()
    fit: Fit = Fit()
    measure: Measure = Measure()


CODE = {"train": "t0", "fit": "f0", "measure": "m0"}


def plan(axes: dict, *, name: str = "rate", code: dict | None = None, **more) -> Plan:
    sweep = {k: more.pop(k) for k in list(more) if k in Sweep.model_fields}
    others, device = more.pop("others", None), more.pop("device", "cpu")
    params = Params(title="t", question="q", sweeps={name: Sweep(axes=axes, **sweep)}, **more)
    return Plan("walk", params, CODE | (code or {}), device, others)


def keys(made: Plan, stage: str, sweep: str = "rate") -> dict[tuple, str]:
    cells = made.cells(sweep, stage)
    return {tuple(sorted(c.axes.items())): made.key(sweep, stage, c) for c in cells}


def streams(made: Plan, stage: str = "train", sweep: str = "rate") -> dict[tuple, int]:
    cells = made.cells(sweep, stage)
    return {tuple(sorted(c.axes.items())): c.stream("data") for c in cells}


AXES = {"learning_rate": [0.1, 0.2], "penalty": [1.0, 2.0], "seed": [0, 1]}


def test_the_integer_of_a_stream_never_changes():
    assert stream_seed("walk", "data", seed=3) == 4198213638552367572
    assert stream_seed("walk", "init", seed=3, probability=0.5) == 1528831300116805235


def test_streams_differ_by_study_purpose_and_seed_and_fit_in_63_bits():
    seeds = {stream_seed(s, p, seed=i) for s in ("a", "b") for p in PURPOSES for i in range(20)}
    assert len(seeds) == 2 * len(PURPOSES) * 20
    assert all(0 <= s < 2**63 for s in seeds)
    with pytest.raises(ValueError, match="unknown stream purpose 'weights'"):
        stream_seed("a", "weights", seed=0)


def test_cells_are_the_grid_in_row_major_order():
    axes = [tuple(c.axes.values()) for c in plan(AXES).cells("rate", "fit")]
    assert axes == [(r, p, s) for r in (0.1, 0.2) for p in (1.0, 2.0) for s in (0, 1)]


def test_a_stage_has_the_axes_that_it_depends_on():
    made = plan(AXES | {"cutoff": [0.0, 1.0]})
    assert made.axes("rate", "train") == ["learning_rate", "seed"]
    assert made.axes("rate", "fit") == ["learning_rate", "penalty", "seed"]
    assert made.axes("rate", "measure") == ["cutoff", "learning_rate", "penalty", "seed"]
    assert len(made.cells("rate", "train")) == 4


def test_a_cell_holds_its_stages_parameters_filled_in_and_those_above():
    made = plan(AXES, train={"width": 7, "learning_rate": 9.0}, fit={"penalty": 5.0})
    cell = made.cells("rate", "fit")[-1]
    assert cell.params == Fit(penalty=2.0)
    assert cell.upstream["train"] == Train(learning_rate=0.2, width=7)
    assert cell.seed == 1


@given(
    st.lists(st.floats(0, 1, allow_subnormal=False).map(abs), min_size=2, max_size=6, unique=True),
    st.lists(st.integers(0, 50), min_size=1, max_size=4, unique=True),
    st.integers(1, 5),
    st.data(),
)
def test_another_axis_value_moves_no_other_cell(rates, seeds, buckets, data):
    left_out = data.draw(st.sampled_from(rates))
    fewer = [r for r in rates if r != left_out]
    new = plan({"learning_rate": rates, "seed": seeds}, buckets=buckets)
    old = plan({"seed": seeds, "learning_rate": fewer}, buckets=buckets)
    assert keys(old, "train").items() <= keys(new, "train").items()
    assert keys(old, "fit").items() <= keys(new, "fit").items()
    assert streams(old).items() <= streams(new).items()
    place = {c: j.bucket for j in new.jobs("rate", "train") for c in j.keys}
    assert all(place[k] == j.bucket for j in old.jobs("rate", "train") for k in j.keys)


def test_cells_that_differ_in_the_learning_rate_only_share_their_streams():
    made = plan({"learning_rate": [0.1, 0.2, 0.3], "seed": [0, 1]})
    for purpose in PURPOSES:
        named = {(c.seed, c.stream(purpose)) for c in made.cells("rate", "train")}
        assert len(named) == 2
        assert len({s for _, s in named}) == 2


def test_an_axis_that_reseeds_names_streams_and_keys_of_its_own():
    axes = {"probability": [0.1, 0.2], "seed": [0]}
    plain, made = plan(axes), plan(axes, reseed=["probability"])
    assert len(set(streams(made).values())) == 2
    assert len(set(keys(made, "train").values())) == 2
    assert len(set(streams(plain).values())) == 1
    assert not keys(plain, "train").items() & keys(made, "train").items()


def test_what_is_above_is_in_the_key_of_what_is_below():
    for changed in (
        plan(AXES, code={"train": "t1"}),
        plan(AXES, train={"width": 5}),
        plan(AXES, device="cuda"),
    ):
        for stage in ("train", "fit"):
            assert not set(keys(changed, stage).values()) & set(keys(plan(AXES), stage).values())


@pytest.mark.parametrize("change", [{"fit": {"penalty": 3.0}}, {"code": {"fit": "f1"}}])
def test_what_is_below_is_not_in_the_key_of_what_is_above(change):
    axes = {"learning_rate": [0.1], "seed": [0]}
    assert keys(plan(axes), "train") == keys(plan(axes, **change), "train")
    assert keys(plan(axes), "fit") != keys(plan(axes, **change), "fit")
    measured = plan(axes, measure={"cutoff": 1.0}, code={"measure": "m1"})
    assert keys(plan(axes), "fit") == keys(measured, "fit")


@given(st.permutations(list(AXES)), st.sampled_from(["rate", "other"]), st.integers(1, 9))
def test_a_key_depends_on_no_name_order_or_place(order, name, buckets):
    made = plan({a: AXES[a] for a in order}, name=name, buckets=buckets)
    for stage in ("train", "fit"):
        assert keys(made, stage, name) == keys(plan(AXES), stage)


def test_a_fixed_value_and_an_axis_of_one_value_give_one_key():
    axis = plan({"learning_rate": [0.7], "seed": [0]})
    fixed = plan({"seed": [0]}, train={"learning_rate": 0.7})
    assert set(keys(axis, "train").values()) == set(keys(fixed, "train").values())


def test_one_and_one_point_zero_are_one_value():
    one, other = plan({"learning_rate": [1, 2]}), plan({"learning_rate": [1.0, 2.0]})
    assert [j.digest for j in one.jobs("rate", "train")] == [
        j.digest for j in other.jobs("rate", "train")
    ]
    assert canonical(one.view("rate").axes) == canonical(other.view("rate").axes)


@given(st.integers(1, 6), st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True))
def test_a_bucket_holds_cells_of_one_shape_and_every_cell_is_in_one(buckets, widths):
    axes = {"learning_rate": [0.1, 0.2, 0.3], "width": widths, "seed": [0, 1]}
    made = plan(axes, buckets=buckets)
    for stage in ("train", "fit"):
        jobs = made.jobs("rate", stage)
        assert len({j.bucket for j in jobs}) == len(jobs) <= buckets * len(widths)
        assert all(len({c.axes["width"] for c in j.cells}) == 1 for j in jobs)
        assert sorted(k for j in jobs for k in j.keys) == sorted(keys(made, stage).values())


def test_a_row_reads_the_row_of_the_same_model():
    made = plan(AXES | {"width": [2, 3]}, buckets=3)
    above = {j.bucket: j for j in made.jobs("rate", "train")}
    for job in made.jobs("rate", "fit"):
        for cell, (bucket, row) in zip(job.cells, job.reads["train"], strict=True):
            read = above[bucket].cells[row]
            assert read.axes.items() <= cell.axes.items()
            assert read.params == cell.upstream["train"]


def test_a_sweep_leaves_out_the_stages_that_it_does_not_name():
    made = plan({"learning_rate": [0.1], "seed": [0]}, stages=["train"])
    assert made.stages("rate") == ["train"]
    assert made.reads("rate", "measure") == ["train"]


def reader(select: dict, drifts: list) -> Plan:
    other = plan({"learning_rate": drifts, "seed": [0]}, buckets=2)
    entry = Input(study="walk", sweep="rate", select=select)
    params = Params(
        title="t", question="q", inputs=[entry], sweeps={"own": Sweep(axes={"penalty": [1.0]})}
    )
    return Plan("reader", params, CODE, "cpu", {"walk": other})


def test_rows_that_are_read_from_another_study_are_in_the_key_and_others_are_not():
    chosen = {"learning_rate": [0.1, 0.2]}
    before = keys(reader(chosen, [0.1, 0.2, 0.3]), "train", "own")
    assert before == keys(reader(chosen, [0.4, 0.2, 0.1]), "train", "own")
    assert before != keys(reader({"learning_rate": [0.1]}, [0.1, 0.2, 0.3]), "train", "own")
    whole = keys(reader({}, [0.1, 0.2]), "train", "own")
    assert whole != keys(reader({}, [0.1, 0.3]), "train", "own")


def test_a_sweep_that_names_what_it_reads_depends_on_nothing_else():
    walk = plan({"learning_rate": [0.1, 0.2], "seed": [0]})
    entries = [Input(study="walk", sweep="rate", select={"learning_rate": [v]}) for v in (0.1, 0.2)]
    axes = {"penalty": [1.0]}

    def made(shared: list[Input]) -> Plan:
        sweeps = {
            "as_all": Sweep(axes=axes),
            "own": Sweep(axes=axes, inputs=entries[1:]),
            "none": Sweep(axes=axes, inputs=[]),
        }
        params = Params(title="t", question="q", inputs=shared, sweeps=sweeps)
        return Plan("reader", params, CODE, "cpu", {"walk": walk})

    before, after = made(entries[:1]), made(entries)
    assert before.params.all_inputs() == entries
    assert [len(before.input_rows(s)) for s in ("as_all", "own", "none")] == [1, 1, 0]
    moved = {s for s in before.params.sweeps if keys(before, "train", s) != keys(after, "train", s)}
    assert moved == {"as_all"}


def test_what_a_job_depends_on_is_short_canonical_text():
    job = plan({"learning_rate": [0.1], "seed": [0, 1]}).jobs("rate", "train")[0]
    text = job.summary()
    assert text["cells"] == '{"axes":["learning_rate","seed"],"values":[[0.1,0],[0.1,1]]}'
    assert text["fixed"] == '{"probability":0.5,"width":4}'


def test_the_key_of_a_cell_that_many_read_is_made_once(monkeypatch):
    """Work that grows with the cells, not with the cells times those that read them."""
    made, key = [], Plan.key
    monkeypatch.setattr(Plan, "key", lambda *args: made.append(args[1:]) or key(*args))
    walk = plan({"penalty": [float(p) for p in range(50)], "seed": [0, 1]})
    fits = [j for j in walk.jobs("rate", "fit") for _ in j.keys]
    assert len(fits) == 100 and len(walk.cells("rate", "train")) == 2
    assert len(made) == 100 + 2


def test_values_that_are_equal_are_told_once_whether_or_not_they_have_a_hash():
    assert _different([1, 1.0, 2, 1]) == [1, 2]
    assert _different([[1], [1.0], [2]]) == [[1], [2]]


@given(
    st.dictionaries(
        st.text(max_size=3),
        st.integers() | st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False),
    )
)
def test_equal_mappings_have_equal_digests_in_any_order(mapping):
    assert digest(mapping) == digest(dict(reversed(mapping.items())))
    with pytest.raises(ValueError, match="JSON"):
        canonical({"x": float("nan")})


@given(st.permutations([{"a": a, "b": b} for a in (1, 2) for b in ("x", "y", "z")]))
def test_rows_are_found_on_the_grid_in_any_order(cells):
    order = row_order({"a": [1, 2], "b": ["x", "y", "z"]}, cells)
    assert [tuple(cells[i].values()) for i in order] == [(a, b) for a in (1, 2) for b in "xyz"]


def test_a_point_of_the_grid_without_a_row_is_named():
    with pytest.raises(ValueError, match=r"no row for \{'a': 2\}"):
        row_order({"a": [1, 2]}, [{"a": 1}])
