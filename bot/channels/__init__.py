"""Channels: one folder per provider. They turn provider payloads into values and back, and know nothing else."""
