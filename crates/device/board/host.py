# Functions of the host that programs call as they call others.
#
# A call is a frame with the function's name and arguments. The host answers with a line: a letter and a
# literal. V gives the value, E the name and the text of an exception. While the host works on a call, it
# may want something from the board itself: Q evaluates an expression and X runs statements, and a
# frame tells what came of it.
def _belay_host(name, arguments, keywords, report=print, text=repr):
    import sys

    if _belay_ident() != _belay_owner:
        raise RuntimeError("functions of the host are called by the main program only")
    names = globals()
    report("$MARK C%s $MARK" % text((name, arguments, keywords)))
    while True:
        line = sys.stdin.readline()
        kind = line[:1]
        if kind == "V":
            return eval(line[1:])
        if kind == "E":
            kind, message = eval(line[1:])
            error = getattr(__import__("builtins"), kind, None)
            if not isinstance(error, type) or not issubclass(error, Exception):
                error = RuntimeError
                message = kind + ": " + message
            raise error(message)
        if kind == "Q" or kind == "X":
            try:
                if kind == "Q":
                    value = eval(eval(line[1:]), names)
                else:
                    value = exec(eval(line[1:]), names)
                answer = "V" + text(value)
            except Exception as error:
                answer = "E" + text(_belay_traceback(error))
            report("$MARK %s $MARK" % answer)


def _belay_traceback(error):
    import sys

    try:
        from io import StringIO

        text = StringIO()
        sys.print_exception(error, text)
        return text.getvalue()
    except (ImportError, AttributeError):
        return type(error).__name__ + ": " + str(error)


def _belay_find_ident():
    try:
        from _thread import get_ident

        return get_ident
    except ImportError:
        return int


_belay_ident = _belay_find_ident()
_belay_owner = _belay_ident()
