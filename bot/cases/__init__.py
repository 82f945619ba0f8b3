"""Cases: how a worker's matter comes to a person and back. Every step is audited in the same transaction."""
