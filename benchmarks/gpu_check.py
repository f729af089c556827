"""What a GPU does with tegum's work: writes the one JSON that docs/gpu.md is made of.

    python benchmarks/gpu_check.py --out gpu.json
    python benchmarks/gpu_check.py --out cpu.json --device cpu --small --study packing

Needs torch, Lightning and tegum's readers of files, and neither snakemake nor dvc. The parts run
in turn until `--seconds` are spent; the file is written anew after each, so that what is cut off
leaves what it had. A part that fails is written down with its error, and the next one runs.
"""

import argparse
import os
import platform
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from tegum.build.project import CODE, Project
from tegum.build.rehearsal import rehearse
from tegum.data.files import read_json, write_json
from tegum.models.ensemble import Ensemble
from tegum.models.transformer import Transformer
from tegum.models.two_layer import TwoLayer
from tegum.synthetic.batches import Stream
from tegum.synthetic.features import feature_probabilities
from tegum.synthetic.tasks import SuperpositionStream
from tegum.training.loop import Loop, prepare_process
from tegum.training.plan import PACK, Plan

TOLERANCE = 1e-4
"""Largest difference of loss and gradients between devices, over the largest of the entries:
float32 sums of up to 2e3 terms in another order."""


class Words(Stream):
    """The same random tokens and targets at every step."""

    def __init__(self, cells: int, sizes: "Sizes", device: str) -> None:
        self.n_cells = cells
        self.n_samples = sizes.sequences
        draw = torch.Generator().manual_seed(0)
        shape = cells, sizes.sequences
        words = torch.randint(sizes.tokens, (*shape, sizes.length), generator=draw)
        targets = torch.randint(2, (*shape, 8), generator=draw).float()
        self._batch = words.to(device), targets.to(device)

    def batch(self, step: int) -> tuple[torch.Tensor, ...]:
        return self._batch


@dataclass
class Sizes:
    """How large the measured work is; `--small` is for trying the script where there is no GPU."""

    matrix: int = 8192
    copy_mb: int = 2048
    cells: tuple[int, ...] = (8, 64, 512)
    features: int = 1024
    batch: int = 1024
    tokens: int = 4096
    length: int = 64
    width: int = 256
    sequences: int = 128
    seconds: float = 3.0
    """How long each rate is measured."""


SMALL = Sizes(256, 16, (8,), 64, 64, 64, 8, 16, 8, 0.3)


