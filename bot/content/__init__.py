"""Content: phrases, answers, facts and contact cards, loaded from reviewed files and rendered by code."""
