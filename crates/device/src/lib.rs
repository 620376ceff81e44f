//! A session with a MicroPython or CircuitPython board: run code there, stream its output, get results as ordinary values.
