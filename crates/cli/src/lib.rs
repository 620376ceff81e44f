//! Make a MicroPython or CircuitPython board an extension of the host: run code on it, talk to it, look at it.
