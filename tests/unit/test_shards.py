"""Arrays in parts and unpacked archives: whole, or not there."""

import zipfile

import numpy as np
import pytest

from tegum.data import archives, shards
from tegum.errors import TegumError

RECIPE = {"what": "test"}


def make(number: int) -> dict[str, np.ndarray]:
    rows = np.arange(6, dtype=np.float32).reshape(2, 3) + 10 * number
    return {"deep/a": rows, "number": np.full(2, number, np.int32)}


def test_parts_are_read_in_their_order(tmp_path):
    assert shards.Shards(tmp_path / "x", RECIPE).fill(3, make) == 3
    whole = np.concatenate([make(i)["deep/a"] for i in range(3)])
    np.testing.assert_array_equal(np.concatenate(shards.mapped(tmp_path / "x", "deep/a")), whole)
    np.testing.assert_array_equal(shards.whole(tmp_path / "x", "number"), [0, 0, 1, 1, 2, 2])
    assert shards.Shards(tmp_path / "x", RECIPE).fill(3, make) == 0


@pytest.mark.parametrize("dies_at", [0, 1, 2])
def test_a_kill_between_parts_costs_one_part(tmp_path, dies_at):
    def dies(number):
        if number == dies_at:
            raise KeyboardInterrupt
        return make(number)

    with pytest.raises(KeyboardInterrupt):
        shards.Shards(tmp_path / "x", RECIPE).fill(3, dies)
    with pytest.raises(TegumError, match="not complete"):
        shards.mapped(tmp_path / "x", "deep/a")
    assert shards.Shards(tmp_path / "x", RECIPE).fill(3, make) == 3 - dies_at


def test_a_part_whose_files_are_gone_is_made_again(tmp_path):
    def dies(number):
        if number == 2:
            raise KeyboardInterrupt
        return make(number)

    with pytest.raises(KeyboardInterrupt):
        shards.Shards(tmp_path / "x", RECIPE).fill(3, dies)
    (tmp_path / "x" / "number" / "00000.safetensors").unlink()
    assert shards.Shards(tmp_path / "x", RECIPE).fill(3, make) == 2


def test_what_is_not_there_is_named(tmp_path):
    shards.Shards(tmp_path / "x", RECIPE).fill(1, make)
    with pytest.raises(TegumError, match="holds deep/a, number"):
        shards.mapped(tmp_path / "x", "b")
    with pytest.raises(TegumError, match=r"what differ"):
        shards.Shards(tmp_path / "x", {"what": "other"})
    (tmp_path / "x" / "index.json").write_text("[]")
    with pytest.raises(TegumError, match="no index of parts"):
        shards.whole(tmp_path / "x", "number")


def archive(path, members):
    with zipfile.ZipFile(path, "w") as file:
        for name, text in members.items():
            file.writestr(name, text)
    return path


def test_the_highest_of_the_files_that_are_wanted_is_found(tmp_path):
    given = archive(tmp_path / "a.zip", {"1_inner/config.json": "1", "config.json": "0"})
    found = archives.unpacked(given, tmp_path / "out", "config.json")
    assert (found / "config.json").read_text() == "0"
    given.unlink()
    assert archives.unpacked(given, tmp_path / "out", "config.json") == found


def test_nothing_is_left_of_what_could_not_be_unpacked(tmp_path, monkeypatch):
    good = archive(tmp_path / "a.zip", {"x": "y" * 100})
    with pytest.raises(TegumError, match=r"no config\.json in it"):
        archives.unpacked(good, tmp_path / "out", "config.json")
    (tmp_path / "b.zip").write_bytes(good.read_bytes()[:60])
    with pytest.raises(TegumError, match="damaged"):
        archives.unpacked(tmp_path / "b.zip", tmp_path / "out", "x")
    monkeypatch.setattr(archives, "LARGEST", 50)
    with pytest.raises(TegumError, match="unpacks to more"):
        archives.unpacked(good, tmp_path / "out", "x")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip", "b.zip"]
