"""Where ours answers otherwise than Apache Kafka, on purpose: the case's name, and why."""

DEVIATIONS: dict[str, str] = {}
