# `traceback` of CircuitPython.
import sys as _sys
import circuit_sys as _own
import link as _link


def format_exception(exc, value=None, tb=None, limit=None, chain=True):
    return [_link.describe(exc if value is None else value)]


def print_exception(exc, value=None, tb=None, limit=None, file=None, chain=True):
    (_own.stdout if file is None else file).write(_link.describe(exc if value is None else value))
