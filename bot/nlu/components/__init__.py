"""Our Rasa graph components. They run in the NLU environment only; nothing else may import them."""
