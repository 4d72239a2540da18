"""An SMTP server that can fall silent when somebody calls, or in the middle of a letter."""

import contextlib
import socketserver
import threading
from typing import Any

WELL, SILENT, SILENT_IN_LETTERS = "well", "silent", "silent in letters"


class Postman:
    """*mood* is how it is; `letters` are those that it said it had taken."""

    def __init__(self) -> None:
        self.mood = WELL
        self.letters: list[str] = []
        self.called = threading.Event()
        """Whether anybody has called since this was cleared."""
        self._over = threading.Event()
        postman = self

        class Call(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                postman.called.set()
                with contextlib.suppress(OSError):
                    postman._hear(self.rfile, self.wfile)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Call)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def _hear(self, heard: Any, said: Any) -> None:
        if self.mood == SILENT:
            self._over.wait()
            return
        said.write(b"220 here\r\n")
        for line in heard:
            word = line[:4].upper().strip()
            if word == b"DATA":
                said.write(b"354 go on\r\n")
                letter = b"".join(iter(heard.readline, b".\r\n"))
                if self.mood == SILENT_IN_LETTERS:
                    self._over.wait()
                    return
                self.letters.append(letter.decode())
            said.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
