"""资金: the way into everything about money, with what waits there."""

from starlette.responses import Response

from app.oversight.waiting.queries import claims_waiting
from app.portals.officer.payments import PAYING
from app.subsidies.disbursements.queries.restorations import payments_closed
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()

_ROOMS = (
    (
        "拨付",
        (
            ("/office/money/orders", "拨付单", "公示期满的申领开单拨付，逐件看进展"),
            ("/office/money/failed", "银行退回", "更正账户后重新拨付，或者取消"),
            ("/office/money/contradictions", "银行前后矛盾", "退回后又称已入账的，由两人确认"),
            ("/office/money/registries", "两地都已发放", "外省登记机构称也已发放的，查明后写明结论"),
            ("/office/money/statements", "银行对账", "每日对账文件与差异"),
            ("/office/money/advances", "预拨", "项目制培训预拨、冲抵和退回余款"),
            ("/office/money/restorations", "付款通道", "疑似恢复备份时关闭，两人核对后恢复"),
        ),
    ),
    (
        "预算、账与追回",
        (
            ("/office/money/budgets", "预算", "下达的指标，可用、在途、预拨、已付"),
            ("/office/money/ledger-differences", "核对账与事实", "逐分比对，任何时候都应一致"),
            ("/office/money/recoveries", "追回", "立案、退回、核销、移送"),
        ),
    ),
    (
        "其他",
        (
            ("/office/money/vouchers", "职业培训券", "成批发放、查看、作废"),
            ("/office/money/earlier", "存量补贴", "登记系统启用前已发放的补贴"),
            ("/office/money/accounts", "对公账户", "确认机构收款的账户"),
            ("/office/claims/new", "窗口代为申领", "为到场的劳动者提交申领"),
        ),
    ),
)
"""By group: address, name, and what is done there; offered to whom the table of pages admits."""


@router.get("/office/money")
async def show_money_page(page: PageOf) -> Response:
    """The rooms that one may enter, and how many claims stand where."""
    groups = [(name, [room for room in rooms if page.may("GET", room[0])]) for name, rooms in _ROOMS]
    waiting = {}
    async with page.reading() as unit:
        closed = await payments_closed(unit)
        if page.may("GET", "/office/claims"):
            waiting = await claims_waiting(unit, PAYING)
    return page.show(
        "officer/money.html",
        groups=[(name, rooms) for name, rooms in groups if rooms],
        waiting=waiting,
        closed=closed,
    )
