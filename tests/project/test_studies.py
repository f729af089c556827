"""Every study keeps what the project promises of a study. Walks all of them."""

import re
from pathlib import Path

import pytest
from repository import ROOT

from tegum.build import dvc, sync, thumbnails
from tegum.build.execute import schema_of
from tegum.build.fingerprints import fingerprints
from tegum.build.project import CODE, Project, load_params
from tegum.data import files
from tegum.experiment.params import SCALES
from tegum.experiment.rooms import load
from tegum.figures import collect
from tegum.ledger.findings import collect as findings_of

STUDIES = sorted(p.stem for p in (ROOT / "params").glob("*.yaml"))
SETTINGS: dict[str, set[str]] = {
    "capacity.block_sizes": {"0.1"},
    "sae_recovery.probability": {"0.9"},
    "toy_superposition.norms": {"0.3"},
    "toy_superposition.hidden_relu_stacks": {"0.04"},
    "toy_superposition.collapse": {"0.5", "0.05"},
}
"""Figure to the decimals in what it shows that are settings, as p = 0.01, and were not measured."""
WITHOUT_CHANCE = {
    "capacity.curves",
    "packing.jl",
    "packing.pairs",
    "simplicity.limits",
    "simplicity.regions",
}
"""Sweeps in which nothing is drawn."""
each_study = pytest.mark.parametrize("study", STUDIES)


@each_study
@pytest.mark.parametrize("scale", SCALES)
def test_parameters_are_valid_at_every_scale(study, scale):
    assert load_params(study, scale).sweeps


@each_study
@pytest.mark.parametrize("scale", ["laptop", "paper"])
def test_five_seeds_where_something_is_concluded(study, scale):
    for name, sweep in load_params(study, scale).sweeps.items():
        seeds = sweep.axes.get("seed", [])
        assert len(seeds) >= 5 or f"{study}.{name}" in WITHOUT_CHANCE, name


@each_study
def test_parameters_open_with_the_question_the_minutes_and_what_to_expect(study):
    head = files.read_text(f"params/{study}.yaml").split("title:")[0]
    for word in ("# Question:", "# Minutes:", "# Expect:"):
        assert word in head


@each_study
def test_every_study_has_a_schema_for_each_of_its_stages(study):
    project = Project()
    plan = project.plans[study]
    for sweep in plan.params.sweeps:
        for stage in [*plan.stages(sweep), "measure"]:
            assert schema_of(plan, stage, sweep).layout, (sweep, stage)


@each_study
def test_at_least_three_figures_with_captions_and_what_was_not_expected(study):
    figures = collect(load(study, "figures"))
    assert set(figures) == set(Project(study=study).figures(study))
    assert len(figures) >= 3
    for figure in figures.values():
        assert min(len(figure.caption), len(figure.shows), len(figure.surprise)) > 20


@each_study
def test_what_figures_show_quotes_claims_that_there_are_and_no_measured_number_by_hand(study):
    claims = Project(study=study).claims_of(study)
    for name, figure in collect(load(study, "figures")).items():
        figure.told(claims)
        written = re.sub(r"\{.*?\}", "", f"{figure.shows} {figure.surprise}")
        numbers = set(re.findall(r"(?<![\w.])\d*\.\d+", written))
        assert numbers <= SETTINGS.get(f"{study}.{name}", set()), name


@each_study
def test_every_finding_has_a_claim_and_every_statistical_claim_a_control_and_five_seeds(
    study,
):
    module = load(study, "claims")
    findings = [f.id for f in findings_of(module)]
    rows = files.read_json(f"results/{study}/claims.json")
    assert [r["id"] for r in rows] == [f"{study}.{f}" for f in findings]
    for row in rows:
        assert row["source"] and row["statement"]
        if row["kind"] == "statistical" and row["verdict"] != "inconclusive":
            assert row["n"] >= 5 and row["control"], row["id"]
            assert row["ci_low"] <= row["estimate"] <= row["ci_high"], row["id"]
        if row["verdict"] == "inconclusive":
            assert row["reason"], row["id"]


@each_study
def test_a_verdict_follows_from_its_numbers(study):
    for row in files.read_json(f"results/{study}/claims.json"):
        if row["estimate"] is None or row["verdict"] == "inconclusive":
            continue
        bound = row["threshold"]
        if row["kind"] == "exact":
            holds = row["estimate"] <= bound
        elif row["direction"] == "above":
            holds = row["ci_low"] > bound
        else:
            holds = row["ci_high"] < bound
        assert (row["verdict"] == "holds") == holds, row["id"]


def test_generated_files_are_in_step():
    project = Project()
    assert files.read_text("dvc.yaml") == dvc.dvc_yaml(project)
    assert files.read_json(CODE) == fingerprints(project.studies)
    for path, text in sync.generated(project).items():
        assert files.read_text(path) == text, f"{path}: run tegum sync"


def test_the_readme_and_its_page_show_the_ledger():
    project = Project()
    for path, text in sync.told(project).items():
        assert files.read_text(path) == text, f"{path}: run make readme"
    assert files.read_json(project.layout.ledger()) == project.ledger()


def test_published_results_stay_small():
    size = sum(f.stat().st_size for f in (ROOT / "published").rglob("*") if f.is_file())
    assert 0 < size < 60e6


def test_small_pictures_of_all_figures_are_in_git_and_of_todays_figures():
    project = Project()
    wanted = {thumbnails.place(s, n): (s, n) for s in project.studies for n in project.figures(s)}
    assert set(thumbnails.FOLDER.glob("*/*.png")) == set(wanted), "run make readme"
    assert sum(path.stat().st_size for path in wanted) < 2e6
    for path, (study, name) in wanted.items():
        figure = Path(project.layout.figure(study, name, "png"))
        if figure.is_file():
            small, png = files.read_bytes(path), files.read_bytes(figure)
            assert thumbnails.is_of(small, png), f"{path}: run make readme"
