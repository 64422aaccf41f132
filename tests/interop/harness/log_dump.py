"""Apache Kafka's DumpLogSegments, whose complaints fail the case."""

import re

from harness.process import run
from harness.tools import java

# Kafka 4.3.1's own words; it ends with 0 whatever it finds. That offset -1 is followed by a segment's first one is no finding.
COMPLAINTS = re.compile(
    r"Mismatches in|indexed offsets are not found in|Found timestamp mismatch in|Found out of order timestamp in|"
    r"invalid bytes at the end of|isvalid: false|corrupt|exception|^ *\d+ is followed by",
    re.IGNORECASE | re.MULTILINE,
)


def dump(*arguments) -> str:
    said = run(java("DumpLogSegments", *map(str, arguments)), both=True)
    found = COMPLAINTS.search(said)
    assert not found, f"{found[0]}: {said[-3000:]}"
    return said


def metadata_records(node) -> dict[int, str]:
    """The payloads of a node's metadata log by offset."""
    files = sorted((node.data / "__cluster_metadata-0").glob("*.log"))
    said = "".join(dump("--cluster-metadata-decoder", "--files", file) for file in files)
    return {int(at): payload for at, payload in re.findall(r"^\| offset: (\d+) .*payload: (\{.*)$", said, re.MULTILINE)}
