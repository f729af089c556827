"""A SLURM of one node on this machine: munge, slurmctld and slurmd, in a folder of their own."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "srun", "scancel")
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
CONFIGURATION = """
ClusterName=tegum
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={daemon}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/affinity
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
GresTypes=gpu
ReturnToService=2
KillWait=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:1 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> list[str]:
    """Programs of SLURM that are not here."""
    return [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]


class Slurm:
    """A cluster, and the variables by which commands find it."""

    def __init__(self, folder: Path, memory: int = 16000) -> None:
        self.folder, self.configuration = folder, folder / "slurm.conf"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("state", "spool", "bin"):
            (folder / name).mkdir()
        # Snakemake's plugin runs srun without the variables of SLURM, `SLURM_CONF` among them.
        real = shutil.which("srun", path=PATH)
        script = f'#!/bin/sh\nSLURM_CONF={self.configuration} exec {real} "$@"\n'
        (folder / "bin" / "srun").write_text(script)
        (folder / "bin" / "srun").chmod(0o755)
        (folder / "munge.key").write_bytes(os.urandom(128))
        (folder / "munge.key").chmod(0o400)
        (folder / "gres.conf").write_text("Name=gpu File=/dev/null\n")
        host = socket.gethostname().split(".")[0]
        ports = [_free_port() for _ in range(2)]
        self.configuration.write_text(
            CONFIGURATION.format(
                host=host,
                controller=ports[0],
                daemon=ports[1],
                user=os.environ.get("USER") or "root",
                folder=folder,
                cpus=os.cpu_count(),
                memory=memory,
            )
        )

    @property
    def environment(self) -> dict[str, str]:
        """Variables of all commands that use this cluster."""
        path = f"{self.folder / 'bin'}:{PATH}"
        return {"SLURM_CONF": str(self.configuration), "PATH": path}

    def start(self) -> None:
        """Start all three, and wait until the node is idle."""
        here = self.folder
        munge = (f"--socket={here}/munge.sock", f"--key-file={here}/munge.key")
        munge += (f"--pid-file={here}/munged.pid", f"--seed-file={here}/munged.seed")
        self._start("munged", "--foreground", "--force", f"--log-file={here}/munged.log", *munge)
        self.start_controller()
        self._start("slurmd", "-D", "-f", str(self.configuration))
        self._await("idle")

    def start_controller(self) -> None:
        """Start slurmctld; it goes on where one that was killed was."""
        self._start("slurmctld", "-D", "-f", str(self.configuration))

    def kill_controller(self) -> None:
        """Kill slurmctld as a crash does."""
        controller = self._running.pop("slurmctld")
        controller.kill()
        controller.wait()

    def stop(self) -> None:
        """End everything, jobs first."""
        with suppress(subprocess.SubprocessError, OSError):
            self.run("scancel", "--user", "root", "--signal", "KILL")
            time.sleep(1)
        for name in ("slurmd", "slurmctld", "munged"):
            if name in self._running:
                self._running[name].send_signal(signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    self._running[name].wait(20)
                self._running[name].kill()

    def run(self, *command: str) -> str:
        """What one of SLURM's commands prints."""
        environment = {**os.environ, **self.environment}
        options = {"capture_output": True, "text": True, "timeout": 60, "check": True}
        return subprocess.run(command, env=environment, **options).stdout

    def jobs(self) -> list[str]:
        """Numbers of the jobs that wait or run."""
        return self.run("squeue", "--noheader", "--format=%i").split()

    def _start(self, name: str, *options: str) -> None:
        program = shutil.which(name, path=PATH)
        assert program is not None
        environment = {**os.environ, **self.environment}
        with open(self.folder / f"{name}.out", "ab") as out:
            self._running[name] = subprocess.Popen(
                [program, *options], env=environment, stdout=out, stderr=out
            )

    def _await(self, state: str) -> None:
        deadline = time.monotonic() + 90
        said = ""
        while time.monotonic() < deadline:
            with suppress(subprocess.SubprocessError):
                said = self.run("sinfo", "--noheader", "--format=%t")
                if said.strip() == state:
                    return
            time.sleep(0.5)
        logs = [f.read_text(errors="replace")[-2000:] for f in self.folder.glob("*.log")]
        raise AssertionError(f"the node is {said!r}, not {state!r}\n" + "\n".join(logs))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]
