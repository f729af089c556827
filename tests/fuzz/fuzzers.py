"""Seeded damage to good files of every kind that is read, and what becomes of it.

Each input ends in an error of one line a problem, in what was saved, or, where the format holds no
digest or the damage signed itself anew, in another value. All else is counted as a failure.
"""

import hashlib
import io
import json
import random
import signal
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from safetensors.numpy import save

from tegum.data import files, netcdf, row_cache, tensors
from tegum.errors import TegumError
from tegum.experiment.yaml_files import parse_yaml
from tegum.labels import variable

LARGE = netcdf.LARGE // 24 + 1
"""Numbers of a row of three from which on a dataset is of the format of large ones, HDF5."""
SECONDS = 20
"""A reading that takes longer hangs: twice what a child that reads netCDF may take."""
Case = tuple[bytes, bool]
"""An input, and whether it may be read as something other than what was saved."""


@dataclass(frozen=True)
class Fuzzer:
    """One kind of file."""

    good: Callable[[], bytes]
    damaged: Callable[[random.Random, bytes], Case]
    read: Callable[[bytes], Any]
    """Writes the input into the current folder and reads it; equal values are equal texts."""


def flipped(rng: random.Random, content: bytes) -> bytes:
    """Some bytes replaced, cut, doubled or moved."""
    found = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 5))):
        at, more = rng.randrange(len(found) + 1), rng.randrange(1, 9)
        match rng.randrange(6):
            case 0:
                found[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                found[at : at + more] = b""
            case 2:
                found[at:at] = rng.randbytes(more)
            case 3:
                found[at : at + more] = rng.choice((b"\xff", b"\x00")) * more
            case 4:
                found[at:at] = found[max(0, at - 50) : at]
            case _ if rng.random() < 0.2:
                del found[at:]
    return bytes(found)


TOKENS = (
    "{", "}", "[", "]", ":", ",", "- ", "? ", "&a ", "*a", "!!int ", "!!timestamp ", "!x ", '"',
    "'", "\\ud800", "1e999", "1e30", str(2**63), "9" * 400, "0x10", "null", "~", "<<: ",
    "---\n", "\t",
    "\n", "#", "%YAML 1.1\n", "|\n", "é", "\0", "\ufeff", "NaN", "Infinity", "[" * 3000,
    "yes", '"keys": [], ', "steps: 3\n", "title: ", "-0", ".inf", "1_0", "1:30", "2020-02-30",
)  # fmt: skip


def reworded(rng: random.Random, content: bytes) -> bytes:
    """Tokens that mean something put between the words, or bytes flipped."""
    if rng.random() < 0.3:
        return flipped(rng, content)
    text = content.decode()
    for _ in range(rng.choice((1, 1, 2, 4))):
        at, cut = rng.randrange(len(text) + 1), rng.choice((0, 0, 1, 5, 30))
        text = text[:at] + rng.choice(TOKENS) + text[at + cut :]
    return text.encode()


def _free(damage: Callable[[random.Random, bytes], bytes]) -> Callable[..., Case]:
    """Of a format without a digest, or of words that may be others."""
    return lambda rng, content: (damage(rng, content), True)


def _held(damage: Callable[[random.Random, bytes], bytes]) -> Callable[..., Case]:
    """Of what is compared with a digest, or with what is expected."""
    return lambda rng, content: (damage(rng, content), False)


def _text(value: Any) -> str:
    """Arrays by name, or what JSON can say, as one text."""
    if isinstance(value, dict) and any(isinstance(v, np.ndarray) for v in value.values()):
        return repr([(n, v.dtype.str, v.shape, v.tobytes()) for n, v in sorted(value.items())])
    return repr(value)


def _yaml() -> bytes:
    return (
        b"title: a\nquestion: q\ntrain: {steps: 20, rate: 1e-05, flag: true}\n"
        b"sweeps:\n  drift:\n    axes: {steps: [20, 40], seed: [0, 1]}\n    buckets: 2\n"
    )


def _read_yaml(content: bytes) -> str:
    Path("a.yaml").write_bytes(content)
    return _text(parse_yaml(files.read_text("a.yaml"), "a.yaml"))


ARRAYS = {"activations": np.arange(24.0).reshape(8, 3), "labels": np.arange(8) % 2}


def _npz() -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **ARRAYS)
    return buffer.getvalue()


