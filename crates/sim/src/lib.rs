//! A simulated MicroPython board for tests: the real interpreter behind a pty or TCP port, with flash, pins and a link that can be slow.
