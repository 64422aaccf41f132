"""Random messages of every type and version, exchanged with Apache Kafka's own classes: no byte and no field differs."""

import os

from harness.nodes import CHECKOUT
from harness.process import run


def test_codec_against_kafkas_classes():
    folder = os.environ.get("KLAMM_BIN", str(CHECKOUT / "build" / "bin"))
    said = run([str(CHECKOUT / "tests/interop/codec/run"), os.path.dirname(folder)], limit=1800)
    assert " 0 differences" in said, said[-2000:]
