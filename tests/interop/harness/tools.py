"""The command-line peers: kcat and Apache Kafka's own tools, pointed at one broker."""

import os
import re
from pathlib import Path

from harness.nodes import Node, built
from harness.peers import JARS
from harness.process import Child, run

# Short-lived programs: no second compiler, little heap.
SHORT_LIVED = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
JVM = ["-Xmx256m", *SHORT_LIVED, "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"]
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


def java(name: str, *arguments: str) -> list[str]:
    """The command for a tool, by the class's name within org.apache.kafka.tools, or its whole name if that is in Kafka's Scala part."""
    whole = name if name.startswith("kafka.") else f"org.apache.kafka.tools.{name}"
    return ["java", *JVM, "-cp", f"{JARS}/*", whole, *arguments]


class Tools:
    def __init__(self, node: Node, folder: Path):
        self.node, self.folder, self.children = node, folder, 0

    def kcat(self, *arguments: str, stdin: str = "", limit: float = 60) -> str:
        return run(["kcat", "-b", self.node.address, *arguments], stdin, limit)

    def kcli(self, *arguments: str, stdin: str = "", limit: float = 60) -> str:
        return run([*self.kcli_command, *arguments], stdin, limit)

    @property
    def kcli_command(self) -> list[str]:
        return [built("kcli"), "-B", self.node.address]

    def java(self, name: str, *arguments: str, stdin: str = "", limit: float = 120) -> str:
        return run(java(name, "--bootstrap-server", self.node.address, *arguments), stdin, limit)

    def start(self, command: list[str], stdin=None) -> Child:
        self.children += 1
        log = self.folder / f"{Path(command[0]).name}-{self.children}.log"
        return Child(command, log, **({} if stdin is None else {"stdin": stdin}))

    def start_kcat(self, *arguments: str) -> Child:
        return self.start(["kcat", "-b", self.node.address, *arguments])

    def start_kcli(self, *arguments: str) -> Child:
        return self.start([*self.kcli_command, *arguments])

    def start_java(self, name: str, *arguments: str) -> Child:
        return self.start(java(name, "--bootstrap-server", self.node.address, *arguments))

    def lag(self, group: str) -> dict[tuple[str, int], int]:
        """What `ConsumerGroupCommand --describe` says, by topic and partition; "-" counts as nothing read yet."""
        said = self.java("consumer.group.ConsumerGroupCommand", "--describe", "--group", group)
        rows = re.findall(rf"^{re.escape(group)}\s+(\S+)\s+(\d+)\s+(\d+|-)\s+(\d+)\s+(\d+|-)", said, re.MULTILINE)
        return {(topic, int(partition)): int(end) if lag == "-" else int(lag) for topic, partition, _, end, lag in rows}


def numbered(count: int, start: int = 0) -> list[str]:
    """Distinct lines "key:value" over ten keys."""
    return [f"key{n % 10}:value-{n}" for n in range(start, start + count)]


def lines(texts: list[str]) -> str:
    return "".join(text + os.linesep for text in texts)
