"""Reading other people's files: CSV and JSON Lines, mapped to jobs, what does not fit told line by line."""
