"""klamm-proxy in front of a broker: it loses answers and breaks connections by rule, and says at the end what it did."""

import json
from contextlib import contextmanager
from pathlib import Path

from harness.nodes import built, free_ports, running
from harness.process import Child
from harness.waiting import until


class Proxy:
    """`address` is what clients connect to."""

    def __init__(self, folder: Path, port: int, broker: str, *rules: str):
        self.address = f"127.0.0.1:{port}"
        ready = folder / "proxy-ready"
        command = [built("klamm-proxy"), "--broker", broker, "--listen", self.address, "--ready-file", str(ready)]
        self.child = Child(command + list(rules), folder / "proxy-log")
        until(lambda: ready.exists() or not self.child.running(), f"klamm-proxy listens on {self.address}")

    def stop(self) -> dict:
        """What it counted."""
        self.child.stop()
        return json.loads(self.child.output().splitlines()[-1])


@contextmanager
def proxied(kind: str, folder: Path, *rules: str):
    """A node of the kind, and the proxy whose address it tells its clients."""
    [port] = free_ports(1)
    with running(kind, folder, advertise=f"127.0.0.1:{port}") as node:
        proxy = Proxy(folder, port, node.address, *rules)
        with proxy.child:
            yield node, proxy
