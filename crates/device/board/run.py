# Runs a script under its own name, so that tracebacks and the script's own messages carry it, and
# reports what sys.exit() was given instead of losing it in a soft reset.
#
# `report` is the built-in print, taken before the script can make something else of that name.
def _belay_run(source, name, mark, report=print):
    try:
        code = compile(source, name, "exec")
    except NameError:
        # The firmware has no compile(); exec() then calls the script "<string>".
        code = source
    try:
        exec(code, globals())
    except SystemExit as stop:
        report(mark, [stop.args], mark)
    else:
        report(mark)


_belay_run($SOURCE, $NAME, "$MARK")
