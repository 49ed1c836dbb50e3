"""At the end, everything derived again by a role that can only read."""

from app.demo.check.cast import Cast
from app.demo.journal import require


def derive_again(cast: Cast) -> None:
    """No decision, key, payment, posting, recovery or leaf differs from what the stored facts give."""
    with cast.journal.step(
        "复核：以只读审计角色重新推导全部结论、事项、拨付、台账、追回和封存日志，没有不一致"
    ):
        found = cast.stack.check()
        require(not found, "复核发现：\n" + "\n".join(found))
