# Runs code under a name that tracebacks show, where the firmware can give it one.
code = r"""$CODE"""
try:
    code = compile(code, "$NAME", "exec")
except NameError:
    pass
exec(code)
