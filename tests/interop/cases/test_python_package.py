"""`pip install ./bindings/python` into a fresh environment; its tests, with the installed package, against each broker."""

import os
import shutil
import sys

import pytest
from harness.nodes import CHECKOUT
from harness.process import run

TESTS = CHECKOUT / "tests" / "python"


@pytest.fixture(scope="session")
def interpreter(tmp_path_factory) -> str:
    """Of an environment that has nothing but the package."""
    venv = tmp_path_factory.mktemp("venv")
    run([sys.executable, "-m", "venv", str(venv)])
    cached = ["CMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    folder = f"build-dir={CHECKOUT / 'build' / 'pip'}"  # compiled once for all runs from this checkout
    install = [str(venv / "bin" / "pip"), "install", "-q", "-C", folder, str(CHECKOUT / "bindings" / "python")]
    run(["env", *cached, *install], limit=1800)
    return str(venv / "bin" / "python")


def test_the_installed_package(node, interpreter, tmp_path):
    elsewhere = [interpreter, "-B", "-c", "import klamm; print(klamm.__file__)"]
    assert os.path.dirname(os.path.dirname(interpreter)) in run(elsewhere), "not the installed package"
    said = run(["env", f"KLAMM_BOOTSTRAP={node.address}", interpreter, "-B", "-m", "unittest", "discover", "-v", "-s", str(TESTS)], both=True)
    assert said.rstrip().endswith("OK") and "skipped" not in said, said[-2000:]
