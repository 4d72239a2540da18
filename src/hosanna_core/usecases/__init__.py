"""What people do with Hosanna: load, decide, save. Each function is one whole piece of work for one caller."""
