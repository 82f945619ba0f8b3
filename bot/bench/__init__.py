"""helpline bench: figures measured on this machine, against stand-ins that speak the provider's HTTP."""
