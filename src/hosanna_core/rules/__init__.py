"""Pure decisions: no clock, no chance, no I/O; everything that they need is handed to them."""