@dataclass
class Check:
    """One run: where, how large, and what was found so far."""

    device: str
    sizes: Sizes
    studies: list[str]
    deadline: float
    found: dict[str, Any] = field(default_factory=dict)

    def machine(self) -> dict[str, Any]:
        """What it ran on, and when."""
        from importlib.metadata import version

        names = ("torch", "pytorch_lightning", "triton", "numpy", "xarray")
        have = {n: version(n) for n in names if _here(n)}
        cuda = self.device == "cuda"
        gpu = torch.cuda.get_device_properties(0) if cuda else None
        return {
            "date": datetime.now(UTC).date().isoformat(),
            "device": gpu.name if gpu else platform.processor() or platform.machine(),
            "memory_gb": round(gpu.total_memory / 2**30, 1) if gpu else None,
            "python": platform.python_version(),
            "versions": have,
        }

    def rates(self) -> dict[str, float]:
        """Floating-point operations of a large matrix product, and bytes of a copy, per second."""
        n, found = self.sizes.matrix, {}
        kinds = {"float32": (torch.float32, False), "bfloat16": (torch.bfloat16, False)}
        if self.device == "cuda":
            kinds["tf32"] = torch.float32, True
        for name, (kind, short) in kinds.items():
            torch.backends.cuda.matmul.allow_tf32 = short
            a = torch.randn(n, n, device=self.device, dtype=kind)
            found[f"tflops_{name}"] = 2 * n**3 * self._rate(lambda a=a: a @ a) / 1e12
        torch.backends.cuda.matmul.allow_tf32 = False
        a = torch.empty(self.sizes.copy_mb * 2**18, device=self.device)
        b = torch.empty_like(a)
        found["copy_gb_s"] = 2 * a.numel() * 4 * self._rate(lambda: b.copy_(a)) / 1e9
        return found

    def agreement(self) -> dict[str, Any]:
        """Loss and gradients of equal weights on an equal batch, on the CPU and on the device."""
        found: dict[str, Any] = {"tolerance": TOLERANCE}
        for name, build in (("two_layer", self._two_layer), ("transformer", self._transformer)):
            (here, stream), (there, _) = build(8, "cpu"), build(8, "cpu")
            batch = stream.batch(0)
            there.to(self.device)
            moved = tuple(part.to(self.device) for part in batch)
            losses = []
            for model, part in ((here, batch), (there, moved)):
                losses.append(model.loss(part))
                losses[-1].sum().backward()
            pairs = zip(here.parameters(), there.parameters(), strict=True)
            apart = {
                "gradients": max(_apart(a.grad, b.grad) for a, b in pairs),
                "loss": _apart(
                    here.loss(batch), there.loss(tuple(b.to(self.device) for b in batch))
                ),
            }
            found[name] = {**apart, "agrees": max(apart.values()) <= TOLERANCE}
        return found

    def repeated(self) -> dict[str, bool]:
        """Whether two trainings from one start end in the same bits."""
        found = {}
        for name, build in (("two_layer", self._two_layer), ("transformer", self._transformer)):
            runs = []
            for _ in range(2):
                model, stream = build(8, self.device)
                runs.append(Loop(model, stream, Plan(steps=20, learning_rate=0.003)).run())
            first, second = (run.parameters for run in runs)
            found[name] = all(first[k].tobytes() == second[k].tobytes() for k in first)
        return found

    def speed(self) -> list[dict[str, Any]]:
        """Steps per second of the engine, with the share of the matrix rate, and peak memory."""
        return [row for cells in self.sizes.cells for row in self._speeds(cells, self.device)]

    def processor(self) -> list[dict[str, Any]]:
        """The same of one cell on one core of the processor beside the GPU: `tegum cost` scales
        what was measured on a processor by the ratio of the two."""
        return self._speeds(1, "cpu")

    def _speeds(self, cells: int, device: str) -> list[dict[str, Any]]:
        rows = []
        prepare_process()
        for name, build in (("two_layer", self._two_layer), ("transformer", self._transformer)):
            if device == "cuda":
                torch.cuda.reset_peak_memory_stats()
            model, stream = build(cells, device)
            loop = Loop(
                model, stream, Plan(steps=10**9, learning_rate=0.003, pack=min(cells, PACK))
            )
            loop.start()
            with FlopCounterMode(display=False) as counter:
                loop.advance(1, loop.optimiser.step)
            step = counter.get_total_flops()
            rate = self._rate(_one_step(loop), warm=3 if device == "cuda" else 0)
            each = {"two_layer": self.sizes.batch, "transformer": self._tokens}[name]
            rows.append(
                {
                    "model": name,
                    "cells": cells,
                    "steps_s": rate,
                    "samples_or_tokens_s": rate * cells * each,
                    "tflops": step * rate / 1e12,
                    "share_of_float32": step * rate / 1e12 / self._matrix_rate(),
                    "peak_memory_mb": self._peak() if device == "cuda" else None,
                }
            )
        return rows

    def shapes(self) -> dict[str, Any]:
        """A few steps of every bucket shape of the paper scale, study by study; in seconds."""
        scale = "smoke" if self.sizes is SMALL else "paper"
        project = Project(scale, self.device, read_json(CODE))
        found: dict[str, Any] = {}
        for study in self.studies or project.studies:
            found[study] = {}
            try:
                for name, seconds in rehearse(project, study, self.device):
                    found[study][name] = round(seconds, 3)
                    if time.monotonic() > self.deadline:
                        return {**found, "cut_off": f"in {study}: no time was left"}
            except Exception as error:
                found[study]["error"] = f"{type(error).__name__}: {error}"
        return found

    @property
    def _tokens(self) -> int:
        return self.sizes.sequences * self.sizes.length

    def _matrix_rate(self) -> float:
        return self.found.get("rates", {}).get("tflops_float32", float("nan"))

    def _peak(self) -> float | None:
        return torch.cuda.max_memory_allocated() / 2**20 if self.device == "cuda" else None

    def _rate(self, once: Callable[[], Any], warm: int = 3) -> float:
        """Calls per second, after some that warm up."""
        for _ in range(warm):
            once()
        self._wait()
        calls, began = 0, time.perf_counter()
        while time.perf_counter() - began < self.sizes.seconds:
            once()
            calls += 1
            if calls % 16 == 0:  # or the queue of a GPU grows without end
                self._wait()
        self._wait()
        return calls / (time.perf_counter() - began)

    def _wait(self) -> None:
        if self.device == "cuda":
            torch.cuda.synchronize()

    def _two_layer(self, cells: int, device: str) -> tuple[Ensemble, Stream]:
        n, d = self.sizes.features, self.sizes.features // 4
        seeds = [1 + cell % 8 for cell in range(cells)]
        rare = np.stack([feature_probabilities("uniform", n, 1 / 16)] * cells)
        options: dict[str, Any] = {"n_inputs": d, "batch": self.sizes.batch, "device": device}
        stream = SuperpositionStream(task="decoder", seeds=seeds, probabilities=rare, **options)
        model = TwoLayer(
            n_inputs=d, width=n, n_outputs=n, activation="relu", seeds=seeds, bias_offset=-0.25
        )
        return model.to(device), stream

    def _transformer(self, cells: int, device: str) -> tuple[Ensemble, Stream]:
        sizes = self.sizes
        model = Transformer(
            n_tokens=sizes.tokens,
            length=sizes.length,
            width=sizes.width,
            mlp_width=4 * sizes.width,
            n_layers=2,
            causal=[True] * cells,
            readout=[sizes.length - 1] * cells,
            seeds=list(range(cells)),
            emphasis=[[1.0] * 8] * cells,
        )
        return model.to(device), Words(cells, sizes, device)


