"""Apache Kafka's DumpLogSegments, whose complaints fail the case."""

from harness.process import run
from harness.tools import java


def dump(*arguments) -> str:
    said = run(java("DumpLogSegments", *map(str, arguments)))
    for complaint in ("Mismatches in", "corrupt", "Found timestamp", "Index/offset", "not monotonic", "Exception"):
        assert complaint.lower() not in said.lower(), said[-3000:]
    return said
