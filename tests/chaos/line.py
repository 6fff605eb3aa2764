"""line - a host's line to Redis, whose subscription can go deaf and whose replies can be slow."""
import time

from relay import Relay


class Line(Relay):
    """deafen(): what Redis says to the subscriptions of now is swallowed from now on; their TCP lives."""

    def __init__(self, target_port):
        self._states = []
        self.delay_s = 0
        super().__init__(target_port)

    def deafen(self):
        for state in self._states:
            state["deaf"] = state.get("subscription", False)

    def _commands(self, pair, state):
        self._states.append(state)
        program, redis = pair
        try:
            while data := program.recv(65536):
                if b"\r\nSUBSCRIBE\r\n" in data:
                    state["subscription"] = True
                redis.sendall(data)
        except OSError:
            pass
        self._end(pair)

    def _replies(self, pair, state):
        program, redis = pair
        try:
            while data := redis.recv(65536):
                if not state.get("deaf"):
                    time.sleep(self.delay_s)
                    program.sendall(data)
        except OSError:
            pass
        self._end(pair)
