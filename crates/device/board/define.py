# Runs text from the host in the programs' name space, compiled under the name of the host's file.
def _belay_define(before, source, name, line):
    exec(before, main)
    source = "\n" * (int(line) - 1) + source
    try:
        code = compile(source, name, "exec")
    except NameError:
        # The firmware has no compile(); exec() then calls the text "<string>".
        code = source
    exec(code, main)


_belay_v = _belay_define
