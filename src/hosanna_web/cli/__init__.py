"""The command line: `hosanna`. Exit 0 means done; 2 that the command or the environment is wrong; 1 all else."""

from hosanna_web.cli.commands import main

__all__ = ["main"]
