"""The routes: a table of what there is, and one thin function for each, from a call to one use case to a reply."""
