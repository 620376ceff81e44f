# Runs text from the host in the global name space, compiled under the name of the host's file.
def _belay_define(source, name):
    try:
        code = compile(source, name, "exec")
    except NameError:
        # The firmware has no compile(); exec() then calls the text "<string>".
        code = source
    exec(code, globals())


_belay_define($SOURCE, $NAME)
