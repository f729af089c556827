"""What a person sees of a build, and how long it is said to take."""

import io
import logging
import os
import sys
from types import SimpleNamespace

import pytest
from rich.console import Console
from snakemake.settings.enums import Quietness
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry

from tegum.build import estimate
from tegum.build.bars import drawn
from tegum.build.console import LogHandler
from tegum.build.messages import MESSAGES, redirect
from tegum.build.pace import Pace, clock
from tegum.data import files


def test_two_cores_halve_what_is_left_and_no_build_ends_before_its_longest_job():
    assert Pace(2, {"a": 30.0, "b": 30.0, "c": 40.0}).left(0.0) == 50.0
    assert Pace(2, {"a": 10.0, "b": 90.0}).left(0.0) == 90.0


def test_a_slow_machine_is_noticed_and_a_job_that_overruns_is_never_below_zero():
    pace = Pace(1, {"a": 40.0, "b": 40.0})
    pace.start("a", 0.0)
    assert pace.left_of("a", 10.0) == 30.0 and pace.share(10.0) == pytest.approx(10 / 80)
    assert pace.finish("a", 100.0) == 100.0
    assert pace.ratio == (100 + 20) / (40 + 20)
    assert pace.left(100.0) == pytest.approx(80.0)
    pace.start("b", 100.0)
    assert pace.left_of("b", 1000.0) == 0.0 and pace.share(1000.0) == 1.0


def test_where_nothing_is_known_nothing_is_said():
    pace = Pace(1, {"a": None, "b": None})
    assert pace.left(0.0) is None and clock(None) == ""
    pace.start("a", 0.0)
    assert pace.left_of("a", 3.0) is None
    pace.finish("a", 3.0)
    assert pace.share(3.0) == 0.5 and Pace().left(0.0) == 0.0


def test_seconds_are_said_as_a_person_does():
    said = [clock(s) for s in (0.2, 42, 89, 90, 700, 3600, 9000)]
    assert said == [
        "soon", "about 42 s", "about 89 s", "about 2 min", "about 12 min", "about 60 min",
        "about 2.5 h",
    ]  # fmt: skip


def test_own_logs_count_before_what_is_typical_and_reused_rows_say_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    typical = files.read_json(estimate.TYPICAL)
    job = "laptop/packing/measure/energy"
    assert estimate.estimates([job]) == {job: typical["packing/measure/energy"]}
    assert estimate.estimates(["paper/packing/measure/energy"]) == {
        "paper/packing/measure/energy": None
    }
    files.write_json(f"logs/{job}.json", {"cpu_seconds": 0.25, "rows": None})
    assert estimate.estimates([job]) == {job: 0.25}
    rows = "laptop/capacity/train/phase/0"
    files.write_json(f"logs/{rows}.json", {"cpu_seconds": 0.1, "rows": {"computed": 0}})
    assert estimate.estimates([rows]) == {rows: typical.get("capacity/train/phase")}


def test_what_is_typical_is_the_mean_over_buckets(tmp_path):
    for bucket, seconds in (("0", 2.0), ("1", 4.0)):
        log = tmp_path / "s" / "train" / "w" / f"{bucket}.json"
        files.write_json(log, {"cpu_seconds": seconds, "rows": {"computed": 3}})
    files.write_bytes(tmp_path / "torn.json", b"{")
    assert estimate.typical(tmp_path) == {"s/train/w": 3.0}


