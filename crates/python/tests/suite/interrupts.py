"""Ctrl-C in the middle of a call, and how long it takes to end it."""

import faulthandler
import os
import signal
import sys
import threading
import time

# Who is started in the background by a shell ignores them.
signal.signal(signal.SIGINT, signal.default_int_handler)

#: How late each kind of call ended, in seconds.
figures = {}
#: How long a call may go on, in seconds. One that no signal ends is shown, and ends the tests.
LIMIT = 100


def interrupted(name, work, begun, process=None):
    """Interrupts ``work`` when ``begun`` is set and the call is under way, and gives how late it ended."""
    main = threading.main_thread().ident
    native = threading.main_thread().native_id
    entered, sent = [], []

    def interrupt():
        begun.wait(60)
        # In the call itself, and not still on the way into it.
        # A signal in front of a wait would be found behind it only.
        while not entered or process is None and (
            sys._current_frames()[main].f_code is interrupted.__code__ or not is_asleep(native)
        ):
            os.sched_yield()
        sent.append(time.perf_counter())
        os.kill(os.getpid() if process is None else process, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    faulthandler.dump_traceback_later(LIMIT, exit=True)
    try:
        entered.append(True)
        work()
    except KeyboardInterrupt:
        ended = time.perf_counter()
    else:
        if process is None:
            raise AssertionError(f"{name} ended by itself")
        ended = time.perf_counter()
    finally:
        faulthandler.cancel_dump_traceback_later()
    thread.join()
    late = ended - sent[0]
    figures[name] = max(late, figures.get(name, 0.0))
    # A tenth of a second, and what a machine at its limit takes to wake up.
    assert late < 0.1 + 0.4, f"{name} ended {late:.3f} s late"
    return late


def is_asleep(thread):
    """Whether a thread of this process waits for something."""
    with open(f"/proc/self/task/{thread}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] == "S"


class Begun(threading.Event):
    """A stream whose first output says that a program runs."""

    def write(self, text):
        self.set()
