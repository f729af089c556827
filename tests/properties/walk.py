"""A walk: edits of a real repository one after another, with builds that must run what is expected.

A walk is a list of steps, each a kind and a number that seeds the choices in it: `value.17`,
`build.0`, `clone.3`. The text of the steps replays the walk.
"""

import hashlib
import json
import os
import random
import shutil
from collections import Counter
from copy import deepcopy
from pathlib import Path

import edits
from edits import EDITS
from repository import Repository, Run
from rules import ROW_STAGES, Disk, Job, Rows, Rules, digest
from world import first

NOTHING = "Nothing to be done"
FILES = {"back": 3, "touch": 2, "delete": 3, "hand": 3, "aside": 3, "again": 3}
TOOLS = {
    "record": 1, "clone": 1, "switch": 2, "discard": 1, "experiment": 1, "lose": 1, "forge": 2,
    "part": 1,
}  # fmt: skip
"""What is done to files and with DVC and git: kind to how often."""


def steps(seed: int, length: int) -> list[str]:
    """A random walk of `length` edits, with a build after every one to three of them."""
    rng = random.Random(seed)
    often = {k: n for k, (_, n) in EDITS.items()} | FILES | TOOLS
    kinds = rng.choices(list(often), list(often.values()), k=length)
    found = []
    for kind in kinds:
        found.append(f"{kind}.{rng.randint(0, 10**6)}")
        if rng.random() < 0.65:
            found.append("build.0")
    return [*found, "build.0"]


class Clone(Repository):
    """A repository in which nothing may have changed at a commit."""

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", message, "--allow-empty")


