"""The Lightning harness: equal to the plain loop, lean, and resumable after a kill."""

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from engine_setup import build, fitted, plan_for, same, trained

from tegum.errors import TegumError
from tegum.training import harness
from tegum.training.loop import Loop

HERE = Path(__file__).parent
PACKAGE = Path(harness.__file__).parents[1]
CELLS = [0, 1, 2]


def test_lightning_is_not_imported_with_the_package():
    for folder in ("models", "synthetic", "training", "dictionaries"):
        for path in (PACKAGE / folder).rglob("*.py"):
            apart = path.name in ("module.py", "distributed.py")
            top = [node for node in ast.parse(path.read_text()).body if not apart]
            names = {
                alias.name
                for node in top
                if isinstance(node, ast.Import | ast.ImportFrom)
                for alias in [*node.names, ast.alias(getattr(node, "module", None) or "")]
            }
            heavy = {n for n in names if "lightning" in n or n == "tegum.training.module"}
            assert not heavy, f"{path} imports {heavy} when it is imported"


def test_lightning_and_the_plain_loop_give_the_same_bits():
    one, other = fitted(CELLS, 300), trained(CELLS, 300)
    assert all(same(one, other, cell, cell) for cell in range(len(CELLS)))


def test_few_calls_make_many_steps_and_global_step_is_true(monkeypatch):
    """By a clock on which each step takes a millisecond, a call is to take a second."""
    model, stream = build(CELLS)
    loop = Loop(model, stream, plan_for(CELLS, 3000), keep=len(CELLS))
    clock = SimpleNamespace(perf_counter=lambda: loop.step * 1e-3)
    monkeypatch.setattr("tegum.training.module.time", clock)
    trainer = harness._run(loop, "", None, False, False, "cpu", 1.0)
    assert trainer.global_step == 3000
    assert trainer.lightning_module.calls < 40, "few between two checkpoints of its records"
    assert trainer.logger is None and not trainer.checkpoint_callbacks


def kill_at(scratch, steps, step):
    """Train in another process and SIGKILL it in the call that reaches ``step``."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(HERE)])}
    command = [sys.executable, str(HERE / "engine_setup.py"), str(scratch), str(steps)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= step:
            process.send_signal(signal.SIGKILL)
            break
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL


def test_a_run_resumed_after_a_kill_equals_an_undisturbed_one(tmp_path):
    steps = 4_000
    kill_at(tmp_path, steps, 300)
    saved = torch.load(tmp_path / "last.ckpt", weights_only=True)
    assert 200 < saved["tegum"]["step"] < steps
    assert saved["global_step"] == saved["tegum"]["step"]
    started = []
    original = Loop.advance

    def advance(self, stop, update):
        started.append(self.step)
        return original(self, stop, update)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Loop, "advance", advance)
        resumed = fitted(CELLS, steps, scratch=tmp_path)
    assert started[0] == saved["tegum"]["step"]
    undisturbed = trained(CELLS, steps)
    assert all(same(resumed, undisturbed, cell, cell) for cell in range(len(CELLS)))
    assert not list(tmp_path.glob("*.ckpt"))


@pytest.mark.parametrize("kind", ["another_run", "damaged"])
def test_a_checkpoint_that_does_not_belong_is_ignored(tmp_path, kind):
    stop = Loop.advance

    def interrupted(self, *arguments):
        if self.step > 20:
            raise KeyboardInterrupt
        return stop(self, *arguments)

    steps = 299 if kind == "another_run" else 300
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Loop, "advance", interrupted)
        with pytest.raises((KeyboardInterrupt, SystemExit, TegumError)):
            fitted(CELLS, steps, scratch=tmp_path, save_every=0.0)
    checkpoint = tmp_path / "last.ckpt"
    assert checkpoint.exists()
    if kind == "damaged":
        checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    result, undisturbed = fitted(CELLS, 300, scratch=tmp_path), trained(CELLS, 300)
    assert all(same(result, undisturbed, cell, cell) for cell in range(len(CELLS)))


def test_an_ensemble_that_is_not_padded_is_refused():
    model, stream = build(CELLS, pad=False)
    with pytest.raises(TegumError, match="multiple of 8"):
        harness.fit(model, stream, plan_for([*range(8)], 10))
