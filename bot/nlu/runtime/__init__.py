"""Commands that run in the NLU environment: train, predict, serve."""
