"""The walls between the rooms of the house stand."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEGUM = ROOT / "src" / "tegum"
METHODS = {
    "open", "read_text", "read_bytes", "write_text", "write_bytes",
    "to_netcdf", "to_zarr", "to_csv", "to_json", "to_parquet", "tofile", "fromfile",
    "open_dataset", "open_dataarray", "open_mfdataset", "load_dataarray", "savetxt", "loadtxt",
    "savez", "savez_compressed", "memmap", "save_file", "load_file", "imsave", "savefig",
    "unlink", "rmtree", "copyfile", "copytree", "mkstemp", "NamedTemporaryFile",
}  # fmt: skip
DATA = {"files", "netcdf", "row_cache", "tensors"}
NUMERICAL = {"np", "numpy", "torch", "pickle", "json", "yaml"}
EXCEPTIONS = {
    # Lightning's checkpoints: scratch, never versioned, read back with weights_only=True.
    "training/harness.py": {"torch.load", "unlink"},
    # Draws into a buffer in memory; the bytes go through `tegum.data`.
    "figures/render.py": {"open", "savefig"},
    # Pillow reads pictures that are in memory.
    "build/thumbnails.py": {"open"},
    # `tegum.open`, which reads by `tegum.data`.
    "library/listing.py": {"open"},
    # The server's address is a socket.
    "build/forkserver.py": {"unlink"},
    # What jobs print while bars are drawn, read as it grows.
    "build/bars.py": {"open", "unlink"},
    "build/messages.py": {"open"},
}


def file_calls(path: Path) -> set[str]:
    """Calls that open, write or remove a file without `tegum.data`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        call = node.func
        if isinstance(call, ast.Name) and call.id == "open":
            found.add("open")
        elif isinstance(call, ast.Attribute):
            owner = call.value.id if isinstance(call.value, ast.Name) else ""
            if owner in DATA:
                continue
            if call.attr in METHODS:
                found.add(call.attr)
            elif owner in NUMERICAL and call.attr in ("load", "save", "dump"):
                text = node.args and owner == "yaml"
                found |= set() if text else {f"{owner}.{call.attr}"}
    return found


def test_only_one_room_opens_files():
    found = {}
    for path in sorted(TEGUM.rglob("*.py")):
        name = str(path.relative_to(TEGUM))
        if name.startswith("data/"):
            continue
        calls = file_calls(path) - EXCEPTIONS.get(name, set())
        if calls:
            found[name] = sorted(calls)
    assert not found


def test_no_value_of_an_axis_stands_for_another():
    """A claim or a figure that names a condition shows that one, or says that it is missing."""
    texts = {path: path.read_text() for path in TEGUM.rglob("*.py")}
    assert not [str(path) for path, text in texts.items() if 'method="nearest"' in text]


def test_the_search_for_open_files_finds_them(tmp_path):
    code = (
        "open('a')\nPath('a').read_text()\nds.to_netcdf('a')\nnp.save('a', x)\ntorch.save(x, 'a')"
    )
    path = tmp_path / "module.py"
    path.write_text(code + "\nfiles.read_text('a')\n")
    assert file_calls(path) == {"open", "read_text", "to_netcdf", "np.save", "torch.save"}


def test_imports_run_downwards_and_studies_know_neither_each_other_nor_paths():
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command, "install the extra dev"
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert not done.returncode, done.stdout[-3000:]


@pytest.mark.parametrize("module", ["build.workflow", "cli", "build.forkserver", "build.project"])
def test_what_starts_every_command_imports_nothing_heavy(module):
    code = f"import sys, tegum.{module}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    heavy = {"torch", "pytorch_lightning", "xarray", "pandas", "pandera", "scipy", "holoviews"}
    assert not heavy & set(done.stdout.split())


def test_what_a_light_environment_reads_of_studies_imports_no_torch():
    rooms = ("params", "schema", "claims", "figures")
    names = [f"tegum.studies.{p.stem}.{r}" for p in (ROOT / "params").glob("*.yaml") for r in rooms]
    code = f"import sys, {', '.join(names)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    assert not {"torch", "pytorch_lightning"} & set(done.stdout.split())


def test_modules_stay_small():
    sizes = {p: len(p.read_text().splitlines()) for p in TEGUM.rglob("*.py")}
    assert not {str(p.relative_to(TEGUM)): n for p, n in sizes.items() if n > 400}
