"""Bad input of every kind, sent to a broker, and what it does about it."""
