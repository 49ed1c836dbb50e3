"""The circuit breaker by itself, with a clock that the test moves."""

import pytest

from app.gateways.circuit import CircuitBreaker, CircuitOpen, CircuitState


class Ticks:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def circuit(ticks: Ticks) -> CircuitBreaker:
    return CircuitBreaker(failures_to_open=3, window=5, open_seconds=10, monotonic=ticks)


def fail(circuit: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        circuit.admit().failed()


def test_opens_at_the_third_failure_and_not_before(circuit: CircuitBreaker) -> None:
    fail(circuit, 2)
    assert circuit.state is CircuitState.CLOSED
    fail(circuit, 1)
    assert circuit.state is CircuitState.OPEN
    with pytest.raises(CircuitOpen) as refused:
        circuit.admit()
    assert refused.value.retry_after_seconds == pytest.approx(10)


def test_opens_when_every_other_call_fails(circuit: CircuitBreaker) -> None:
    for is_failure in (True, False, True, False, True):
        permit = circuit.admit()
        permit.failed() if is_failure else permit.succeeded()
    assert circuit.state is CircuitState.OPEN


def test_forgets_failures_older_than_the_window(circuit: CircuitBreaker) -> None:
    fail(circuit, 2)
    for _ in range(5):
        circuit.admit().succeeded()
    fail(circuit, 2)
    assert circuit.state is CircuitState.CLOSED


def test_half_open_lets_one_trial_through_and_closes_after_it(circuit: CircuitBreaker, ticks: Ticks) -> None:
    fail(circuit, 3)
    ticks.now += 10
    assert circuit.state is CircuitState.HALF_OPEN
    trial = circuit.admit()
    with pytest.raises(CircuitOpen):
        circuit.admit()
    trial.succeeded()
    assert circuit.state is CircuitState.CLOSED
    fail(circuit, 2)
    assert circuit.state is CircuitState.CLOSED, "failures from before the opening must not count again"


def test_failed_trial_opens_for_another_full_period(circuit: CircuitBreaker, ticks: Ticks) -> None:
    fail(circuit, 3)
    ticks.now += 10
    trial = circuit.admit()
    ticks.now += 4
    trial.failed()
    ticks.now += 9
    assert circuit.state is CircuitState.OPEN
    ticks.now += 1
    assert circuit.state is CircuitState.HALF_OPEN


def test_abandoned_trial_leaves_room_for_the_next(circuit: CircuitBreaker, ticks: Ticks) -> None:
    fail(circuit, 3)
    ticks.now += 10
    circuit.admit().abandoned()
    circuit.admit().succeeded()
    assert circuit.state is CircuitState.CLOSED


def test_call_begun_before_the_opening_does_not_close_it(circuit: CircuitBreaker, ticks: Ticks) -> None:
    slow = circuit.admit()
    fail(circuit, 3)
    slow.succeeded()
    assert circuit.state is CircuitState.OPEN
    ticks.now += 10
    trial = circuit.admit()
    slow.succeeded()
    assert circuit.state is CircuitState.HALF_OPEN
    trial.succeeded()


def test_rests_as_long_as_the_other_side_asks(circuit: CircuitBreaker, ticks: Ticks) -> None:
    circuit.rest(30)
    circuit.rest(5)
    ticks.now += 29
    with pytest.raises(CircuitOpen):
        circuit.admit()
    ticks.now += 1
    circuit.admit().succeeded()
