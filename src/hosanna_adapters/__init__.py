"""The ports filled in: one technology a room."""
