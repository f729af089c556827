"""Files: written whole, read whole, refused when they are not what they say."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from tegum.data import files, netcdf, row_cache
from tegum.data.schema import schema
from tegum.errors import TegumError
from tegum.labels import coordinate, variable

pytestmark = pytest.mark.usefixtures("in_an_empty_folder")


def rows(count: int = 3, width: int = 2, value: float = 0.5) -> xr.Dataset:
    values = value + np.arange(count * width, dtype=float).reshape(count, width)
    return xr.Dataset(
        {
            "weight": variable(("cell", "hidden"), values, "weight", "1"),
            "name": variable("cell", np.array(["a", "bcd", "ef"] * count)[:count], "name", "1"),
            "alive": variable(("cell", "hidden"), values > 1, "alive", "1"),
            "count": variable("cell", np.arange(count), "count", "1"),
            "loss": variable((), np.float32(1.5), "loss", "nat"),
        },
        {"hidden": coordinate("hidden", np.arange(width), "hidden")},
    )


KEYS, OTHERS = ["k1", "k2", "k3"], ["k4", "k5", "k6"]


def saved(file: str, keys: list[str] = KEYS, value: float = 0.5) -> None:
    """Rows in a bucket and in the local cache."""
    row_cache.save_rows(file, rows(value=value), keys, None)
    row_cache.remember(file, "walk", "train")


@pytest.mark.parametrize("call", ["fsync", "replace", "fdopen"])
def test_a_write_that_fails_leaves_the_old_file_and_no_other(monkeypatch, call):
    files.write_bytes("out/file.json", b"old")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files.os, call, full)
        with pytest.raises(TegumError, match=r"out/file.json: cannot be written \(No space left"):
            files.write_bytes("out/file.json", b"new")
    assert os.listdir("out") == ["file.json"]
    assert Path("out/file.json").read_bytes() == b"old"


def test_a_dataset_that_breaks_its_schema_leaves_the_old_file():
    wanted = schema("walk.train", {"weight": (("cell", "hidden"), float)})
    netcdf.save_dataset("a.nc", rows(), wanted)
    before = Path("a.nc").read_bytes()
    with pytest.raises(TegumError, match=r"a.nc.*weight"):
        netcdf.save_dataset("a.nc", rows().rename(weight="wait"), wanted)
    assert Path("a.nc").read_bytes() == before


def test_what_a_failed_write_leaves_behind_is_not_versioned():
    """A process that is killed in a write leaves its temporary file in a folder that DVC tracks."""
    root = Path(__file__).parents[2]
    for ignore in (".dvcignore", ".gitignore"):
        assert f"*{files.PARTIAL}" in (root / ignore).read_text().splitlines()


def test_a_dataset_comes_back_as_it_was():
    netcdf.save_dataset("a.nc", rows(), None)
    found = netcdf.load_dataset("a.nc")
    xr.testing.assert_identical(found, rows())
    assert found["name"].dtype.kind in "OU"
    assert found["alive"].dtype == bool


def test_equal_numbers_give_equal_bytes_whatever_their_history():
    netcdf.save_dataset("a.nc", rows(), None)
    netcdf.save_dataset("b.nc", netcdf.load_dataset("a.nc"), None)
    reordered = rows()[["loss", "count", "alive", "name", "weight"]]
    reordered["weight"].attrs = dict(reversed(rows()["weight"].attrs.items()))
    netcdf.save_dataset("c.nc", reordered, None)
    loaded = netcdf.load_dataset("a.nc")
    split = xr.concat(
        [rows().isel(cell=[0]), loaded.isel(cell=[1, 2])], "cell", data_vars="minimal"
    )
    netcdf.save_dataset("d.nc", split, None)
    contents = {Path(f"{n}.nc").read_bytes() for n in "abcd"}
    assert len(contents) == 1


def test_large_arrays_are_compressed_and_small_ones_take_little_more_than_their_numbers():
    small = xr.Dataset({f"v{i}": ("cell", np.arange(8.0)) for i in range(20)})
    large = xr.Dataset({"v": ("cell", np.repeat(np.arange(8.0), 10_000))})
    assert len(netcdf.encode(small)) < 20_000
    assert len(netcdf.encode(large)) < 20_000


def test_no_time_host_or_version_is_in_the_file():
    content = netcdf.encode(rows())
    import platform

    for text in (platform.node(), xr.__version__, np.__version__, "/tmp"):
        if len(text) > 3:
            assert text.encode() not in content


def test_a_missing_file_is_told_with_what_to_do():
    with pytest.raises(TegumError, match=r"a.nc: missing; run snakemake, or dvc pull"):
        netcdf.load_dataset("a.nc")
    with pytest.raises(TegumError, match=r"a.json: cannot be read"):
        files.read_json("a.json")


@pytest.mark.parametrize("text", [b"", b"{", b'{"keys": [', b"\xff"])
def test_a_torn_json_file_is_refused(text):
    Path("a.json").write_bytes(text)
    with pytest.raises(TegumError, match=r"a.json: not valid JSON .* delete it and run snakemake"):
        files.read_json("a.json")


@pytest.mark.parametrize("cut", [slice(0), slice(9), slice(30), slice(-9), slice(9, None)])
def test_a_packed_json_file_is_small_and_refused_when_torn(cut):
    value = {str(i): "the same" for i in range(100)}
    files.write_json("a.json.gz", value)
    assert files.read_json("a.json.gz") == value
    content = Path("a.json.gz").read_bytes()
    assert len(content) < len(files.json_bytes(value)) / 3
    Path("a.json.gz").write_bytes(content[cut])
    with pytest.raises(TegumError, match=r"a.json.gz: not valid JSON"):
        files.read_json("a.json.gz")


@pytest.mark.parametrize("length", [0, 10, 200, -1])
def test_a_torn_bucket_is_refused(length):
    saved("a.nc")
    Path("a.nc").write_bytes(Path("a.nc").read_bytes()[:length])
    with pytest.raises(TegumError, match=r"a.nc: not the file that its manifest names"):
        row_cache.load_rows("a.nc")


@given(st.floats(0, 1, exclude_max=True, allow_subnormal=False), st.integers(0, 7))
def test_a_flipped_bit_is_refused(place, bit):
    if not Path("a.nc").exists():
        saved("a.nc")
        Path("good.nc").write_bytes(Path("a.nc").read_bytes())
    content = bytearray(Path("good.nc").read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    Path("a.nc").write_bytes(bytes(content))
    with pytest.raises(TegumError, match=r"a.nc: not the file"):
        row_cache.load_rows("a.nc")


def test_a_swapped_bucket_is_refused():
    saved("a.nc")
    saved("b.nc", OTHERS, 9.0)
    Path("b.nc").replace("a.nc")
    with pytest.raises(TegumError, match=r"a.nc: not the file"):
        row_cache.load_rows("a.nc")


@pytest.mark.parametrize("manifest", ["[]", "{}", "null", '{"keys": []}', '"text"'])
def test_a_manifest_that_is_none_is_refused(manifest):
    saved("a.nc")
    Path("a.keys.json").write_text(manifest)
    with pytest.raises(TegumError, match=r"a.keys.json: not a manifest of rows"):
        row_cache.load_rows("a.nc")


@pytest.mark.parametrize("keys", [["k1", "k2", "other"], ["k3", "k2", "k1"], ["k1"], []])
def test_rows_made_from_other_parameters_are_refused(keys):
    saved("a.nc")
    assert row_cache.load_rows("a.nc", KEYS)[1] == KEYS
    with pytest.raises(TegumError, match=r"a.nc: made from other parameters or code"):
        row_cache.load_rows("a.nc", keys)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda d: d.drop_vars("weight"), "weight"),
        (lambda d: d.transpose("hidden", "cell"), "weight"),
        (lambda d: d.assign(weight=d["weight"].astype("float32")), "weight"),
        (lambda d: d.assign(weight=d["weight"].drop_attrs()), "long_name and units"),
        (lambda d: d.drop_vars("hidden"), "hidden"),
    ],
    ids=["missing", "transposed", "single precision", "unlabelled", "no coordinate"],
)
def test_a_broken_schema_is_told_with_file_and_variable_on_loading(change, named):
    wanted = schema(
        "walk.train", {"weight": (("cell", "hidden"), float)}, {"hidden": (("hidden",), int)}
    )
    netcdf.save_dataset("a.nc", rows(), wanted)
    netcdf.save_dataset("b.nc", change(rows()), None)
    netcdf.load_dataset("a.nc", wanted)
    with pytest.raises(TegumError) as caught:
        netcdf.load_dataset("b.nc", wanted)
    lines = str(caught.value).splitlines()
    assert all(line.startswith("b.nc: ") for line in lines)
    assert any(named in line for line in lines)


def test_the_cache_finds_rows_by_key_and_skips_damaged_ones():
    saved("a.nc")
    saved("b.nc", OTHERS, 9.0)
    row_cache.remember("never-made.nc", "walk", "train")
    found = row_cache.recall("walk", "train", ["k2", "k4", "k9"])
    assert set(found) == {"k2", "k4"}
    xr.testing.assert_identical(found["k2"], rows().isel(cell=[1]))
    assert not row_cache.recall("walk", "fit", ["k2"])
    assert not row_cache.recall("other", "train", ["k2"])
    Path("a.nc").write_bytes(b"in place, so that the linked copy is damaged as well")
    assert set(row_cache.recall("walk", "train", ["k2", "k4"])) == {"k4"}


def test_the_cache_heals_when_a_damaged_bucket_is_made_again():
    saved("a.nc")
    Path("a.nc").write_bytes(b"damaged in place")
    assert not row_cache.recall("walk", "train", ["k1"])
    saved("a.nc")
    assert set(row_cache.recall("walk", "train", ["k1"])) == {"k1"}


def test_the_cache_survives_that_a_bucket_is_replaced():
    saved("a.nc")
    row_cache.save_rows("a.nc", rows(value=9.0), OTHERS, None)
    assert set(row_cache.recall("walk", "train", KEYS)) == set(KEYS)


def test_a_cache_that_grows_forgets_its_oldest_rows():
    for index in range(3):
        file = f"{index}.nc"
        row_cache.save_rows(file, rows(value=index), [f"k{index}{n}" for n in range(3)], None)
        os.utime(file, (index, index))
        row_cache.remember(file, "walk", "train")
    row_cache.trim(os.path.getsize("1.nc") + os.path.getsize("2.nc"))
    found = row_cache.recall("walk", "train", ["k00", "k10", "k20"])
    assert set(found) == {"k10", "k20"}
    assert all(os.path.exists(f"{i}.nc") for i in range(3))


def test_json_is_written_in_one_way():
    assert files.json_bytes({"b": 1, "a": "é"}) == '{\n "a": "é",\n "b": 1\n}\n'.encode()
    with pytest.raises(ValueError, match=re.escape("not JSON compliant")):
        files.json_bytes({"a": float("nan")})


def test_a_lock_is_free_again_when_its_holder_was_killed():
    ask = "import time; from tegum.data import files; print(files.alone('a.lock'), flush=True)"
    code = f"{ask}; time.sleep(60)"
    command = [sys.executable, "-c", code]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "True\n"
        assert not files.alone("a.lock")
    finally:
        process.kill()
        process.communicate()
    again = subprocess.run([*command[:2], ask], capture_output=True, text=True)
    assert again.stdout == "False\n", "this process holds it now"
    other = "from tegum.data import files; print(files.alone('b.lock'))"
    for _ in range(2):
        done = subprocess.run([*command[:2], other], capture_output=True, text=True, check=True)
        assert done.stdout == "True\n"


def test_rows_are_copied_where_they_cannot_be_linked(monkeypatch):
    def refused(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(row_cache.os, "link", refused)
    saved("a.nc")
    row_cache.save_rows("a.nc", rows(value=9.0), OTHERS, None)
    assert set(row_cache.recall("walk", "train", KEYS)) == set(KEYS)


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_a_file_may_be_read_by_whom_the_umask_says(mask, mode):
    before = os.umask(mask)
    try:
        files.write_bytes("a", b"content")
    finally:
        os.umask(before)
    assert os.stat("a").st_mode & 0o777 == mode
