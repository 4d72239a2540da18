"""A day of jobs and technicians as a planning problem, and its answer as a plan that people read and apply."""
