"""What Hosanna costs, each figure beside a named yardstick of the same run. `make bench` runs all of it."""
