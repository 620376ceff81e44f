# Runs many calls, one after the other. An expression comes as a string, statements as the only item
# of a tuple. Each answer is printed between two marks, where `print` takes the value piece by piece:
# the value in a list, or the text of an exception in a tuple. If asked to `check`, it prints the text
# in one piece, with a checksum that is begun with the number of the call.
#
# `report` is the built-in print, taken before a program can make something else of that name.
def _belay_batch(mark, check, *calls, report=print):
    import sys

    try:
        from io import StringIO
    except ImportError:
        StringIO = None
    if check:
        from binascii import crc32
    number = 0

    def tell(answer):
        if check:
            answer = repr(answer)
            report(mark, answer, crc32(answer, number), mark)
        else:
            report(mark, answer, mark)

    names = globals()
    for call in calls:
        try:
            if isinstance(call, str):
                tell([eval(call, names)])
            else:
                tell([exec(call[0], names)])
        except Exception as error:
            if StringIO is None or not hasattr(sys, "print_exception"):
                text = type(error).__name__ + ": " + str(error)
            else:
                text = StringIO()
                sys.print_exception(error, text)
                text = text.getvalue()
            tell((text,))
        number += 1
