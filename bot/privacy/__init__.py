"""Privacy: sealing, erasure, redaction. What a worker wrote is readable only through here."""