def _damaged_npz(rng: random.Random, content: bytes) -> Case:
    """Bytes flipped; or, in a whole archive, arrays damaged before the sums were taken."""
    if rng.random() < 0.5:
        # Names stand in the archive without a sum.
        return flipped(rng, content), True
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in rng.choices([*ARRAYS, "names", "a\x01", "$"], k=3):
            array = io.BytesIO()
            np.save(array, ARRAYS.get(name, np.array(["a"])))
            with _quiet():
                archive.writestr(f"{name}.npy", flipped(rng, array.getvalue()))
    return buffer.getvalue(), True


@contextmanager
def _quiet() -> Iterator[None]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _read_npz(content: bytes) -> str:
    Path("a.npz").write_bytes(content)
    return _text(tensors.load_arrays("a.npz"))


def _safetensors() -> bytes:
    return tensors.encode("a", ARRAYS, {"architecture": "topk"})


def _damaged_safetensors(rng: random.Random, content: bytes) -> Case:
    """With the digest that it had; or a header reworded, whose length is right."""
    if rng.random() < 0.5:
        content = flipped(rng, content)
        return content, b'"sha256"' not in content
    end = 8 + int.from_bytes(content[:8], "little")
    header = reworded(rng, content[8:end])
    return len(header).to_bytes(8, "little") + header + content[end:], True


def _read_safetensors(content: bytes) -> str:
    Path("a.safetensors").write_bytes(content)
    return _text(dict(tensors.load("a.safetensors")))


SIZES = {"W_enc": (3, 4), "W_dec": (4, 3)}


def _config() -> bytes:
    config = {"architecture": "topk", "d_in": 3, "d_sae": 4, "k": 2, "apply_b_dec_to_input": True}
    config |= {"normalize_activations": "none", "metadata": {"sae_lens_version": "6.0.0"}}
    return json.dumps(config).encode()


def _damaged_config(rng: random.Random, content: bytes) -> Case:
    config = json.loads(content)
    name = rng.choice([*config, "rescale_acts_by_decoder_norm", "activation_fn", "d_out", "dtype"])
    values = (None, True, False, 0, 1, -1, 1.5, 2**70, "none", "", [], {}, "6", float("nan"))
    config[name] = rng.choice(values)
    content = json.dumps(config).encode()
    return (reworded(rng, content) if rng.random() < 0.3 else content), True


def _read_saelens(content: bytes) -> str:
    import torch

    from tegum.interop.files import load

    Path("sae").mkdir(exist_ok=True)
    Path("sae/cfg.json").write_bytes(content)
    arrays = {n: np.linspace(-1, 1, a * b, dtype="f4").reshape(a, b) for n, (a, b) in SIZES.items()}
    arrays |= {"b_enc": arrays["W_enc"][0], "b_dec": arrays["W_dec"][0]}
    Path("sae/sae_weights.safetensors").write_bytes(save(arrays))
    codes = load("sae").encode(torch.linspace(-2, 2, 15).reshape(1, 5, 3))
    assert codes.isfinite().all()
    return repr(codes.tolist())


def _dataset(width: int = 400) -> xr.Dataset:
    values = np.arange(3.0 * width).reshape(3, width)
    return xr.Dataset(
        {
            "weight": variable(("cell", "hidden"), values, "weight", "1"),
            "name": variable("cell", np.array(["a", "bc", "é"]), "name", "1"),
            "alive": variable("cell", values[:, 0] > 1, "alive", "1"),
        },
        attrs={"note": "as measured"},
    )


def _netcdf(width: int = 400) -> bytes:
    content = netcdf.encode(_dataset(width))
    return content + netcdf.DIGEST + hashlib.sha256(content).hexdigest().encode()