class Walk:
    """A repository, what a person wrote in it, and what its files should be.

    Args:
        pristine: a built and recorded repository; copied, not changed.
        folder: where to work.
    """

    def __init__(self, pristine: Path, folder: Path) -> None:
        shutil.copytree(pristine, folder / "0", ignore=shutil.ignore_patterns("*.sock"))
        self.pristine, self.folder = pristine, folder
        self.published = folder / "0" / "published"
        self.repository = Clone(folder / "0")
        self.world = first(pristine)
        self.history = [self.world.copy()]
        self.disk = Disk()
        self.disk.keep_only(self.rules, self.content)
        self.disk.remember()
        self.locked = deepcopy(self.disk)
        self.kept: tuple[str, Path, Disk] | None = None
        self.linked = False
        self.snapshots = [(self.head(), self.world.copy())]
        self.done: list[str] = []
        self.count: Counter[str] = Counter()
        self.world.write(self.root, pristine)

    @property
    def root(self) -> Path:
        return self.repository.root

    @property
    def rules(self) -> Rules:
        return Rules(self.world.state)

    def head(self) -> str:
        return self.repository.git("rev-parse", "HEAD").strip()

    def content(self, job: Job) -> str:
        """What the files of a job are, and those of the jobs that it reads."""
        jobs = self.rules.jobs
        files = [f for j in (job, *(jobs[n] for n in job.above)) for f in j.files]
        found = [p.read_bytes() if (p := self.root / f).is_file() else None for f in files]
        return digest(*[c and hashlib.sha256(c).hexdigest() for c in found])

    def step(self, text: str) -> None:
        """Make one step; says in `done` what it was."""
        kind, number = text.split(".")
        rng = random.Random(int(number))
        did = self.edit(kind, rng) if kind in EDITS else getattr(self, kind)(rng) or ""
        self.done.append(f"{text}  {did or 'nothing to change'}")
        if kind != "build":
            self.count[kind if did else "(nothing to change)"] += 1

    def edit(self, kind: str, rng: random.Random) -> str:
        """Change the texts; another choice where one changes nothing or is not valid."""
        for _ in range(10):
            before = self.world.copy()
            did = EDITS[kind][0](self.world, rng)
            if did and edits.valid(self.world.state):
                self.write()
                return did
            self.world = before
        return ""

    def write(self) -> None:
        self.world.write(self.root, self.pristine)
        self.history.append(self.world.copy())

    # Builds.

    def build(self, rng: random.Random) -> str:
        """Run Snakemake: the jobs and the rows that it computes are the expected ones."""
        ledger = self.ledger_is_stale()
        run, rows = self.disk.build(self.rules, content=self.content, ledger=ledger)
        jobs = {*run, *(["ledger"] if ledger or any(r.endswith("/judge") for r in run) else [])}
        ran = self.repository.snakemake()
        logged = {name.removesuffix(".json") for name in ran.logged}
        assert logged == jobs, self.said(
            f"not expected: {sorted(logged - jobs)}\nnot run: {sorted(jobs - logged)}", ran
        )
        assert (NOTHING in ran.text) == (not jobs), self.said("wrong message", ran)
        found = computed(ran, rows)
        assert found == rows, self.said(f"rows computed: {found}\nexpected: {rows}", ran)
        for name in run:
            made = self.rules.jobs[name]
            self.disk.noted[name] = (made.recipe, self.content(made))
        return f"{len(jobs)} jobs, {sum(map(len, rows.values()))} rows"

    def ledger_is_stale(self) -> bool:
        """Whether the ledger is not the joined claims of all studies."""
        files = [self.root / f"results/{s}/claims.json" for s in sorted(self.world.state.params)]
        try:
            joined = [row for f in files for row in json.loads(f.read_text())]
            return json.loads((self.root / "results/ledger.json").read_text()) != joined
        except (FileNotFoundError, ValueError, TypeError):
            return True

    def said(self, what: str, ran: Run) -> str:
        steps = "\n".join(f"  {line}" for line in self.done)
        reasons = [line for line in ran.text.splitlines() if "reason:" in line or "Error" in line]
        replay = " ".join(line.split()[0] for line in self.done)
        return f'{what}\n{chr(10).join(reasons)}\nsteps:\n{steps}\n--replay "{replay} build.0"'

    def from_nothing(self, folder: Path) -> None:
        """Every file of the studies is that of a build of these texts in an empty folder."""
        for name in ("src", "params", "workflow", "profiles", "Snakefile"):
            copy = shutil.copytree if (self.root / name).is_dir() else shutil.copy2
            folder.mkdir(exist_ok=True)
            copy(self.root / name, folder / name)
        fresh = Clone(folder)
        ran = fresh.snakemake()
        for job in [*self.rules.jobs.values(), Job("ledger", ("results/ledger.json",), (), "")]:
            for file in job.files:
                same = file.endswith((".html", ".js")) or (
                    (self.root / file).read_bytes() == (folder / file).read_bytes()
                )
                assert same, self.said(f"{file}: not that of a build from nothing", ran)

    # What is done to files.

    def back(self, rng: random.Random) -> str:
        """Take the last edits back."""
        n = min(rng.randint(1, 3), len(self.history) - 1)
        self.world = self.history[-1 - n].copy()
        self.write()
        return f"{n} edits taken back" if n else ""

    def touch(self, rng: random.Random) -> str:
        """New times, also old ones, on some files."""
        files = sorted(
            f for top in ("data", "results", "params", "src", "workflow")
            for f in (self.root / top).rglob("*.*") if f.is_file()
        )  # fmt: skip
        some = [f for f in files if rng.random() < 0.5]
        rng.shuffle(some)
        for file in some:
            when = file.stat().st_mtime - rng.choice([1, 10**4, 10**7])
            os.utime(file, None if rng.random() < 0.7 else (when, when))
        return f"{len(some)} files touched"

    def _a_file(self, rng: random.Random) -> tuple[str, Path] | None:
        """A file of a job that is whole, and the job's name."""
        names = sorted(self.rules.jobs.keys() & self.disk.made.keys())
        if rng.random() < 0.1 and not self.ledger_is_stale():
            return "ledger", self.root / "results/ledger.json"
        name = rng.choice(names)
        whole = name not in self.disk.unreadable | self.disk.damaged
        file = self.root / rng.choice(self.disk.made[name].files)
        return (name, file) if whole and file.is_file() else None

    def delete(self, rng: random.Random) -> str:
        found = self._a_file(rng)
        if not found:
            return ""
        name, file = found
        file.unlink()
        self._broke(name, readable=False)
        return f"{file.relative_to(self.root)} deleted"

    def hand(self, rng: random.Random) -> str:
        """Edit an output by hand, in place or by another file in its place."""
        found = self._a_file(rng)
        if not found:
            return ""
        name, file = found
        content = bytearray(file.read_bytes())
        rows = file.suffix == ".nc" and "/measure/" not in name
        if file.suffix == ".nc":
            content[len(content) // 2] ^= 1 + rng.randrange(255)
        else:
            content = bytearray(b'"edited"\n')
        in_place = rng.random() < 0.5 and not self.linked
        if rows and in_place and file.stat().st_nlink > 1:
            self.disk.cache[self.disk.entry(name)] = False
        if not in_place:
            file.unlink()
        file.write_bytes(bytes(content))
        self._broke(name, readable=rows)
        return f"{file.relative_to(self.root)} edited, {'in place' if in_place else 'replaced'}"

    def _broke(self, name: str, *, readable: bool) -> None:
        if name != "ledger":
            (self.disk.damaged if readable else self.disk.unreadable).add(name)

    def aside(self, rng: random.Random) -> str:
        """Keep what one study has made; by a copy with all times, or moved with a copy left."""
        study = rng.choice(sorted(self.world.state.params))
        place = self.folder / f"kept-{len(self.done)}"
        if moved := rng.random() < 0.5:
            (self.root / "data" / study).rename(place)
        old, new = (place, self.root / "data" / study)[:: 1 if moved else -1]
        self.repository.run("cp", "-a", str(old), str(new))
        self.kept = (study, place, deepcopy(self.disk))
        return f"{study} {'moved and copied back' if moved else 'copied'}"

    def again(self, rng: random.Random) -> str:
        """Put back what was kept, all of it or one stage, whatever was built meanwhile."""
        if self.kept is None:
            return ""
        study, place, then = self.kept
        stage = rng.choice([*sorted(d.name for d in place.iterdir() if d.is_dir()), ""])
        target = self.root / "data" / study / stage
        shutil.rmtree(target, ignore_errors=True)
        self.repository.run("cp", "-a", str(place / stage), str(target))
        if not stage:
            own = {n: r for n, r in then.recorded.items() if n.startswith(f"{study}/")}
            others = {n: r for n, r in self.disk.recorded.items() if n.split("/")[0] != study}
            self.disk.recorded = others | own
        self._replaced(f"{study}/{stage}", then)
        return f"{study}/{stage} put back"

    def _replaced(self, folder: str, then: Disk) -> None:
        """The files of one folder of the data are what they were."""
        now = self.disk
        for name in {n for n in (*then.made, *now.made) if n.startswith(folder)}:
            now.made.pop(name, None)
            if name in then.made:
                now.made[name] = then.made[name]
            for flags, before in ((now.unreadable, then.unreadable), (now.damaged, then.damaged)):
                flags.discard(name)
                flags.update(before & {name})

    # What is done with DVC and git.

    def _recorded(self) -> None:
        """The data are what dvc.lock and the seals say, made from what the texts say."""
        self.disk.keep_only(self.rules, self.content)
        self.locked = deepcopy(self.disk)

    def forge(self, rng: random.Random) -> str:
        """Let Snakemake record that all is up to date, without a job."""
        stale = self.disk.stale(self.rules, self.content)
        files = [f for job in self.rules.jobs.values() for f in job.files]
        if not all((self.root / f).is_file() for f in files) or not stale:
            return ""
        self.repository.snakemake("--touch")
        self.disk.remember()
        return f"{len(stale)} stale jobs touched"

    def part(self, rng: random.Random) -> str:
        """Check out one stage of a study, and nothing else of it."""
        study = rng.choice(sorted(self.world.state.params))
        stage = rng.choice([s for s in ROW_STAGES if (self.root / "data" / study / s).is_dir()])
        self.repository.dvc("checkout", "--quiet", "--force", f"data/{study}/{stage}")
        self._replaced(f"{study}/{stage}", self.locked)
        return f"{study}/{stage} checked out"

    def record(self, rng: random.Random) -> str:
        """What `make repro` and a push do; nothing runs in it, for Snakemake has just run."""
        self.build(rng)
        ran = self.repository.record("Results")
        assert not ran.executed and not ran.logged, self.said("dvc repro ran jobs", ran)
        self._recorded()
        self.snapshots.append((self.head(), self.world.copy()))
        found = {str(f.relative_to(self.root)) for f in (self.root / "data").rglob("*.*")}
        wanted = {f for j in self.rules.jobs.values() for f in j.files if f.startswith("data")}
        found -= {f"data/{s}/provenance.json.gz" for s in self.world.state.params}
        assert found == wanted, self.said(f"files: {found ^ wanted}", ran)
        return "recorded"

    def clone(self, rng: random.Random) -> str:
        """Go on in a fresh clone that pulled."""
        self.record(rng)
        root = self.folder / str(int(self.root.name) + 1)
        self.repository.git("clone", "-q", str(self.root), str(root))
        self.repository = Clone(root)
        self.repository.dvc("remote", "add", "--local", "-f", "published", str(self.published))
        self.repository.dvc("pull", "--quiet")
        self.disk.cache.clear()
        self.disk.noted.clear()
        self.kept, self.linked = None, False
        self.snapshots = [(self.head(), self.world.copy())]
        return "cloned and pulled"

    def switch(self, rng: random.Random) -> str:
        """Record, then go to another recorded revision."""
        self.record(rng)
        return self._check_out(rng)

    def discard(self, rng: random.Random) -> str:
        """Go to a recorded revision, the last one perhaps; what was not recorded is given up."""
        return self._check_out(rng)

    def _check_out(self, rng: random.Random) -> str:
        commit, world = rng.choice(self.snapshots)
        self.repository.git("checkout", "-q", "-f", commit)
        self.repository.git("clean", "-fdq")
        kind = rng.choice(["copy", "hardlink", "symlink"])
        self.repository.dvc("config", "--local", "cache.type", kind)
        self.repository.dvc("checkout", "--quiet", "--force", "--relink")
        self.linked |= kind != "copy"
        self.world = world.copy()
        self.history.append(self.world.copy())
        self._recorded()
        return f"checked out {commit[:7]}"

    def experiment(self, rng: random.Random) -> str:
        """An experiment in a folder of its own computes what its edit affects; then apply it."""
        self.record(rng)
        places = [
            (p, v) for p, values in sorted(edits.VALUES.items()) for v in values
            if v is not None and edits.put(self.world.copy(), p, v)
            and "None ->" not in edits.put(self.world.copy(), p, v)
        ]  # fmt: skip
        place, value = rng.choice(places)
        did = edits.put(self.world, place, value)
        study, *path = place
        name, change = f"e{len(self.done)}", f"params/{study}.yaml:{'.'.join(path)}={value}"
        ran = self.repository.dvc("exp", "run", "--temp", "-n", name, "-S", change)
        known = {name: (recipe, "") for name, (recipe, _) in self.disk.recorded.items()}
        there = Disk(made=dict(self.disk.made), recorded=known)
        rows: Rows = {}
        for study in self.world.state.params:
            rows |= there.build(self.rules, study)[1]
        found = computed(ran, rows)
        assert found == rows, self.said(f"{did}: {found}\nexpected: {rows}", ran)
        self.repository.dvc("exp", "apply", name)
        self.history.append(self.world.copy())
        self._recorded()
        return did

    def lose(self, rng: random.Random) -> str:
        """Lose all that is local, after recording."""
        self.record(rng)
        for folder in (".tegum", ".snakemake"):
            shutil.rmtree(self.root / folder)
        self.disk.cache.clear()
        self.disk.noted.clear()
        return "local state lost"


def computed(ran: Run, expected: Rows) -> Rows:
    """The rows that a run computed; each by all the names that it is expected by."""
    found: Rows = {}
    for entry in ran.executed:
        stage = f"{entry['study']}/{entry['stage']}"
        names = {name: names for names in expected.get(stage, []) for name in names}
        cells = [json.dumps(axes, sort_keys=True) for axes in entry["cells"]]
        if cells:
            found.setdefault(stage, []).extend(names.get(cell, (cell,)) for cell in cells)
    return {stage: sorted(cells) for stage, cells in found.items()}
