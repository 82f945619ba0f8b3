"""The console: staff's web pages, and the simulator's in demo mode. Pages ask the store and call the rooms below."""
