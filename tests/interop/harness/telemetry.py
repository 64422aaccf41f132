"""Apache Kafka with a plugin that takes clients' metrics (KIP-714), and what came to it, read by OpenTelemetry's own classes."""

import base64
from dataclasses import dataclass
from pathlib import Path

from harness.nodes import CHECKOUT, KafkaNode
from harness.peers import JARS
from harness.process import run
from opentelemetry.proto.metrics.v1 import metrics_pb2 as otlp

_PLUGIN = CHECKOUT / "tests" / "interop" / "telemetry" / "TelemetrySink.java"


@dataclass
class Push:
    client_id: str
    instance_id: str
    last: bool
    data: otlp.MetricsData

    @property
    def resource(self) -> dict[str, str]:
        [of] = self.data.resource_metrics
        return {one.key: one.value.string_value for one in of.resource.attributes}

    @property
    def metrics(self) -> list[otlp.Metric]:
        [of] = self.data.resource_metrics
        [scope] = of.scope_metrics
        return list(scope.metrics)

    def named(self, name: str) -> list[otlp.Metric]:
        return [one for one in self.metrics if one.name == name]


class TelemetryNode(KafkaNode):
    def __init__(self, folder: Path):
        self.classes, self.sink = folder / "classes", folder / "pushes"
        run(["javac", "-nowarn", "-cp", f"{JARS}/*", "-d", str(self.classes), str(_PLUGIN)])
        super().__init__(folder, {"metric.reporters": "TelemetrySink", "telemetry.sink": str(self.sink)})

    def _java(self, heap: str, *command: str) -> list[str]:
        plain = super()._java(heap, *command)
        path = plain.index("-cp") + 1
        return [*plain[:path], f"{plain[path]}:{self.classes}", *plain[path + 1 :]]

    def pushes(self, client_id: str) -> list[Push]:
        """What a client pushed so far."""
        out = []
        for line in self.sink.read_text().splitlines() if self.sink.exists() else ():
            client, instance, state, content = line.split(" ")
            data = otlp.MetricsData.FromString(base64.b64decode(content, validate=True))
            out.append(Push(client, instance, state == "last", data))
        return [push for push in out if push.client_id == client_id]
