"""Store one part of a list of earlier benefits: keys, places, row-level answers and progress in one transaction."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.db.crypto import KeyRing
from app.identity.persons.actions.register_persons import register_persons
from app.kernel.errors import Reason
from app.kernel.names import same_name
from app.reference.occupations import occupations
from app.subsidies.earlier.queries import EarlierJob, proved_names
from app.subsidies.earlier.rules import EarlierBenefit, already_held, name_differs

_STORE = "SELECT is_done, answers::text AS answers FROM store_earlier_part($1, $2, $3, $4, $5, $6, $7)"
_EXPLAIN = "SELECT explain_earlier_rows($1, $2, $3)"


async def store_part(
    unit: Unit,
    keys: KeyRing,
    job: EarlierJob,
    judged: Sequence[EarlierBenefit],
    refused: Sequence[tuple[int, tuple[Reason, ...]]],
) -> bool | None:
    """Whether the import is done with this part; None when another worker was faster and nothing was stored.

    Persons who are not known yet are registered by their number; a known one has to bear the name of the row.
    """
    rows, differing = await _rows(unit, keys, judged)
    defects = [*refused, *differing]
    driver = await unit.driver()
    told = await driver.fetchrow(
        _STORE,
        job.import_id,
        job.state,
        job.rows_done,
        len(judged) + len(refused),
        [line for line, _ in defects],
        [_packed(reasons) for _, reasons in defects],
        orjson.dumps(rows).decode(),
    )
    is_done: bool | None = told["is_done"]
    if is_done is None:
        return None
    answers = orjson.loads(told["answers"])
    held = [answer for answer in answers if answer["outcome"] == "held"]
    await _explain(unit, job, held)
    for answer in held:
        if answer["held"]["is_paid"]:
            # Paid by us and, the list says, before us: an officer looks into it (``recoveries.actions.take_alarm``).
            await announce(
                unit,
                "earlier_benefit.collided",
                {
                    "import_id": str(job.import_id),
                    "line": answer["line"],
                    "record_number": answer["held"]["record_number"],
                },
            )
    details = {
        "from_row": job.rows_done,
        "stored": len(rows) - len(answers),
        "unchanged": len(answers) - len(held),
        "refused": len(defects) + len(held),
    }
    await record_event(
        unit,
        "earlier_import:part_stored",
        subject_kind="earlier_import",
        subject_id=job.import_id,
        details=details,
    )
    if is_done:
        await announce(unit, "earlier_import.done", {"import_id": str(job.import_id)})
    return is_done


async def _rows(
    unit: Unit, keys: KeyRing, judged: Sequence[EarlierBenefit]
) -> tuple[list[dict[str, Any]], list[tuple[int, tuple[Reason, ...]]]]:
    """What the door takes, and the lines whose person bears another name."""
    persons = await register_persons(unit, keys, [each.person for each in judged])
    proved = await proved_names(unit, keys, persons)
    rows: list[dict[str, Any]] = []
    differing: list[tuple[int, tuple[Reason, ...]]] = []
    for each, person_id in zip(judged, persons, strict=True):
        names = proved.get(person_id)
        if names and not any(same_name(each.name, name) for name in names):
            differing.append((each.line, (name_differs(),)))
            continue
        rows.append(
            {
                "line": each.line,
                "person_id": str(person_id),
                "kind": each.kind.value,
                "benefit_line": each.benefit_line,
                "level": each.level.value,
                "period": each.period,
                "division_code": each.division_code,
                "paid_on": each.paid_on,
                "dated": each.dated,
                "amount_fen": each.amount_fen,
                "document": each.document,
            }
        )
    return rows, differing


async def _explain(unit: Unit, job: EarlierJob, held: Sequence[dict[str, Any]]) -> None:
    """Words for the rows that the door answered by what is held."""
    if held:
        names_by_line = occupations().get().line_names
        await (await unit.driver()).execute(
            _EXPLAIN,
            job.import_id,
            [answer["line"] for answer in held],
            [_packed((already_held(answer["held"], names_by_line),)) for answer in held],
        )


def _packed(reasons: Sequence[Reason]) -> str:
    return orjson.dumps([asdict(reason) for reason in reasons]).decode()
