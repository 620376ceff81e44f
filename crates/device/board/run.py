# Runs a script under its own name, so that tracebacks and the script's own messages carry it, and
# gives what sys.exit() was given instead of losing it in a soft reset.
#
# input() asks the host for a line by printing the mark twice, and gets it as a literal; where it cannot be
# replaced, or the standard input has no lines, it stays what it is.
def _belay_run(source, mark, *argv):
    def ask(prompt=""):
        print(prompt, end="")
        print(mark, 0, mark)
        line = eval(sys.stdin.readline())
        if line is None:
            raise EOFError
        return line

    builtins = None
    if mark and hasattr(sys.stdin, "readline"):
        try:
            builtins = find("builtins")
            old = builtins.input
            builtins.input = ask
        except (ImportError, AttributeError):
            builtins = None
            main["input"] = ask
    try:
        sys.argv[:] = argv
    except AttributeError:
        if argv[1:]:
            raise
    try:
        code = compile(source, argv[0], "exec")
    except NameError:
        # The firmware has no compile(); exec() then calls the script "<string>".
        code = source
    try:
        exec(code, main)
    except SystemExit as stop:
        return stop.args
    finally:
        if builtins:
            builtins.input = old


_belay_v = _belay_run
