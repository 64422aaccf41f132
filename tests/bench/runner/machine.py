"""Where, of what and of when the figures are."""

import datetime
import os
import platform
import subprocess

from harness.nodes import CHECKOUT


def _line(path: str, key: str) -> str:
    with open(path) as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith(key)), "unknown")


def _git(*arguments: str) -> str:
    return subprocess.run(["git", "-C", str(CHECKOUT), *arguments], capture_output=True, text=True, check=False).stdout.strip()


def about() -> dict:
    return {
        "commit": _git("rev-parse", "--short=10", "HEAD") + (" with changes" if _git("status", "--porcelain", "-uno") else ""),
        "processor": _line("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(_line("/proc/meminfo", "MemTotal").split()[0]) / (1 << 20)),
        "kernel": platform.release().split("-")[0],
        "build": os.environ.get("KLAMM_PRESET", "dev"),
    }


def now() -> dict:
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "load_before": round(os.getloadavg()[0], 2),
    }
