"""The rules of an electrical contractor's field work: pure, synchronous, without any I/O."""
