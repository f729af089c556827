"""Estimators of scikit-learn draw from seeds that are given to them, or do not draw."""

import ast
import importlib
import inspect
from pathlib import Path

import numpy as np
import pytest

import tegum
from tegum.metrics.token_geometry import circle
from tegum.probes.readers import affine_readers

SOURCES = sorted(Path(tegum.__file__).parent.rglob("*.py"))
SETTLED = {"random_state", "svd_solver"}
DRAW_NOTHING = {"LogisticRegression", "silhouette_score"}
"""With the solver that is used, and of all rows."""


def estimators() -> list[tuple[str, ast.Call]]:
    """Calls of classes of scikit-learn that take a seed, each with where it is."""
    found = []
    for path in SOURCES:
        tree = ast.parse(path.read_text())
        imported = {
            alias.asname or alias.name: (node.module, alias.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sklearn")
            for alias in node.names
        }
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id not in imported:
                continue
            module, name = imported[node.func.id]
            taken = inspect.signature(getattr(importlib.import_module(module), name)).parameters
            if "random_state" in taken and name not in DRAW_NOTHING:
                found.append((f"{path.name}:{node.lineno} {name}", node))
    return found


def test_every_estimator_that_may_draw_is_told_how():
    calls = estimators()
    assert len(calls) >= 5
    for where, call in calls:
        named = {keyword.arg for keyword in call.keywords}
        assert named & SETTLED or None in named, where  # None: **options


@pytest.mark.parametrize("measured", ["circle", "readers"])
def test_wide_matrices_give_the_same_whatever_was_drawn_before(measured):
    rows = np.random.default_rng(0).standard_normal((40, 600))
    labels = np.arange(40) % 2 == 0
    found = []
    for state in (1, 2):
        np.random.seed(state)  # what scikit-learn draws from where nothing else is given
        if measured == "circle":
            found.append(np.array(circle(rows, 0)))
        else:
            found.append(np.concatenate([w for w, _ in affine_readers(rows, labels, 0).values()]))
    np.testing.assert_array_equal(*found)
