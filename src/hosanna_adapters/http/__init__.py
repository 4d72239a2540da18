"""Requests of ours to other people's machines, with what Python has."""

from hosanna_adapters.http.hooks import HttpSender

__all__ = ["HttpSender"]
