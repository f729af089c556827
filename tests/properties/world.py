"""All that a person writes in a repository of the test studies, and how it is put on disk."""

import random
import re
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from rules import DEFAULTS, STUDIES, State

NUMBERS = {
    "studies/random_walk/steps": ("normal(drift, 1.0,", "normal(drift, {},"),
    "studies/random_walk/fit": ("np.arange(len(w)), w,", "np.arange(len(w)), {} * w,"),
    "studies/random_walk/measure": ("> sweep.params", "> {} * sweep.params"),
    "studies/mean_power/fit": (".mean(0)", ".mean(0) * {}"),
    "studies/mean_power/measure": ("* sweep.params.scale", "* sweep.params.scale * {}"),
    "studies/ridge/generate": ("SLOPE = 1.0", "SLOPE = {}"),
    "studies/ridge/solver": ("JITTER = 0.0", "JITTER = {}"),
    "studies/ridge/measure": ("TRUTH = 1.0", "TRUTH = {}"),
    "studies/ridge/claims": ("LARGEST = 100.0", "LARGEST = {}"),
    "studies/ridge/figures": ("HEIGHT = 1.0", "HEIGHT = {}"),
    "studies/curve/train/line": ("HEIGHT = 1.0", "HEIGHT = {}"),
    "studies/curve/train/wave": ("HEIGHT = 1.0", "HEIGHT = {}"),
    "studies/curve/measure": ("SCALE = 1.0", "SCALE = {}"),
    "figures/render": ("DPI = 144", "DPI = {} * 72"),
}
"""Where a number in a module decides what it computes; in the others a constant is added."""
RELATED = (
    *NUMBERS, "studies/random_walk/train", "studies/random_walk/claims", "studies/ridge/train",
    "studies/ridge/control", "studies/curve/claims", "experiment/seeds", "experiment/cell",
    "data/rows", "labels", "ledger/findings", "statistics", "figures/theme",
)  # fmt: skip
"""Modules that some stage imports, or that compute what it is given."""
UNRELATED = (
    "cli", "experiment/layout", "build/stages", "data/files", "build/forkserver",
    "theory/packing", "controls/weights",
    "studies/ridge/schema", "studies/ridge/params", "studies/random_walk/params",
    "studies/mean_power/params", "studies/curve/schema", "studies/curve/params",
)  # fmt: skip
"""Modules that no stage imports, or that cannot change a number."""
FURTHER = ("src/tegum/studies/ridge/notes.py", "params/smoke/ridge.yaml", "params/README.md")
"""Files that nothing reads at this scale."""


@dataclass
class World:
    """The texts of a repository, as what was changed in them."""

    state: State
    style: dict[str, int] = field(default_factory=dict)
    """Study to how its params file is written: order of keys, comments, `1` for `1.0`."""
    words: dict[str, int] = field(default_factory=dict)
    """Module to another docstring, comment and layout."""
    unrelated: dict[str, float] = field(default_factory=dict)
    """Module that can change no result to a constant added to it."""
    files: dict[str, str] = field(default_factory=dict)
    """Those of `FURTHER` that are there: path to text."""

    def copy(self) -> "World":
        return deepcopy(self)

    def write(self, root: Path, pristine: Path) -> None:
        """Write those files that differ from what they should be."""
        wanted = {f"params/{s}.yaml": self.params_text(s) for s in STUDIES} | self.files
        for module in {*RELATED, *UNRELATED}:
            text = (pristine / "src" / "tegum" / f"{module}.py").read_text()
            wanted[f"src/tegum/{module}.py"] = self.module_text(module, text)
        for path, text in wanted.items():
            place = root / path
            if not place.is_file() or place.read_text() != text:
                place.parent.mkdir(exist_ok=True)
                place.write_text(text)
        for path in set(FURTHER) - self.files.keys():
            (root / path).unlink(missing_ok=True)

    def params_text(self, study: str) -> str:
        content, style = self.state.params[study], self.style.get(study, 0)
        if not style:
            return yaml.safe_dump(content, sort_keys=False, default_flow_style=None)
        rng = random.Random(style)
        flow = rng.choice([None, True, False])
        text = yaml.safe_dump(shuffled(content, rng), sort_keys=False, default_flow_style=flow)
        return f"# Said in another way, {style}.\n{text}# The end.\n"

    def module_text(self, module: str, text: str) -> str:
        if module.endswith("/params"):
            for section in self.state.defaults[module.split("/")[1]].values():
                for name, value in section.items():
                    pattern = rf"(    {name}: \w+ = (?:shape\()?)[\d.]+"
                    text = re.sub(pattern, rf"\g<1>{value}", text)
        number = self.state.code.get(module, self.unrelated.get(module))
        if number is not None and module in NUMBERS:
            old, new = NUMBERS[module]
            assert text.count(old) == 1, module
            text = text.replace(old, new.format(number))
        elif number is not None:
            text += f"\n\nADDED = {number}\n"
        if word := self.words.get(module):
            text = f'"""Otherwise said, {word}. {text.removeprefix(chr(34) * 3)}\n\n# {word}\n'
        return text


def shuffled(value: Any, rng: random.Random) -> Any:
    """Mappings in another order, whole numbers without a point; lists stay as they are."""
    if isinstance(value, dict):
        items = list(value.items())
        rng.shuffle(items)
        return {k: shuffled(v, rng) for k, v in items}
    if isinstance(value, list):
        return [shuffled(v, rng) for v in value]
    if isinstance(value, float) and value.is_integer() and rng.random() < 0.5:
        return int(value)
    return value


def first(root: Path) -> World:
    """The world of a repository that was just made."""
    texts = {s: (root / "params" / f"{s}.yaml").read_text() for s in STUDIES}
    params = {study: yaml.safe_load(text) for study, text in texts.items()}
    return World(State(params, deepcopy(DEFAULTS)))
