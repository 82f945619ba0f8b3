"""The simulator: a channel without a provider, so that anyone can talk to the bot in a browser or a terminal."""
