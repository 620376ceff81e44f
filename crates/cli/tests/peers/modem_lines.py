"""An RFC 2217 server of pyserial's, whose port comes back to itself and tells what becomes of its lines."""

import socket

import serial.rfc2217
from serial.urlhandler import protocol_loop


class Port(protocol_loop.Serial):
    """Says which lines change, and which speed it is given."""

    def _reconfigure_port(self):
        super()._reconfigure_port()
        print("speed", self.baudrate, flush=True)

    def _update_dtr_state(self):
        super()._update_dtr_state()
        print("dtr", self.dtr, flush=True)

    def _update_rts_state(self):
        super()._update_rts_state()
        print("rts", self.rts, flush=True)


class Connection:
    """How the port's settings travel to the client."""

    def __init__(self, client):
        self.client = client

    def write(self, data):
        self.client.sendall(data)


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
port = Port("loop://", timeout=0)
client, _ = listener.accept()
print("client", flush=True)
manager = serial.rfc2217.PortManager(port, Connection(client))
while data := client.recv(1024):
    port.write(b"".join(manager.filter(data)))
    client.sendall(b"".join(manager.escape(port.read(1024))))
