//! The raw REPL and raw-paste mode of MicroPython and CircuitPython as a sans-IO state machine.
