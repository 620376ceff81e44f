# Runs many calls, one after the other. An expression comes as a string, statements as the only item
# of a tuple. Each answer is printed between two marks, where `print` takes the value piece by piece:
# the value in a list, or the text of an exception in a tuple. If asked to `checked`, it prints the text
# in one piece, with a check that is begun with the number of the call.
def _belay_batch(mark, checked, *calls):
    try:
        StringIO = find("io").StringIO
        if hasattr(sys, "print_exception"):
            show = sys.print_exception
        else:
            # So it is with CircuitPython.
            trace = find("traceback").print_exception
            show = lambda error, text: trace(error, file=text)
    except (ImportError, AttributeError):
        StringIO = None
    number = 0

    def tell(answer):
        if checked:
            answer = repr(answer)
            print(mark, answer, check(answer, number), mark)
        else:
            print(mark, answer, mark)

    for call in calls:
        try:
            if isinstance(call, str):
                tell([eval(call, main)])
            else:
                tell([exec(call[0], main)])
        except Exception as error:
            if StringIO is None:
                text = type(error).__name__ + ": " + str(error)
            else:
                text = StringIO()
                show(error, text)
                text = text.getvalue()
            tell((text,))
        number += 1


main["_belay_batch"] = _belay_batch
