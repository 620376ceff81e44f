"""Notebooks, with a real kernel."""

import os
import pathlib
import signal
import threading
import time

import nbclient
import nbformat

GUIDE = pathlib.Path(__file__).parents[4] / "docs" / "python.md"


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])


def executed(*cells):
    """The outputs of each cell: what was printed, and the value that was shown."""
    client = nbclient.NotebookClient(notebook(*cells), timeout=60, kernel_name="python3")
    found = []
    for cell in client.execute().cells:
        printed = "".join(output.text for output in cell.outputs if output.output_type == "stream")
        values = [output.data["text/plain"] for output in cell.outputs if output.output_type == "execute_result"]
        found.append((printed, values[0] if values else None))
    return found


def test_cells_run_on_a_board():
    found = executed(
        "%load_ext belay",
        "%%board sim:\nimport sys\nx = [n * n for n in range(4)]\nprint('there', sys.platform)\nsum(x)",
        "%%board\nx.append(1)",
        "here = %board_value x",
        "here",
        "import belay\nmine = %board\nisinstance(mine, belay.Device)",
        "%%board mine\nlen(\n    x\n)",
        "%%board\nx; None",
        "%unload_ext belay",
    )
    assert found == [
        ("", None),
        ("there belay-sim\n", "14"),
        ("", None),
        ("", None),
        ("", "[0, 1, 4, 9, 1]"),
        ("", "True"),
        ("", "5"),
        ("", None),
        ("", None),
    ]


def test_the_cells_of_the_documentation():
    cells = []
    for block in GUIDE.read_text(encoding="utf-8").split("## In notebooks")[1].split("\n## ")[0].split("```text\n")[1:]:
        cells.append(block.split("```")[0].rstrip())
    found = executed(*cells, "here")
    assert found[1] == ("on the board\n", "14")
    assert found[-1] == ("", "[0, 1, 4, 9]")


def test_an_exception_of_the_board_ends_the_cell_and_the_next_one_runs():
    book = notebook("%load_ext belay", "%%board sim:\n1 / 0", "%%board\n6 * 7")
    client = nbclient.NotebookClient(book, timeout=60, kernel_name="python3", allow_errors=True)
    cells = client.execute().cells
    assert cells[1].outputs[0].ename == "PyboardException"
    assert "ZeroDivisionError" in cells[1].outputs[0].evalue
    assert cells[2].outputs[0].data["text/plain"] == "42"


def test_output_streams_and_an_interrupted_kernel_interrupts_the_board():
    book = notebook("%load_ext belay", "%%board sim:\nprint('begun')\nwhile True: pass", "%%board\n6 * 7")
    client = nbclient.NotebookClient(book, timeout=60, kernel_name="python3", allow_errors=True)
    interrupted = []

    def interrupt():
        end = time.monotonic() + 50
        while time.monotonic() < end:
            # The output is there while the program still runs.
            if any("begun" in output.get("text", "") for output in book.cells[1].get("outputs", [])):
                interrupted.append(True)
                os.kill(client.km.provisioner.pid, signal.SIGINT)
                return
            time.sleep(0.01)

    thread = threading.Thread(target=interrupt)
    thread.start()
    cells = client.execute().cells
    thread.join()
    assert interrupted
    assert cells[1].outputs[-1].ename == "KeyboardInterrupt"
    assert cells[2].outputs[0].data["text/plain"] == "42"


