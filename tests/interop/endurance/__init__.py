"""Clients of every kind at work while Apache Kafka and they themselves are struck, for as long as it is told: ./dev interop --long."""
