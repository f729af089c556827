"""What a person sees of a build: bars on a terminal, elsewhere a line for each job that is done.

This is a logger plugin of Snakemake, `tegum`, which `profiles/default` names. Snakemake's own lines
are in `.snakemake/log`; `--verbose`, `--printshellcmds`, `--debug-dag` and `--dry-run` show them
here as ever, and so does `--logger` with no name.

Jobs print beside the process that draws the bars. On a terminal they write into a file instead
(`tegum.build.messages`), from which their lines are shown above the bars: no error is overdrawn.
"""

import contextlib
import os
import sys
import time
from collections.abc import Mapping
from logging import INFO, LogRecord
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from snakemake.logging import ColorizingTextHandler, DefaultFilter, DefaultFormatter
from snakemake.settings.enums import Quietness
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from tegum.build import estimate
from tegum.build.messages import MESSAGES
from tegum.build.pace import Pace, clock
from tegum.experiment.layout import LOCAL

if TYPE_CHECKING:
    from tegum.build.bars import Bars
    from tegum.build.project import Project

UNSAID = (
    "Assuming unrestricted",
    "Building DAG",
    "Conda environments",
    "Execute ",
    "Provided cores",
    "Select jobs",
    "Singularity containers",
    "Using shell",
    "host:",
)
"""How lines of Snakemake begin that say nothing about this build."""
TOLD = (None, LogEvent.JOB_ERROR, LogEvent.GROUP_ERROR, LogEvent.ERROR)
"""Kinds of records that are shown as Snakemake shows them."""


def announce(workflow: Any, project: "Project") -> None:
    """Tell the handler, from the Snakefile, which jobs are about to run, and a log how many."""
    from snakemake.logging import logger

    logs = [job.log[0] for job in workflow.dag.needrun_jobs() if job.log]
    jobs = estimate.estimates(map(estimate.name_of, logs))
    if None in jobs.values():
        from tegum.build.cost import foretold

        jobs = foretold(project, jobs)
    logger.info(
        f"{len(jobs)} jobs on {workflow.cores or 1} cores",
        extra={"tegum_jobs": jobs, "tegum_cores": workflow.cores or 1},
    )


class LogHandler(LogHandlerBase):
    """Snakemake's records as bars or lines."""

    writes_to_stream: ClassVar = True  # pyright: ignore
    writes_to_file: ClassVar = False  # pyright: ignore
    has_filter: ClassVar = True  # pyright: ignore
    has_formatter: ClassVar = True  # pyright: ignore
    needs_rulegraph: ClassVar = False  # pyright: ignore

    def __post_init__(self) -> None:
        settings: Any = self.common_settings
        self.stream = sys.stdout if settings.stdout else sys.stderr
        self.quiet = set(settings.quiet or ())
        whole = settings.verbose or settings.debug_dag or settings.dryrun or settings.printshellcmds
        self.whole = bool(whole)
        """Whether Snakemake's own lines are shown, as ever."""
        self._plain = ColorizingTextHandler(
            settings.nocolor,
            self.stream,
            DefaultFormatter(settings.quiet, settings.show_failed_logs),
            DefaultFilter(
                settings.quiet,
                settings.debug_dag,
                settings.verbose,
                settings.dryrun,
                settings.printshellcmds,
            ),  # type: ignore[arg-type]
        )
        self.pace, self._jobs = Pace(), dict[int, str]()
        self._bars: Bars | None = None
        silent = {Quietness.ALL, Quietness.PROGRESS} & self.quiet
        terminal = self.stream.isatty() and os.environ.get("TERM") != "dumb"
        self._messages: Path | None = None
        if terminal and not self.whole and not silent:
            self._messages = LOCAL / f"messages.{os.getpid()}"
            os.environ[MESSAGES] = str(self._messages)

    def emit(self, record: LogRecord) -> None:
        """Show a record, or keep what it says of a job."""
        if self.whole:
            self._plain.handle(record)
            return
        fields, event = record.__dict__, getattr(record, "event", None)
        with contextlib.suppress(BrokenPipeError):
            if "tegum_jobs" in fields:
                self._begin(fields["tegum_jobs"], fields["tegum_cores"])
            elif event == LogEvent.JOB_INFO:
                self._job(fields)
            elif event == LogEvent.JOB_FINISHED:
                self._finished(fields["job_id"])
            elif event in TOLD and not _idle(record):
                if event == LogEvent.JOB_ERROR:
                    self._ended(fields["jobid"])
                self._show(record)

    def _begin(self, jobs: Mapping[str, float | None], cores: int) -> None:
        self.pace = Pace(cores, dict(jobs))
        if self._messages is not None:
            from tegum.build.bars import Bars

            self._bars = Bars(self.pace, self.stream, self._messages)
        elif not {Quietness.ALL, Quietness.PROGRESS} & self.quiet:
            takes = clock(self.pace.left(time.monotonic()))
            cores_used = f"{cores} core{'s' * (cores > 1)}"
            self._line(f"{self.pace.jobs} jobs on {cores_used}{takes and ', ' + takes}")

    def _job(self, fields: Mapping[str, Any]) -> None:
        if fields["log"]:
            self._jobs[fields["jobid"]] = job = estimate.name_of(fields["log"][0])
            self.pace.start(job, time.monotonic())

    def _ended(self, number: int) -> tuple[str, float] | None:
        job = self._jobs.pop(number, None)
        return None if job is None else (job, self.pace.finish(job, time.monotonic()))

    def _finished(self, number: int) -> None:
        ended = self._ended(number)
        silent = {Quietness.ALL, Quietness.PROGRESS, Quietness.RULES} & self.quiet
        if ended is None or self._bars is not None or silent:
            return
        job, took = ended
        left = clock(self.pace.left(time.monotonic()))
        left = f", {left} left" if left and self.pace.finished < self.pace.jobs else ""
        self._line(f"[{self.pace.finished}/{self.pace.jobs}] {said(job)}: {took:.1f} s{left}")

    def _show(self, record: LogRecord) -> None:
        if self._bars is not None:
            with self._bars.aside():
                self._plain.handle(record)
        else:
            self._plain.handle(record)

    def _line(self, text: str) -> None:
        self.stream.write(f"{text}\n")
        self.stream.flush()

    def close(self) -> None:
        """Put the terminal back as it was."""
        if self._bars is not None:
            self._bars.stop()
            self._bars = None
        if self._messages is not None:
            os.environ.pop(MESSAGES, None)
        super().close()


def said(job: str) -> str:
    """A job's name as a person reads it: study, stage, sweep, bucket."""
    return job.partition("/")[2].replace("/", " ") or job


def _idle(record: LogRecord) -> bool:
    return record.levelno <= INFO and str(record.msg).startswith(UNSAID)
