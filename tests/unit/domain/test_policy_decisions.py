"""The one decision of a policy."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from notebook_automation.domain.policies import Policy
from notebook_automation.domain.policy_decisions import Decision, Standing, Waiter, decide

AT_ONCE = Policy(threshold=3)
CANCEL = Policy(threshold=3, method="cancel")
NEWEST = Policy(threshold=2, method="cancel", cancels="running")
HOURLY = Policy(threshold=3, period=3600.0)


def waiters(*names: str, new: bool = True, begun: bool = False) -> list[Waiter]:
    return [Waiter(name, is_new=new, has_begun=begun) for name in names]


def test_who_fits_is_let_in_in_order_and_the_rest_waits() -> None:
    assert decide(AT_ONCE, Standing(taken=1, waiting=waiters("a", "b", "c")), 0.0) == Decision(admit=("a", "b"))
    assert decide(AT_ONCE, Standing(taken=3, waiting=waiters("a")), 0.0) == Decision()
    assert decide(AT_ONCE, Standing(taken=5, waiting=waiters("a")), 0.0) == Decision()


def test_without_a_policy_everybody_goes() -> None:
    assert decide(None, Standing(taken=9, waiting=waiters("a", "b")), 0.0).admit == ("a", "b")


def test_what_does_not_fit_is_refused_where_the_policy_cancels_it() -> None:
    decision = decide(CANCEL, Standing(taken=2, waiting=waiters("a", "b")), 0.0)
    assert decision == Decision(admit=("a",), refuse=("b",))


def test_only_what_is_new_is_refused_never_what_waits_already_nor_what_has_begun() -> None:
    assert decide(CANCEL, Standing(taken=3, waiting=waiters("a", new=False)), 0.0) == Decision()
    assert decide(CANCEL, Standing(taken=3, waiting=waiters("a", begun=True)), 0.0) == Decision()


def test_a_newer_one_stops_the_oldest_that_runs_and_waits_until_it_has() -> None:
    standing = Standing(taken=2, holders=("a", "b"), waiting=waiters("c"))
    assert decide(NEWEST, standing, 0.0) == Decision(stop=("a",))
    # It has ended.
    assert decide(NEWEST, Standing(taken=1, holders=("b",), waiting=waiters("c")), 0.0) == Decision(admit=("c",))


def test_of_several_newer_ones_the_newest_count() -> None:
    standing = Standing(taken=2, holders=("a", "b"), waiting=waiters("c", "d", "e"))
    assert decide(NEWEST, standing, 0.0) == Decision(stop=("a", "b"), refuse=("c",))


def test_one_of_a_period_waits_until_the_first_of_the_last_is_out_of_it() -> None:
    standing = Standing(times=[900.0, 500.0, 100.0], waiting=waiters("a"))
    assert decide(HOURLY, standing, 1000.0) == Decision(look_at=3700.0)
    standing = Standing(times=[900.0, 500.0], waiting=waiters("a", "b"))
    assert decide(HOURLY, standing, 1000.0) == Decision(admit=("a",), look_at=4100.0)


@given(
    policy=st.builds(
        Policy, threshold=st.integers(1, 5), period=st.sampled_from([None, 10.0]),
        method=st.sampled_from(["enqueue", "cancel"]),
    ),
    taken=st.integers(0, 8), waiting=st.lists(st.booleans(), max_size=12), ages=st.lists(st.floats(0, 9.5), max_size=5),
)  # fmt: skip
def test_nobody_is_let_in_beyond_the_threshold_and_nobody_forgotten(
    policy: Policy, taken: int, waiting: list[bool], ages: list[float]
) -> None:
    now = 100.0
    times = sorted((now - age for age in ages), reverse=True)[: policy.threshold]
    standing = Standing(
        taken=taken, times=times, waiting=[Waiter(f"s{n:02}", is_new=new) for n, new in enumerate(waiting)]
    )
    decision = decide(policy, standing, now)
    used = taken if policy.period is None else len(times)
    assert len(decision.admit) <= max(0, policy.threshold - used)
    assert not set(decision.admit) & set(decision.refuse)
    left = len(waiting) - len(decision.admit) - len(decision.refuse)
    if left and policy.period is not None:
        assert decision.look_at is not None
        assert decision.look_at > now
    if policy.method == "enqueue":
        assert decision.refuse == ()
        assert left == 0 or used + len(decision.admit) >= policy.threshold
