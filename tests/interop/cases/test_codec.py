"""Random messages of every type and version, exchanged with Apache Kafka's own classes: no byte and no field differs."""

import os
import re

from harness.nodes import CHECKOUT
from harness.process import run

EACH_WAY = 1000
COUNTED = r"(\d+) messages of (\d+) pairs, (\d+) differences, (\d+) pairs unknown to the peer"


def test_codec_against_kafkas_classes():
    folder = os.environ.get("KLAMM_BIN", str(CHECKOUT / "build" / "bin"))
    exchange = [str(CHECKOUT / "tests/interop/codec/run"), os.path.dirname(folder)]
    said = run(["env", f"KLAMM_MESSAGES={EACH_WAY}", *exchange], limit=1800)
    counted = re.fullmatch(COUNTED, said.splitlines()[-1])
    assert counted, said[-2000:]
    messages, pairs, differences, unknown = map(int, counted.groups())
    assert (differences, unknown) == (0, 0) and messages == pairs * 2 * EACH_WAY and pairs > 700, said[-2000:]
