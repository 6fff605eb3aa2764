"""line - a host's line to Redis, which can swallow what Redis says, or be slow with it."""
import time

from relay import Relay


class Line(Relay):
    """Connections made later are as good as new."""

    def __init__(self, target_port):
        self._states = []
        self.delay_s = 0
        super().__init__(target_port)

    def deafen(self, subscriptions):
        """What Redis says to the subscriptions of now, or to the others, is swallowed; their TCP lives."""
        for state in self._states:
            state["deaf"] |= state["subscription"] == subscriptions

    def _commands(self, pair, state):
        state.update(subscription=False, deaf=False)
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
                if not state.get("deaf"):  # the other thread may not have begun
                    time.sleep(self.delay_s)
                    program.sendall(data)
        except OSError:
            pass
        self._end(pair)
