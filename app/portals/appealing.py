"""The ways to go against a decision, as pages offer them to whoever was refused."""

from app.subsidies.claims.states import AppealChannel

WAYS = (
    (AppealChannel.REVIEW.value, "请经办机构复核", "还是由作出决定的经办机构办理，换人重新审核。"),
    (
        AppealChannel.RECONSIDERATION.value,
        "已申请行政复议",
        "须另向决定书写明的复议机关递交申请；在这里登记，经办机构会配合办理。",
    ),
    (
        AppealChannel.LITIGATION.value,
        "已提起行政诉讼",
        "须另向人民法院起诉；在这里登记，经办机构会配合办理。",
    ),
)
"""Value, what it is called, what has to be done for it."""
