"""Child processes: their output in files, ended by their own id, never left behind."""

import os
import signal
import subprocess
from pathlib import Path


class Failed(AssertionError):
    pass


class Child:
    """A process that runs until it is stopped. Everything it prints goes to `log`."""

    def __init__(self, command: list[str], log: Path, stdin=subprocess.DEVNULL, env: dict | None = None):
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                command, stdin=stdin, stdout=out, stderr=subprocess.STDOUT, env=env, start_new_session=True
            )

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def running(self) -> bool:
        return self.process.poll() is None

    def signal(self, number: int):
        if self.running():
            os.kill(self.process.pid, number)

    def stop(self, limit: float = 30.0) -> int:
        """Asks it to end, forces it after `limit` seconds, and returns its exit status."""
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"process {self.process.args[0]} ignored SIGTERM for {limit:g} s: see {self.log}") from None

    def kill(self) -> int:
        self.signal(signal.SIGKILL)
        return self.process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.running():
            self.kill()


def run(command: list[str], stdin: bytes | str = b"", limit: float = 120.0, status: int = 0, both: bool = False) -> str:
    """Runs to the end and returns standard output (`both`: and error); an exit status but `status` fails with what it printed."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"")[-2000:] + (late.stderr or b"")[-2000:]
        raise Failed(f"not within {limit:g} s: {_shown(command)}\n{said.decode(errors='replace')}") from None
    if done.returncode != status:
        said = (done.stdout[-2000:] + done.stderr[-4000:]).decode(errors="replace")
        raise Failed(f"status {done.returncode}, not {status}: {_shown(command)}\n{said}")
    return (done.stdout + (done.stderr if both else b"")).decode(errors="replace")


def _shown(command: list[str]) -> str:
    text = " ".join(command)
    return text if len(text) < 300 else "... " + text[-300:]
