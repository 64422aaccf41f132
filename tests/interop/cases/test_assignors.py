"""Random groups that Java's assignors gave out, first and after changes: ours give each member the same."""

import json
from collections import Counter

from harness.nodes import CHECKOUT, built
from harness.peers import JARS
from harness.process import run

GROUPS, COMPARED, SEED = 10_600, 10_000, 1
ASSIGNORS = ("range", "roundrobin", "sticky", "cooperative-sticky")


def test_ten_thousand_groups_are_given_out_as_by_java(tmp_path):
    program = str(CHECKOUT / "tests/interop/assignors/AssignorVectors.java")
    quiet = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
    vectors = tmp_path / "groups.jsonl"
    vectors.write_text(run(["java", *quiet, "-cp", f"{JARS}/*", program, str(GROUPS), str(SEED)], limit=1800))
    said = run([built("wire_vectors"), str(vectors)], limit=600)
    assert said.splitlines()[-1] == f"{GROUPS} passed, 0 failed", said[-3000:]
    # Java breaks off over some groups, gives some members what they do not want, or goes by the order of a hash table: there ours is
    # only looked at for giving out what is wanted, once. All others are equal.
    compared = Counter()
    for line in vectors.read_text().splitlines():
        group = json.loads(line)
        compared.update(set(group["assignments"]) - set(group["order_matters"]))
    print(dict(compared))
    assert all(compared[name] >= COMPARED for name in ASSIGNORS), compared
