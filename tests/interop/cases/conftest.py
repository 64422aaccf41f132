"""The fixtures of the interop cases: a broker for the whole run, topics of a case's own, and the tools pointed at it."""

import itertools
import shutil
import tempfile
from pathlib import Path

import pytest
from harness import topics
from harness.nodes import Node, running
from harness.tools import Tools


def pytest_addoption(parser):
    parser.addoption("--broker", action="append", choices=("kafka", "ours"), help="what to test against; may be repeated")


def pytest_generate_tests(metafunc):
    if "node" in metafunc.fixturenames:
        metafunc.parametrize("node", metafunc.config.getoption("broker") or ["kafka"], indirect=True, scope="session")


@pytest.fixture(scope="session")
def node(request):
    folder = Path(tempfile.mkdtemp(prefix="klamm-interop-"))
    with running(request.param, folder) as node:
        yield node
    shutil.rmtree(folder)


_numbers = itertools.count()


@pytest.fixture
def topic(node: Node, request):
    """topic(partitions=1, **settings) makes a topic of a name of its own; "_" in a setting stands for "."."""

    def make(partitions: int = 1, **settings: str) -> str:
        name = f"{request.node.originalname.removeprefix('test_')[:40]}-{next(_numbers)}"
        topics.create(node, name, partitions, {k.replace("_", "."): v for k, v in settings.items()})
        return name

    return make


@pytest.fixture
def group(request) -> str:
    return f"group-{next(_numbers)}"


@pytest.fixture
def tools(node: Node, tmp_path: Path) -> Tools:
    return Tools(node, tmp_path)
