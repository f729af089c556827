"""`tegum check` tells a claim or figure that cannot be made before anything is built."""

import pytest

from tegum.build.drawn import problems
from tegum.build.project import Project

ROOM = "src/tegum/studies/my_question"
MISTAKES = (
    ("claims.py", 'sparsity["l0"]', 'sparsity["l_0"]', "claim at_most_k"),
    ("claims.py", 'at(mcc, control="none") - start', "mcc - start", "claim recovered"),
    ("figures.py", "by {recovered}", "by {recoverd}", "figure recovery"),
    ("figures.py", '["sparsity"], "fvu"', '["sparsity"], "fuv"', "figure reconstruction"),
    ("figures.py", '"support_f1", "k", by="control"', '"support_f1", "k"', "figure supports"),
)
"""File, what stands there, what is written instead, and what cannot be made then: a variable that
is not there, a dim that is left, a quote of no claim, and the like."""


def test_mistakes_are_told_before_a_build(unbuilt):
    unbuilt.tegum("new-study", "my_question", "--kind", "dictionary")
    assert "my_question: " not in unbuilt.tegum("check", "my_question", fails=True).text
    for file, right, wrong, _ in MISTAKES:
        unbuilt.edit(f"{ROOM}/{file}", right, wrong)
    lines = unbuilt.tegum("check", "my_question", fails=True).text.splitlines()
    told = [": ".join(line.split(": ")[:2]) for line in lines if line.startswith("my_question: ")]
    assert told == [f"my_question: {what}" for *_, what in MISTAKES], lines


@pytest.mark.parametrize("scale", ["laptop", "smoke", "paper"])
def test_the_studies_have_no_such_mistake(scale):
    project = Project(scale)
    assert [line for study in project.studies for line in problems(project, study)] == []
