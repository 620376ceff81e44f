"""A simulated board with its controls, for the tests."""

import json
import os
import socket
import subprocess
import sys
import tempfile


class Board:
    """A board in a process of its own."""

    def __init__(self, *options):
        self._folder = tempfile.TemporaryDirectory()
        flash = os.path.join(self._folder.name, "board.img")
        belay = os.path.join(os.path.dirname(sys.executable), "belay")
        command = [belay, "sim", "--quiet", "--flash", flash, "--control", "127.0.0.1:0", *options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = self._process.stdout.readline().strip()
        address = self._process.stdout.readline().removeprefix("control ")
        host, _, port = address.strip().rpartition(":")
        with socket.create_connection((host, int(port))) as connection:
            self._controls = connection.makefile("rw")
        self.port = self.control("hello")["stable_path"]

    def control(self, cmd, **fields):
        print(json.dumps({"cmd": cmd, **fields}), file=self._controls, flush=True)
        answer = json.loads(self._controls.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"]["message"])
        return answer["result"]

    def close(self):
        self._controls.close()
        self._process.terminate()
        self._process.communicate()
        self._folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()
