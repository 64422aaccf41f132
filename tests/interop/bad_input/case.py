"""What a case of bad input is, how it is run against a broker, and how what the broker did is written down."""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from harness.nodes import CHECKOUT, Node
from harness.raw import Closed, Connection, Silent
from harness.waiting import until

CLOSE, SILENCE = "closes", "waits"
TOPIC = "bad-input"
_ENTRY = re.compile(r"^\w+\((\w+),\s*(-?\d+)\b", re.MULTILINE)


def error_names() -> dict[int, str]:
    """The protocol's error codes, from the one table that the product is made of."""
    text = (CHECKOUT / "sdk/base/error_table.def").read_text()
    names = {int(code): name.upper() for name, code in _ENTRY.findall(text)}
    return names | {0: "NONE", -1: "UNKNOWN_SERVER_ERROR"}


NAMES = error_names()


@dataclass
class Broker:
    """What a case talks to: new connections to one node, and a topic of its own on request."""

    node: Node
    topics: dict[str, str] = field(default_factory=dict)

    def connect(self, sasl: bool = False, limit: float = 10.0) -> Connection:
        return Connection(self.node.sasl_port if sasl else self.node.port, limit)

    def topic(self, **settings: str) -> str:
        """A topic of one partition that is ready to be used; the same one for the same settings. It keeps records of 1970."""
        settings = {"retention_ms": "-1"} | settings
        key = str(sorted(settings.items()))
        if key not in self.topics:
            name = f"{TOPIC}-{len(self.topics)}"
            with self.connect() as connection:
                code = connection.create_topic(name, settings={k.replace("_", "."): v for k, v in settings.items()})
                assert code == 0, f"the topic {name} was refused with {code}"
            until(lambda: self._serves(name), f"{name} has a leader")
            self.topics[key] = name
        return self.topics[key]

    def _serves(self, topic: str) -> bool:
        with self.connect() as connection:
            return connection.end_offset(topic) is not None

    def producer_id(self) -> tuple[int, int]:
        with self.connect() as connection:
            return until(connection.init_producer_id, "the broker gives a producer id")


Outcome = int | str | None


@dataclass(frozen=True)
class Case:
    group: str
    name: str
    send: Callable[[Broker], Outcome]
    sasl: bool


CASES: list[Case] = []


def case(group: str, name: str, sasl: bool = False):
    """Registers a function that sends one bad input and returns an error code, or what it saw in words."""

    def register(send):
        CASES.append(Case(group, name, send, sasl))
        return send

    return register


def described(outcome: Outcome) -> str:
    if isinstance(outcome, int):
        return f"{outcome} {NAMES.get(outcome, '?')}"
    return outcome or "?"


def observe(one: Case, broker: Broker) -> str:
    try:
        seen = described(one.send(broker))
    except Closed:
        seen = CLOSE
    except Silent:
        seen = SILENCE
    except Exception as failure:
        failure.add_note(f"in the case {one.group}: {one.name}")
        raise
    # Whatever came: the next client has to be served as before.
    with broker.connect() as connection:
        assert connection.api_versions() == 0, f"after {one.name}"
    return seen


def observe_all(broker: Broker, only: Callable[[Case], bool] = lambda _: True) -> dict[str, str]:
    return {f"{one.group}: {one.name}": observe(one, broker) for one in CASES if only(one)}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def data_file(kind: str) -> Path:
    return Path(__file__).parent / f"{kind}.json"
