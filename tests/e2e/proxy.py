"""A TCP relay between uplink and broker that understands MQTT's packet frames just enough to say
when CONNACK came and which topics were published after it. It listens only while told to, so that a
dead broker looks dead."""
import socket
import threading
import time


class Frames:
    """Cuts a byte stream into MQTT packets: (type, body)."""

    def __init__(self):
        self.bytes = b""

    def feed(self, data):
        self.bytes += data
        while len(self.bytes) >= 2:
            length, at, shift = 0, 1, 0
            while True:
                if at >= len(self.bytes):
                    return
                byte = self.bytes[at]
                length |= (byte & 127) << shift
                at, shift = at + 1, shift + 7
                if byte < 128:
                    break
            if len(self.bytes) < at + length:
                return
            yield self.bytes[0] >> 4, self.bytes[at:at + length]
            self.bytes = self.bytes[at + length:]


class Connection:
    def __init__(self):
        self.client_id = ""
        self.accepted_at = None
        self.published = []  # (topic, when, payload)

    def from_client(self, kind, body):
        if kind == 1:
            self.client_id = body.decode(errors="replace")
        elif kind == 3:
            size = int.from_bytes(body[:2], "big")
            self.published.append((body[2:2 + size].decode(), time.monotonic(), body[2 + size:]))

    def from_broker(self, kind, _body):
        if kind == 2:
            self.accepted_at = time.monotonic()

    def is_live(self):
        return "-backlog" not in self.client_id and self.accepted_at is not None


class Proxy:
    def __init__(self, broker_port):
        self.broker_port = broker_port
        self.connections = []
        self.server, self.threads, self.sockets = None, [], []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def listen(self):
        self.server = socket.create_server(("127.0.0.1", self.port))
        self.spawn(self.accept, self.server)

    def refuse(self):
        """Nobody listens, and what was connected is cut."""
        server, self.server = self.server, None
        if server:
            server.shutdown(socket.SHUT_RDWR)
            server.close()
        for s in self.sockets:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self.threads:
            thread.join()
        for s in self.sockets:
            s.close()
        self.threads, self.sockets = [], []

    def spawn(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments)
        self.threads.append(thread)
        thread.start()

    def accept(self, server):
        while True:
            try:
                client, _ = server.accept()
                broker = socket.create_connection(("127.0.0.1", self.broker_port))
            except OSError:
                return
            self.sockets += [client, broker]
            for s in (client, broker):
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection()
            self.connections.append(connection)
            self.spawn(self.pump, client, broker, connection.from_client)
            self.spawn(self.pump, broker, client, connection.from_broker)

    def pump(self, source, sink, note):
        frames = Frames()
        try:
            while data := source.recv(65536):
                for kind, body in frames.feed(data):
                    note(kind, body)
                sink.sendall(data)
        except OSError:
            pass
        for s in (source, sink):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def live(self):
        return [c for c in self.connections if c.is_live()]
