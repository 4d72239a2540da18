"""The kit for adapter authors: strategies for every value, a contract suite per port, a machine that drives all."""
