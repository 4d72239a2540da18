"""Frozen values: what the words of the trade mean, without any behaviour that needs a rule."""
