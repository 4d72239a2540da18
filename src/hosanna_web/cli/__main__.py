"""The command line for a server that starts a command of its own."""

from hosanna_web.cli import main

main()