def _damaged_netcdf(rng: random.Random, content: bytes) -> Case:
    """With the digest that it had, or signed anew."""
    if rng.random() < 0.3:
        content = flipped(rng, content)
        return content, content[-72:-64] != netcdf.DIGEST
    whole = flipped(rng, content[:-72])
    return whole + netcdf.DIGEST + hashlib.sha256(whole).hexdigest().encode(), True


def _read_netcdf(content: bytes) -> str:
    Path("a.nc").write_bytes(content)
    return repr(netcdf.load_dataset("a.nc").to_dict())


KEYS = ["k1", "k2", "k3"]


def _manifest() -> bytes:
    row_cache.save_rows("rows.nc", _dataset(), KEYS, None)
    return Path("rows.keys.json").read_bytes()


def _read_rows(content: bytes) -> str:
    Path("rows.keys.json").write_bytes(content)
    dataset, _ = row_cache.load_rows("rows.nc", KEYS)
    return repr(dataset.to_dict())


def _json() -> bytes:
    return files.json_bytes({"a": [1, 2.5, None, True], "b": {"é": "x", "c": -1e-5}, "d": ""})


def _read_json(content: bytes) -> str:
    """Beside Python's own reader, which takes the last of two values of one name."""
    Path("a.json").write_bytes(content)
    found = repr(files.read_json("a.json"))
    assert found == repr(json.loads(content))
    return found


def _packed_json() -> bytes:
    files.write_json("a.json.gz", {str(i): "the same" for i in range(50)})
    return Path("a.json.gz").read_bytes()


def _read_packed(content: bytes) -> str:
    Path("a.json.gz").write_bytes(content)
    return repr(files.read_json("a.json.gz"))


FUZZERS = {
    "yaml": Fuzzer(_yaml, _free(reworded), _read_yaml),
    "npz": Fuzzer(_npz, _damaged_npz, _read_npz),
    "safetensors": Fuzzer(_safetensors, _damaged_safetensors, _read_safetensors),
    "saelens": Fuzzer(_config, _damaged_config, _read_saelens),
    "netcdf": Fuzzer(_netcdf, _damaged_netcdf, _read_netcdf),
    "netcdf4": Fuzzer(partial(_netcdf, LARGE), _damaged_netcdf, _read_netcdf),
    "manifests": Fuzzer(_manifest, _held(reworded), _read_rows),
    "json": Fuzzer(_json, _free(reworded), _read_json),
    "packed json": Fuzzer(_packed_json, _held(flipped), _read_packed),
}


class Hang(BaseException):
    """A reading that takes too long."""


def _ring(*_: Any) -> None:
    raise Hang


def run(name: str, seeds: range, failures: list[str]) -> Counter:
    """Counts of `refused`, `same`, `other`, and of the failures, which are described.

    Failures are `traceback`, `hang`, and `silent change`: another value that nobody signed, or an
    error that is not a line for each problem.
    """
    fuzzer = FUZZERS[name]
    good = fuzzer.good()
    wanted, counts = fuzzer.read(good), Counter()
    before = signal.signal(signal.SIGALRM, _ring)
    for seed in seeds:
        content, free = fuzzer.damaged(random.Random(f"{name} {seed}"), good)
        signal.alarm(SECONDS)
        try:
            found = fuzzer.read(content)
            outcome = "same" if found == wanted else "other" if free else "silent change"
            told = ""
        except TegumError as error:
            told = str(error)
            lines = told.splitlines()
            fine = lines and all(len(line) < 1000 and ": " in line for line in lines)
            outcome = "refused" if fine else "traceback"
        except Hang:
            outcome, told = "hang", ""
        except Exception:
            outcome, told = "traceback", traceback.format_exc()
        finally:
            signal.alarm(0)
        counts[outcome] += 1
        if outcome in ("traceback", "hang", "silent change"):
            failures.append(f"{name}, seed {seed}: {outcome}\n{told}\n{content[:2000]!r}")
    signal.signal(signal.SIGALRM, before)
    return counts
