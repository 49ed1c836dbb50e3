"""Job: ask the bank whose accounts are that were recorded, and store what it says; nothing is locked meanwhile."""

import structlog

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.gateways.bank_facts import AccountAnswer, AccountOutcome, AccountQuery
from app.subsidies.claims.actions.check_accounts import (
    BATCH,
    DueAccount,
    lease_due_accounts,
    store_account_answers,
)
from app.web.house import House

log = structlog.get_logger(__name__)

_NO_ANSWER = AccountAnswer(outcome=AccountOutcome.UNAVAILABLE)


async def run_account_checks(parts: House) -> int:
    """Ask about every account that is due now; returns how many the bank told of."""
    settled = 0
    while True:
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            due = await lease_due_accounts(unit, parts.keys)
        if not due:
            return settled
        answers = [(account, await _ask(parts, account)) for account in due]
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            told = await store_account_answers(unit, answers)
        settled += told
        log.info("account checks", asked=len(due), settled=told)
        if len(due) < BATCH:
            return settled


async def _ask(parts: House, account: DueAccount) -> AccountAnswer:
    if account.holder_name is None or account.holder_number is None:
        log.error("account cannot be asked about", account_id=str(account.account_id))
        return _NO_ANSWER
    try:
        query = AccountQuery(
            account_number=account.account_number,
            holder_name=account.holder_name,
            holder_number=account.holder_number,
        )
    except ValueError:
        # Its message names the field only; nothing is gained by a stack.
        log.warning("account has not the bank's form", account_id=str(account.account_id))
        return _NO_ANSWER
    return await parts.bank.verify_account(query)
