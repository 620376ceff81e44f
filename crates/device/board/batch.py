# Runs many calls, one after the other. An expression comes as a string, statements as the only item
# of a tuple. Each answer is printed between two marks, where `print` takes the value piece by piece:
# the value in a list, or the text of an exception in a tuple.
#
# `report` is the built-in print, taken before a program can make something else of that name.
def _belay_batch(mark, *calls, report=print):
    import sys

    try:
        from io import StringIO
    except ImportError:
        StringIO = None
    names = globals()
    for call in calls:
        try:
            if isinstance(call, str):
                answer = [eval(call, names)]
            else:
                answer = [exec(call[0], names)]
            report(mark, answer, mark)
        except Exception as error:
            if StringIO is None or not hasattr(sys, "print_exception"):
                text = type(error).__name__ + ": " + str(error)
            else:
                text = StringIO()
                sys.print_exception(error, text)
                text = text.getvalue()
            report(mark, (text,), mark)
