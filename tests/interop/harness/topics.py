"""Topics by the wire encoder, so that no case stands on a client that it judges."""

from harness import raw
from harness.nodes import Node
from harness.waiting import until


def create(node: Node, name: str, partitions: int = 1, settings: dict[str, str] | None = None):
    """Returns when each partition has a leader."""
    with raw.Connection(node.port) as connection:
        code = connection.create_topic(name, partitions, settings)
    assert code == 0, f"{name} was refused with {code}"

    def led() -> bool:
        with raw.Connection(node.port) as connection:
            return all(connection.end_offset(name, p) is not None for p in range(partitions))

    until(led, f"each partition of {name} has a leader")


def end_of(node: Node, name: str) -> int:
    """How many records partition 0 has had."""
    with raw.Connection(node.port) as connection:
        return connection.end_offset(name) or 0
