"""Stand-ins for the providers: real HTTP servers on this machine, for tests, the bench and trying things by hand."""
