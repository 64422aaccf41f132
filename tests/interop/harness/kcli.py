"""kcli, as several cases use it: keyed lines in, rows and keyed lines out."""

import json

from harness.tools import Tools, lines


def produce(tools: Tools, topic: str, texts: list[str], *more: str):
    tools.kcli("produce", topic, "-K:", *more, stdin=lines(texts))


def rows(tools: Tools, *arguments: str) -> list[dict]:
    return [json.loads(line) for line in tools.kcli(*arguments, "-o", "json").splitlines()]


def consume(tools: Tools, topic: str, *more: str) -> list[str]:
    said = tools.kcli("consume", topic, "-o", "start", *(more or ("-e",)))
    return [f"{one['key']}:{one['value']}" for one in map(json.loads, said.splitlines())]
