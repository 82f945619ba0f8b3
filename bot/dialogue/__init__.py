"""The dialogue: pure decisions. A turn goes in, a decision with its reasons comes out; no I/O, no clock."""