def test_bars_name_the_jobs_that_run_and_what_remains():
    pace = Pace(1, {"laptop/s/train/w/0": 10.0, "laptop/s/fit/w/0": None, "x": 20.0})
    pace.start("laptop/s/train/w/0", 0.0)
    pace.start("laptop/s/fit/w/0", 0.0)
    text = io.StringIO()
    Console(file=text, width=100).print(drawn(pace, 4.0))
    first, train, fit = text.getvalue().splitlines()
    assert first.startswith("0 of 3 jobs") and first.rstrip().endswith("left")
    assert train.startswith("  s train w 0") and train.rstrip().endswith("about 6 s left")
    assert fit.startswith("  s fit w 0") and fit.rstrip().endswith("4 s")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def handler(stream, monkeypatch, quiet=(), **more):
    monkeypatch.setattr(sys, "stderr", stream)
    settings = {
        "printshellcmds": False, "nocolor": True, "quiet": set(quiet), "debug_dag": False,
        "verbose": False, "show_failed_logs": False, "stdout": False, "dryrun": False, **more,
    }  # fmt: skip
    return LogHandler(SimpleNamespace(**settings), None)  # type: ignore[arg-type]


def record(message=None, level=logging.INFO, **fields):
    made = logging.LogRecord("snakemake", level, "", 0, message, None, None)
    made.__dict__.update(fields)
    return made


def build(shown):
    """The records of a build of two jobs, of which one fails."""
    logs = ["logs/laptop/s/train/w/0.json", "logs/laptop/s/judge.json"]
    shown.emit(record("host: somewhere"))
    shown.emit(record("Building DAG of jobs..."))
    shown.emit(
        record(
            "2 jobs",
            tegum_jobs=dict.fromkeys(["laptop/s/train/w/0", "laptop/s/judge"]),
            tegum_cores=2,
        )
    )
    for number, log in enumerate(logs):
        shown.emit(record(event=LogEvent.JOB_INFO, jobid=number, log=[log], rule_name="r"))
    shown.emit(record("Finished jobid: 0", event=LogEvent.JOB_FINISHED, job_id=0))
    failed = {"jobid": 1, "rule_name": "judge", "rule_msg": "", "msg": "", "input": [], "aux": {}}
    failed |= {"output": [], "log": logs[1:], "conda_env": None, "shellcmd": "", "indent": False}
    shown.emit(record(None, logging.ERROR, event=LogEvent.JOB_ERROR, **failed))
    shown.emit(record("Exiting because a job execution failed.", logging.ERROR))
    shown.close()


def test_without_a_terminal_a_job_that_is_done_is_a_line_and_an_error_stays_whole(
    monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    stream = io.StringIO()
    build(handler(stream, monkeypatch))
    lines = stream.getvalue().splitlines()
    assert lines[0] == "2 jobs on 2 cores"
    assert lines[1].startswith("[1/2] s train w 0: 0.")
    assert "Error in rule judge:" in lines and lines[-1].startswith("Exiting because")
    assert not [line for line in lines if "host" in line or "DAG" in line]


def test_quiet_builds_say_only_what_is_wrong(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    stream = io.StringIO()
    build(handler(stream, monkeypatch, quiet=[Quietness.PROGRESS]))
    assert stream.getvalue().strip().startswith("[") and "2 jobs" not in stream.getvalue()
    assert "Error in rule judge" in stream.getvalue()


def test_snakemakes_own_lines_are_shown_when_they_are_asked_for(monkeypatch):
    for asked in ("verbose", "dryrun", "printshellcmds"):
        stream = io.StringIO()
        handler(stream, monkeypatch, **{asked: True}).emit(record("host: somewhere"))
        assert stream.getvalue() == "host: somewhere\n"


def test_on_a_terminal_what_jobs_print_stands_above_the_bars(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    shown = handler(stream, monkeypatch)
    shown.emit(record("1 job", tegum_jobs={"laptop/s/judge": None}, tegum_cores=1))
    child = os.fork()
    if child == 0:
        redirect()
        os.write(2, b"error: something is wrong\n")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.environ[MESSAGES].endswith(f"messages.{os.getpid()}")
    shown.close()
    assert "error: something is wrong" in stream.getvalue()
    assert MESSAGES not in os.environ and not list(tmp_path.glob(".tegum/messages*"))


def test_snakemake_finds_the_logger():
    plugins = LoggerPluginRegistry()
    plugins.collect_plugins()
    assert plugins.get_plugin("tegum").log_handler is LogHandler
