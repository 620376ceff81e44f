# Functions of the host that programs call as they call others.
#
# A call is a frame with the function's name and arguments. The host answers with a line: a letter and a
# literal. V gives the value, E the name and the text of an exception, T a text behind its check, which is
# the value as it is. While the host works on a call, it may want something from the board itself: Q
# evaluates an expression and X runs statements, and a frame tells what came of it. Other lines are what
# somebody has typed before; a text has an end of a line in front of it, and they go back to the host behind it.
def _belay_host(name, arguments, keywords):
    if ident() != owner:
        raise RuntimeError("functions of the host are called by the main program only")
    print("$MARK C%s $MARK" % repr((name, arguments, keywords)))
    typed = ""
    while True:
        line = sys.stdin.readline()
        kind = line[:1]
        if kind == "V":
            return eval(line[1:])
        if kind == "T":
            at = line.find(" ")
            text = line[at + 1 : -1]
            if line[1:at] == str(check(text)):
                if typed[1:]:
                    print("$MARK K%s $MARK" % repr(typed[:-1]))
                return text
        if kind == "E":
            kind, message = eval(line[1:])
            error = getattr(builtins, kind, None)
            if not isinstance(error, type) or not issubclass(error, Exception):
                error = RuntimeError
                message = kind + ": " + message
            raise error(message)
        if kind == "Q" or kind == "X":
            try:
                if kind == "Q":
                    value = eval(eval(line[1:]), main)
                else:
                    value = exec(eval(line[1:]), main)
                answer = "V" + repr(value)
            except Exception as error:
                answer = "E" + repr(traceback(error))
            print("$MARK %s $MARK" % answer)
            continue
        typed += line


def traceback(error):
    try:
        text = find("io").StringIO()
        if hasattr(sys, "print_exception"):
            sys.print_exception(error, text)
        else:
            # So it is with CircuitPython.
            find("traceback").print_exception(error, file=text)
        return text.getvalue()
    except (ImportError, AttributeError):
        return type(error).__name__ + ": " + str(error)


builtins = find("builtins")
try:
    ident = find("_thread").get_ident
except (ImportError, AttributeError):
    ident = int
owner = ident()
main["_belay_host"] = _belay_host
