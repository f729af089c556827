"""What a fork takes over: the files for a code host, for containers and for citing are in step."""

import re
import tomllib
from pathlib import Path

import yaml

import tegum

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_one_version_is_told_everywhere():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert PROJECT["project"]["version"] == tegum.__version__ == str(cited["version"])
    released = re.findall(r"^## (\d\S*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert released[0] == tegum.__version__
    assert cited["license"] == PROJECT["project"]["license"]
    assert {"cff-version", "message", "title", "authors"} <= cited.keys()


def test_the_host_runs_what_a_person_runs_on_the_oldest_and_a_new_python():
    (job,) = yaml.safe_load((GITHUB / "workflows" / "ci.yml").read_text())["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100
    oldest = PROJECT["project"]["requires-python"].removeprefix(">=")
    assert oldest in job["strategy"]["matrix"]["python"]
    (cached,) = (s["with"]["key"] for s in job["steps"] if "cache" in s.get("uses", ""))
    for lock in re.findall(r"'([^']+\.lock)'", cached):
        assert (ROOT / lock).is_file()


def test_containers_are_made_of_files_that_are_there_and_let_through():
    docker = (ROOT / "containers" / "Dockerfile").read_text()
    lines = re.findall(r"^COPY (.*) \S+$", docker, re.MULTILINE)
    definition = (ROOT / "containers" / "tegum.def").read_text()
    section = definition.split("%files\n")[1].split("\n\n")[0]
    copied = {name for line in lines for name in line.split()}
    copied |= {line.split()[0] for line in section.splitlines()}
    assert len(copied) > 5 and all((ROOT / name).exists() for name in copied), copied
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    for name in copied:
        assert f"!{name}" in allowed or (
            name.endswith(".lock") and "!requirements*.lock" in allowed
        )
    pin = re.search(r"^UV := (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert pin and "==" in pin[1], "the containers read it"


def test_the_forms_for_issues_are_complete():
    forms = sorted(GITHUB.glob("ISSUE_TEMPLATE/*.yml"))
    read = [yaml.safe_load(form.read_text()) for form in forms if form.stem != "config"]
    assert len(read) == 3
    for form in read:
        assert form["name"] and form["description"]
        ids = [part["id"] for part in form["body"]]
        assert len(set(ids)) == len(ids) and all(p["attributes"]["label"] for p in form["body"])


def test_contributing_takes_four_commands_that_there_are():
    (block,) = re.findall(r"```sh\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    commands = [line.split("#")[0].split() for line in block.splitlines()]
    assert len(commands) == 4
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert all(words[1] in targets for words in commands if words[0] == "make")
