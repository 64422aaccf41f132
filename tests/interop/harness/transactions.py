"""Our transactional producer as a program that is told what to do, and the cluster's transaction version."""

import select
import subprocess

from harness.nodes import Node, built
from harness.process import Failed
from harness.tools import Tools


class Producer:
    """build/bin/transactions: each command is answered by one line."""

    def __init__(self, node: Node, transactional_id: str, *properties: str):
        command = [built("transactions"), node.address, transactional_id, *properties]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)

    def __call__(self, command: str, limit: float = 90.0) -> str:
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()
        readable, _, _ = select.select([self.process.stdout], [], [], limit)
        if not readable:
            raise Failed(f"no answer within {limit:g} s to: {command}")
        return self.process.stdout.readline().decode().strip()

    def transaction(self, topic: str, values: list[str], end: str) -> str:
        """The answer to `end`, after all was sent."""
        assert self("begin") == "begun"
        for value in values:
            assert self(f"send {topic} {value}") == "sent"
        return self(end)

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


def finalize(tools: Tools, version: int):
    """Sets the cluster's transaction.version."""
    tools.java("FeatureCommand", "upgrade" if version == 2 else "downgrade", "--feature", f"transaction.version={version}")


def committed(tools: Tools, topic: str, count: int, limit_ms: int = 30000) -> list[str]:
    """The values that Java's console consumer reads with read_committed: `count` of them, or what is there after `limit_ms`."""
    form = ("--topic", topic, "--from-beginning", "--isolation-level", "read_committed")
    bound = ("--max-messages", str(count), "--timeout-ms", str(limit_ms))
    return tools.java("consumer.ConsoleConsumer", *form, *bound).splitlines()
