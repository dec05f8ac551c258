"""When loss on a link is worth a note on the timeline: it begins and ends with hysteresis, so that a link that hovers
at the threshold does not fill the log. Knows no clock: it is asked once a second."""

from dataclasses import dataclass

# From here on people hear and see it: ultrasound over the network tolerates up to 3 % (clinical figures of the design).
BEGINS_AT = 30  # in 1/1000
# A single burst is repaired by retransmission before anybody notices.
BEGINS_AFTER_S = 3
# Well below, so that a link of 2 to 3 % is one episode and not twenty.
ENDS_BELOW = 10  # in 1/1000
ENDS_AFTER_S = 5


@dataclass
class Loss:
    """The loss of one peer's link. `most`: in 1/1000, of the episode that goes on or has just ended."""

    going_on: bool = False
    most: int = 0
    _seconds: int = 0  # in a row that speak for a change

    def heard(self, loss: int) -> bool:
        """The loss of one more second, in 1/1000; -1 = nothing came, which says nothing. True if that was a change."""
        if loss < 0:
            return False
        crossed = loss < ENDS_BELOW if self.going_on else loss >= BEGINS_AT
        self._seconds = self._seconds + 1 if crossed else 0
        if crossed or self.going_on:
            self.most = max(self.most, loss)
        else:
            self.most = 0
        if self._seconds < (ENDS_AFTER_S if self.going_on else BEGINS_AFTER_S):
            return False
        self.going_on, self._seconds = not self.going_on, 0
        return True
