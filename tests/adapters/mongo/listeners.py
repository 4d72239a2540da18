"""A process of its own that follows the feed: `listeners.py URI DATABASE CURSOR SEED`.

It goes on from the cursor with pages of whatever size, and waits where nothing more is there. Each event goes to the
standard output, a line each: the place behind it and its key. At the end of the standard input it hears the feed out.
"""

import sys
import threading
from functools import partial
from random import Random

from hosanna_adapters.mongo import MongoStore
from hosanna_core.testing.racing import persistent


def main(uri: str, database: str, cursor: str, seed: str) -> None:
    """Follow until the end."""
    over, chance, place = threading.Event(), Random(int(seed)), bytes.fromhex(cursor)
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    store = MongoStore.open(uri, database=database)
    feed = store.ports().feed
    while True:
        last, limit = over.is_set(), chance.randrange(1, 150)
        stretch = persistent(partial(feed.after, place, limit))
        told = "".join(f"{each.cursor.hex()} {each.event.key}\n" for each in stretch.told)
        print(told, end="", flush=True)
        place = stretch.cursor
        if not stretch.told:
            if last:
                break
            persistent(partial(feed.wait, place, chance.random() / 4))
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
