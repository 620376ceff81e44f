# Runs a script under its own name, so that tracebacks and the script's own messages carry it, and
# gives what sys.exit() was given instead of losing it in a soft reset.
def _belay_run(source, name):
    try:
        code = compile(source, name, "exec")
    except NameError:
        # The firmware has no compile(); exec() then calls the script "<string>".
        code = source
    try:
        exec(code, globals())
    except SystemExit as stop:
        return stop.args
