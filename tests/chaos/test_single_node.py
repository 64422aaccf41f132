"""A single node that is killed serves what it had, without a configuration for it. How soon, recovery_time.py measures."""

import tempfile
import unittest
from pathlib import Path

from harness.nodes import KlammNode
from recovery_time import count_all, fill, time_until_served


class SingleNode(unittest.TestCase):
    def test_it_serves_again_after_kill(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="klamm-chaos-"))
        node = KlammNode(Path(folder) / "node")
        self.addCleanup(node.kill)
        ends = fill(node, 20, 8 << 20)
        for _ in range(2):
            time_until_served(node, ends)
        self.assertEqual(count_all(node), sum(ends.values()))


if __name__ == "__main__":
    unittest.main()
