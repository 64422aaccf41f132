"""The client over franz-go (tests/interop/go), built once with the Go tools of this machine."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from harness.peers import CACHE

FRANZ_GO = "github.com/twmb/franz-go@v1.22.3"
SOURCE = Path(__file__).resolve().parents[1] / "go" / "main.go"
GO = shutil.which("go")


def why_not() -> str:
    """Why it cannot be built here; empty: it can."""
    if GO is None:
        return "there is no go here to build the client with"
    version = subprocess.run([GO, "env", "GOVERSION"], check=True, capture_output=True, text=True).stdout.strip()
    numbers = re.match(r"go1\.(\d+)", version)
    return f"{version} is older than go1.21, which fetches newer tools by itself" if numbers and int(numbers[1]) < 21 else ""


def program() -> str:
    """Its path. The folder is named by what it is made from, so that it is never old."""
    source = SOURCE.read_bytes()
    folder = CACHE / f"go-{hashlib.sha256(source + FRANZ_GO.encode()).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    built = folder / "gopeer"
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            print(f"building a client over {FRANZ_GO} in {folder}, once", file=sys.stderr)
            shutil.copy(SOURCE, folder)
            (folder / "go.mod").write_text("module gopeer\n\ngo 1.21\n")
            for command in (["get", FRANZ_GO], ["mod", "tidy"], ["build", "-o", "gopeer.new", "."]):
                subprocess.run([GO, *command], cwd=folder, check=True, stdout=sys.stderr, env=os.environ | {"CGO_ENABLED": "0"})
            (folder / "gopeer.new").rename(built)
    return str(built)
