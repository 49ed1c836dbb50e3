"""Stop calling an outside system that keeps failing, and try it again with one call at a time.

Pattern: M. Nygard, *Release It!*, "Circuit Breaker". One breaker belongs to one outside system in one
process; it is used from one event loop and needs no lock, because nothing here awaits.
"""

import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum


class CircuitState(StrEnum):
    """Where the breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitOpen(Exception):
    """No call is let through now; ``retry_after_seconds`` says when the next one may be."""

    def __init__(self, retry_after_seconds: float) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"circuit open for another {retry_after_seconds:.1f} s")


class Permit:
    """The right to make one call; tell it exactly once how the call ended."""

    def __init__(self, circuit: "CircuitBreaker", generation: int) -> None:
        self._circuit = circuit
        self._generation = generation

    def succeeded(self) -> None:
        """The outside system answered as its contract says."""
        self._circuit._ended(self._generation, is_failure=False)

    def failed(self) -> None:
        """The outside system was down, slow or wrong."""
        self._circuit._ended(self._generation, is_failure=True)

    def abandoned(self) -> None:
        """The call was canceled by our side: that says nothing about the other one."""
        self._circuit._abandoned(self._generation)


class CircuitBreaker:
    """Closed: all pass. Open: none for ``open_seconds``. Half-open: one trial, whose end decides.

    It opens when ``failures_to_open`` of the last ``window`` calls failed, so that a system that answers
    every other call is caught as well as one that answers none. Times are seconds of ``monotonic``.
    """

    def __init__(
        self,
        *,
        failures_to_open: int = 5,
        window: int = 10,
        open_seconds: float = 15.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if not 0 < failures_to_open <= window:
            raise ValueError("failures_to_open must lie between 1 and window")
        self._failures_to_open = failures_to_open
        self._open_seconds = open_seconds
        self._monotonic = monotonic
        self.on_change: Callable[[CircuitState], None] | None = None
        """Told whenever the circuit has opened (also anew, after a trial that failed) or closed."""
        self._recent_failures: deque[bool] = deque(maxlen=window)
        self._opened_at: float | None = None
        self._resting_until = float("-inf")
        self._is_trial_running = False
        # Calls begun before the last change of state must not decide about the state after it.
        self._generation = 0

    @property
    def state(self) -> CircuitState:
        """The state as of now; an open circuit becomes half-open by the passing of time."""
        if self._opened_at is None:
            return CircuitState.CLOSED
        if self._monotonic() < self._opened_at + self._open_seconds:
            return CircuitState.OPEN
        return CircuitState.HALF_OPEN

    def admit(self) -> Permit:
        """Let one call through.

        Raises:
            CircuitOpen: the circuit is open, a trial is already running, or the other side asked for rest.
        """
        now = self._monotonic()
        if now < self._resting_until:
            raise CircuitOpen(self._resting_until - now)
        state = self.state
        if state is CircuitState.OPEN:
            assert self._opened_at is not None
            raise CircuitOpen(self._opened_at + self._open_seconds - now)
        if state is CircuitState.HALF_OPEN:
            if self._is_trial_running:
                raise CircuitOpen(self._open_seconds)
            self._is_trial_running = True
        return Permit(self, self._generation)

    def rest(self, seconds: float) -> None:
        """Let nothing through for ``seconds``: the other side asked for it (Retry-After)."""
        self._resting_until = max(self._resting_until, self._monotonic() + seconds)

    def _ended(self, generation: int, *, is_failure: bool) -> None:
        if generation != self._generation:
            return
        if self._opened_at is not None:
            self._change(opened_at=self._monotonic() if is_failure else None)
            return
        self._recent_failures.append(is_failure)
        if sum(self._recent_failures) >= self._failures_to_open:
            self._change(opened_at=self._monotonic())

    def _abandoned(self, generation: int) -> None:
        if generation == self._generation:
            self._is_trial_running = False

    def _change(self, *, opened_at: float | None) -> None:
        self._opened_at = opened_at
        self._is_trial_running = False
        self._recent_failures.clear()
        self._generation += 1
        if self.on_change is not None:
            self.on_change(CircuitState.CLOSED if opened_at is None else CircuitState.OPEN)
