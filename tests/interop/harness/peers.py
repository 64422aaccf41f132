"""The software of others that we are measured against: which versions, where it is kept, how it is installed.

Run as a script it installs everything, and prints the interpreter that the cases run under.
"""

import fcntl
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

KAFKA_VERSION = os.environ.get("KAFKA_VERSION", "4.3.1")
# The last line before 4.0: transactions of the old protocol alone, and groups of the classic one. Fetched by the cases that start it.
OLDER_KAFKA = "3.9.1"
KAFKA_ARTIFACTS = "kafka_2.13 kafka-tools kafka-shell kafka-streams connect-runtime connect-file connect-json".split()
LOGGER = ("org.slf4j", "slf4j-simple", "1.7.36")
PYTHON_PACKAGES = (
    *("confluent-kafka==2.16.1", "kafka-python==3.0.12", "pytest==8.3.5", "lz4", "python-snappy", "zstandard", "crc32c"),
    "opentelemetry-proto==1.45.2",
)

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "klamm"
VENV = CACHE / "interop-venv"
PYTHON = VENV / "bin" / "python"


def jars_of(version: str) -> Path:
    return CACHE / f"kafka-{version}"


JARS = jars_of(KAFKA_VERSION)


def _pom(version: str) -> str:
    artifacts = [("org.apache.kafka", name, version) for name in KAFKA_ARTIFACTS] + [LOGGER]
    dependencies = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>"
        for group, name, version in artifacts
    )
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>klamm.interop</groupId><artifactId>peers</artifactId><version>1</version>"
        f"<dependencies>{dependencies}</dependencies></project>"
    )


def _install_kafka(version: str):
    jars = jars_of(version)
    mark = jars / ".complete"
    if mark.exists():  # the folder names the version
        return
    print(f"installing Apache Kafka {version} into {jars}, once", file=sys.stderr)
    jars.mkdir(parents=True, exist_ok=True)
    pom = jars / "pom.xml"
    pom.write_text(_pom(version))
    goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
    subprocess.run(["mvn", "-q", "-B", "-f", str(pom), goal, f"-DoutputDirectory={jars}"], check=True, stdout=sys.stderr)
    mark.touch()


def _install_python():
    mark, wanted = VENV / ".complete", " ".join(PYTHON_PACKAGES)
    if mark.exists() and mark.read_text() == wanted:
        return
    print(f"installing {wanted} into {VENV}, once", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True, stdout=sys.stderr)
    subprocess.run([str(PYTHON), "-m", "pip", "install", "-q", *PYTHON_PACKAGES], check=True, stdout=sys.stderr)
    mark.write_text(wanted)


@contextmanager
def _alone():
    """A second run at the same time waits for the first."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install():
    """What every run needs, once."""
    with _alone():
        _install_kafka(KAFKA_VERSION)
        _install_python()


def kafka(version: str) -> Path:
    """The jars of another version, fetched if they are not there."""
    with _alone():
        _install_kafka(version)
    return jars_of(version)


if __name__ == "__main__":
    install()
    print(PYTHON)
