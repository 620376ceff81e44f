# What `socket` has on a board whose network is the loopback of this computer and nothing else.
# Addresses are tuples of host and port, as on boards; the engine has them as the system does.
import socket as _socket

_type = _socket.socket
_connect, _bind, _sendto = _type.connect, _type.bind, _type.sendto
_accept, _recvfrom = _type.accept, _type.recvfrom
_getaddrinfo = _socket.getaddrinfo

_EAI_NONAME = -2
_ENETUNREACH = 101


def _inner(host, port, error=_ENETUNREACH):
    # Not even a server on all interfaces is seen from outside.
    if host in ("", "0.0.0.0", "localhost"):
        host = "127.0.0.1"
    if not host.startswith("127."):
        raise OSError(error)
    return _getaddrinfo(host, port, _socket.AF_INET)[0][-1]


def _outer(address):
    family, host, port = _socket.sockaddr(address)
    return _socket.inet_ntop(family, host), port


def getaddrinfo(host, port, af=0, type=0, proto=0, flags=0):
    address = _outer(_inner(host, port, _EAI_NONAME))
    return [(_socket.AF_INET, type or _socket.SOCK_STREAM, proto, "", address)]


def _connect_to(self, address):
    return _connect(self, _inner(*address))


def _bind_to(self, address):
    return _bind(self, _inner(*address))


def _send_to(self, data, address):
    return _sendto(self, data, _inner(*address))


def _accept_from(self):
    line, address = _accept(self)
    return line, _outer(address)


def _receive_from(self, *arguments):
    data, address = _recvfrom(self, *arguments)
    return data, _outer(address)


_METHODS = {
    "connect": _connect_to,
    "bind": _bind_to,
    "sendto": _send_to,
    "accept": _accept_from,
    "recvfrom": _receive_from,
}