def _one_step(loop: Loop) -> Callable[[], Any]:
    return lambda: loop.advance(loop.step + 1, loop.optimiser.step)


def _here(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


def _apart(a: Any, b: Any) -> float:
    """Largest difference of two tensors over the largest entry."""
    a, b = a.detach().cpu().double(), b.detach().cpu().double()
    return float((a - b).abs().max() / a.abs().max().clamp_min(1e-30))


PARTS = ("machine", "rates", "agreement", "repeated", "speed", "processor", "shapes")


def main() -> int:
    """Run the parts; returns 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, help="the JSON to write")
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--seconds", type=float, default=460, help="no part begins after these")
    parser.add_argument("--small", action="store_true", help="small sizes, and smoke-scale shapes")
    parser.add_argument("--study", nargs="*", default=[], help="shapes of these; by default of all")
    args = parser.parse_args()
    if args.device == "cuda" and not torch.cuda.is_available():
        print(
            "error: torch finds no GPU here; --device cpu --small tries the script", file=sys.stderr
        )
        return 1
    sizes = SMALL if args.small else Sizes()
    check = Check(args.device, sizes, args.study, time.monotonic() + args.seconds)
    failed = False
    for part in PARTS:
        began = time.monotonic()
        if began > check.deadline:
            check.found[part] = {"cut_off": "no time was left"}
            continue
        try:
            check.found[part] = getattr(check, part)()
        except Exception as error:
            failed = True
            traceback.print_exc()
            check.found[part] = {"error": f"{type(error).__name__}: {error}"}
        check.found.setdefault("seconds", {})[part] = round(time.monotonic() - began, 1)
        write_json(args.out, check.found)
        print(f"{part}: {check.found['seconds'][part]} s", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
