"""What happens, as it happens: one follower of the feed a process, and everybody who listens to it."""
