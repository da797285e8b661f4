"""Servers that are not quite brokers: each accepts on a free loopback port, does one wrong thing
for ever, and notes when it was spoken to."""
import socket
import threading
import time


class Peer:
    """answer(connection, number): what to do with the number-th connection; then it is closed."""

    def __init__(self, answer):
        self.answer = answer
        self.at = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.open = []
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            self.at.append(time.monotonic())
            connection.settimeout(10)
            try:
                if self.answer(connection, len(self.at)) == "keep":
                    self.open.append(connection)
                    continue
            except OSError:
                pass
            connection.close()

    def gaps(self):
        return [b - a for a, b in zip(self.at, self.at[1:])]

    def stop(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join()
        for connection in self.open:
            connection.close()


def read_packet(connection):
    """One MQTT packet: its type and body."""
    head = connection.recv(1)
    if not head:
        raise OSError("closed")
    length, shift = 0, 0
    while True:
        byte = connection.recv(1)[0]
        length |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    body = b""
    while len(body) < length:
        body += connection.recv(length - len(body))
    return head[0] >> 4, body


def closes_at_once(connection, _):
    read_packet(connection)


def refuses_by_connack(connection, _):
    read_packet(connection)
    connection.sendall(bytes([0x20, 3, 0, 0x87, 0]))  # MQTT 5: not authorised


def accepts_and_kicks(connection, _):
    read_packet(connection)
    connection.sendall(bytes([0x20, 3, 0, 0, 0]))


def says_nothing(_connection, _):
    return "keep"


def never_acknowledges(connection, _):
    """Accepts, answers subscriptions, and swallows every PUBLISH."""
    read_packet(connection)
    connection.sendall(bytes([0x20, 3, 0, 0, 0]))
    while True:
        kind, body = read_packet(connection)
        if kind == 8:
            connection.sendall(bytes([0x90, 4, body[0], body[1], 0, 1]))
