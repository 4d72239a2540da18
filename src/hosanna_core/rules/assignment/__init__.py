"""Who can take a visit, and what booking it does to a calendar."""
