"""A process of its own that follows the feed: `listeners.py FILE CURSOR SEED`.

It goes on from the cursor with pages of whatever size, and waits where nothing more is there. Each event goes to the
standard output, a line each: the place behind it and its key. At the end of the standard input it hears the feed out.
"""

import sys
import threading
from pathlib import Path
from random import Random

from hosanna_adapters.sqlite import SqliteStore


def main(path: str, cursor: str, seed: str) -> None:
    """Follow until the end."""
    over, chance, place = threading.Event(), Random(int(seed)), bytes.fromhex(cursor)
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    with SqliteStore.open(Path(path)) as opened:
        feed = opened.ports().feed
        while True:
            last = over.is_set()
            stretch = feed.after(place, chance.randrange(1, 150))
            print(
                "".join(f"{each.cursor.hex()} {each.event.key}\n" for each in stretch.told),
                end="",
                flush=True,
            )
            place = stretch.cursor
            if not stretch.told:
                if last:
                    return
                feed.wait(place, chance.random() / 10)


if __name__ == "__main__":
    main(*sys.argv[1:])
