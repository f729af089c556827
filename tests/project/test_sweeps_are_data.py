"""A sweep may lose any value of any axis, or be absent: claims are then untested, never wrong."""

from functools import cache

import pytest
from repository import ROOT

from tegum.build.project import Project
from tegum.experiment.rooms import load
from tegum.figures import collect as figures_of
from tegum.ledger.findings import Finding, collect
from tegum.versions.revisions import opened

STUDIES = sorted(p.stem for p in (ROOT / "params").glob("*.yaml"))


@pytest.fixture(scope="module")
def project():
    return Project()


@cache
def measured(study):
    """The published Datasets of the last commit, by sweep."""
    return dict(opened(study, "HEAD", "laptop").data)


def reading(findings: list[Finding], sweep: str) -> list[Finding]:
    """Those that a change of a sweep can change: no other finding is given its data."""
    return [f for f in findings if f.sweeps is None or sweep in f.sweeps]


def missing(claim, axis, value) -> bool:
    """Whether a claim says that this value, or enough values of this axis, is not there."""
    return claim.verdict == "inconclusive" and (axis in claim.reason or str(value) in claim.reason)


@pytest.mark.parametrize("study", STUDIES)
def test_without_a_value_claims_keep_their_verdict_or_say_what_is_missing(project, study):
    data, findings = measured(study), collect(load(study, "claims"))
    before = {f.id: f.claim(data) for f in findings}
    moved = []
    for sweep, ds in data.items():
        for axis, values in project.plans[study].view(sweep).axes.items():
            if axis == "seed" or len(values) == 1:  # an empty axis is refused
                continue
            for place, value in enumerate(values):
                kept = [i for i in range(len(values)) if i != place]
                less = data | {sweep: ds.isel({axis: kept})}
                for finding in reading(findings, sweep):
                    claim = finding.claim(less)
                    if claim.verdict == before[finding.id].verdict:
                        continue
                    if not missing(claim, axis, value) and not rests_on(finding, axis):
                        moved.append((sweep, axis, value, finding.id, claim.verdict))
    assert not moved


def rests_on(finding: Finding, axis: str) -> bool:
    """Whether a claim is one about an axis as a whole, as the text of its reason says."""
    return axis not in finding.at


@pytest.mark.parametrize("study", STUDIES)
def test_without_a_sweep_what_reads_it_is_untested_and_names_it(study):
    data, findings = measured(study), collect(load(study, "claims"))
    for sweep in data:
        less = {name: ds for name, ds in data.items() if name != sweep}
        for finding in reading(findings, sweep):
            claim = finding.claim(less)
            if finding.sweeps is not None:
                assert (claim.verdict, claim.n) == ("inconclusive", 0)
                assert sweep in claim.reason


@pytest.mark.parametrize("study", STUDIES)
def test_figures_name_sweeps_that_there_are(project, study):
    sweeps = set(project.params[study].sweeps)
    for figure in figures_of(load(study, "figures")).values():
        assert set(figure.sweeps) <= sweeps, figure.name
