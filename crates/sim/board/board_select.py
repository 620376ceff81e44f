# What `select` has on the board: the unix port's own `poll` gives no turn to callbacks while it waits.
from select import poll as _poll
from time import ticks_diff as _ticks_diff, ticks_ms as _ticks_ms
import link as _link


class poll:
    def __init__(self):
        self._poll = _poll()
        self.register = self._poll.register
        self.unregister = self._poll.unregister
        self.modify = self._poll.modify

    def poll(self, timeout=-1):
        return self._poll.poll(self._wait(timeout))

    # Nothing here allocates memory while there are no callbacks, as in C.
    def ipoll(self, timeout=-1, flags=0):
        return self._poll.ipoll(self._wait(timeout), flags)

    def _wait(self, timeout):
        # Waits while there can be callbacks; how long to wait still.
        if timeout is None:
            timeout = -1
        start = _ticks_ms()
        left = timeout
        while (_link.ticking or _link.listening) and left != 0:
            if self._poll.poll(1):
                return 0
            if timeout > 0:
                left = max(0, timeout - _ticks_diff(_ticks_ms(), start))
        return left
