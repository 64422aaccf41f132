"""A network that loses answers, breaks off, and says things twice: on the brokers' listener, so for clients and for replicas.
Controllers are reached without it."""

import unittest

from chaos_case import ChaosCase
from harness.nodes import free_ports
from harness.proxy import Proxy


class Proxied(ChaosCase):
    """Each broker is reached by the address of a proxy before it."""

    rules: list[str] = []
    load_options = {"batch_size": 2000}  # so that there are many requests to strike

    def setUp(self) -> None:
        self.proxies: list[Proxy] = []
        super().setUp()

    def prepare(self, member) -> None:
        member.folder.mkdir(parents=True)
        [port] = free_ports(1)
        proxy = Proxy(member.folder, port, member.address, *self.rules)
        self.enterContext(proxy.child)
        self.proxies.append(proxy)
        member.properties["advertised.listeners"] = f"PLAINTEXT://{proxy.address}"

    def end_proxies(self, did: str) -> list[dict]:
        """What they counted. They did it to records and to fetches, most of which are replicas', else the row says nothing."""
        counted = [proxy.stop() for proxy in self.proxies]
        for api in ("Produce", "Fetch"):
            self.assertGreater(sum(one[did].get(api, 0) for one in counted), 20, (api, counted))
        return counted


class LostAnswers(Proxied):
    rules = ["--drop", "Produce:37", "--drop", "Fetch:53", "--reset", "211", "--delay", "2"]

    def test_answers_are_lost_and_frames_break_off(self) -> None:
        self.strike()
        self.load.until_more(10_000, limit=60)
        self.finish("answers lost once it was done, of clients and replicas; frames that break off; all 2 ms late", "unharmed")
        self.assertGreater(sum(one["resets"] for one in self.end_proxies("dropped")), 20)


class LateCopies(Proxied):
    rules = ["--copy", "Produce:5", "--copy", "Fetch:11", "--copy-late", "50"]

    def test_requests_come_twice(self) -> None:
        self.strike()
        self.load.until_more(10_000, limit=60)
        self.finish("requests that come again 50 ms late, of clients and replicas", "unharmed")
        self.end_proxies("copied")


if __name__ == "__main__":
    unittest.main()
