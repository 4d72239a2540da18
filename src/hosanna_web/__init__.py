"""The delivery: HTTP, WebSocket and the command line over the core."""
