"""How far a build is, and how long it will still take: arithmetic of jobs and seconds."""

from dataclasses import dataclass, field

PRIOR = 20.0
"""Seconds of work after which this build's own pace counts as much as that of the estimates."""
UNKNOWN = 2.0
"""Seconds of a job that nothing is known about, where nothing is known about any."""


@dataclass
class Pace:
    """The jobs of a build. Times are those of one clock, in seconds."""

    cores: int = 1
    waiting: dict[str, float | None] = field(default_factory=dict)
    """Job to its estimated seconds, None where nothing is known."""
    running: dict[str, tuple[float | None, float]] = field(default_factory=dict)
    """Job to its estimate and when it began."""
    _estimated: float = 0.0
    _took: float = 0.0
    _done: float = 0.0
    finished: int = 0

    @property
    def jobs(self) -> int:
        """How many there are in all."""
        return len(self.waiting) + len(self.running) + self.finished

    @property
    def ratio(self) -> float:
        """How many times as long as was estimated jobs take here."""
        return (self._took + PRIOR) / (self._estimated + PRIOR)

    def start(self, job: str, now: float) -> None:
        """A job began."""
        self.running[job] = self.waiting.pop(job, None), now

    def finish(self, job: str, now: float) -> float:
        """A job ended, one way or the other; returns the seconds that it took."""
        estimate, began = self.running.pop(job)
        took = now - began
        if estimate is not None:
            self._estimated += estimate
            self._took += took
        self._done += self._usual(estimate)
        self.finished += 1
        return took

    def _usual(self, estimate: float | None) -> float:
        if estimate is not None:
            return estimate
        known = [e for e in self.waiting.values() if e is not None]
        known += [e for e, _ in self.running.values() if e is not None]
        return sum(known) / len(known) if known else UNKNOWN

    def left_of(self, job: str, now: float) -> float | None:
        """Seconds that remain of a running job; 0 where it takes longer than was estimated."""
        estimate, began = self.running[job]
        return None if estimate is None else max(0.0, estimate * self.ratio - (now - began))

    def left(self, now: float) -> float | None:
        """Seconds until all is done; None where nothing is known of any job."""
        every = [*self.waiting.values(), *(e for e, _ in self.running.values())]
        if all(e is None for e in every):
            return None if every else 0.0
        work = [self.left_of(job, now) or 0.0 for job in self.running]
        work += [self.ratio * self._usual(e) for e in self.waiting.values()]
        return max(sum(work) / self.cores, max(work))

    def share(self, now: float) -> float:
        """Of the work, how much is done, from 0 to 1."""
        whole = self._done + sum(map(self._usual, self.waiting.values()))
        part = self._done
        for estimate, began in self.running.values():
            usual = self._usual(estimate)
            whole += usual
            part += min(usual, (now - began) / self.ratio)
        return part / whole if whole else 1.0


def clock(seconds: float | None) -> str:
    """Seconds as a person says them: `about 40 s`, `about 6 min`; nothing of None."""
    if seconds is None:
        return ""
    if seconds < 1:
        return "soon"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    minutes = seconds / 60
    return f"about {minutes:.0f} min" if minutes < 90 else f"about {minutes / 60:.1f} h"
