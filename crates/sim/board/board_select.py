# `select` of the board: the unix port's own `poll` gives no turn to callbacks while it waits.
import select as _select
import time as _time
import link as _link

for _name in dir(_select):
    if _name[0] != "_":
        globals()[_name] = getattr(_select, _name)


class poll:
    def __init__(self):
        self._poll = _select.poll()
        self.register = self._poll.register
        self.unregister = self._poll.unregister
        self.modify = self._poll.modify

    def poll(self, timeout=-1):
        return self._poll.poll(self._wait(timeout))

    def ipoll(self, timeout=-1, *flags):
        return self._poll.ipoll(self._wait(timeout), *flags)

    def _wait(self, timeout):
        # Waits while there can be callbacks; how long to wait still.
        if timeout is None:
            timeout = -1
        start = _time.ticks_ms()
        left = timeout
        while (_link.ticking or _link.listening) and left != 0:
            if self._poll.poll(1):
                return 0
            if timeout > 0:
                left = max(0, timeout - _time.ticks_diff(_time.ticks_ms(), start))
        return left
