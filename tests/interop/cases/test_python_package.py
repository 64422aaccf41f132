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
    """Of an environment that has nothing but the package and what it is tested with."""
    venv = tmp_path_factory.mktemp("venv")
    run([sys.executable, "-m", "venv", str(venv)])
    cached = ["CMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    folder = f"build-dir={CHECKOUT / 'build' / 'pip'}"  # compiled once for all runs from this checkout
    install = [str(venv / "bin" / "pip"), "install", "-q", "-C", folder, f"{CHECKOUT / 'bindings' / 'python'}[test]"]
    run(["env", *cached, *install], limit=1800)
    return str(venv / "bin" / "python")


def test_the_installed_package(node, interpreter, tmp_path):
    elsewhere = [interpreter, "-B", "-c", "import klamm; print(klamm.__file__)"]
    assert os.path.dirname(os.path.dirname(interpreter)) in run(elsewhere), "not the installed package"
    said = run(["env", f"KLAMM_BOOTSTRAP={node.address}", interpreter, "-B", "-m", "unittest", "discover", "-v", "-s", str(TESTS)], both=True)
    assert said.rstrip().endswith("OK") and "skipped" not in said, said[-2000:]


def test_the_installed_package_is_typed(interpreter, tmp_path):
    """Types go through to its users: what is right is accepted, and what is wrong is not."""
    mypy = [interpreter, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache")]
    run([*mypy, str(TESTS / "typed.py")])
    wrong = tmp_path / "wrong.py"
    wrong.write_text('import klamm\nklamm.Producer().send("t", "text")\nlost: str = klamm.Producer().flush()\n')
    said = run([*mypy, str(wrong)], status=1)
    assert 'Argument 2 to "send" of "Producer" has incompatible type "str"' in said and "Found 2 errors" in said
