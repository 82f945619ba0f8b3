"""Understanding: the client of the NLU server, the danger lexicon, and (in `components`, `runtime`) the model itself.

`components`, `runtime` and the pure modules they import also run under Python 3.10, beside Rasa.
"""
