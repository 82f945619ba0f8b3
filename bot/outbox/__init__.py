"""The outbox: everything we send leaves by this door, in order per contact, and its outcome is kept."""
