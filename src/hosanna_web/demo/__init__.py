"""A year of real permits, or a month that is made up, played through the use cases of the API."""
