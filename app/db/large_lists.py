"""Lists over tables of a million rows: finding a name by a part of it, and planning for what is really asked."""

from sqlalchemy import ColumnElement, and_, func, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped


def name_contains(name: Mapped[str], part: str) -> ColumnElement[bool]:
    """Whether a name has this part, whatever the case. For columns with an index on ``name_grams`` (migration 0004).

    The index finds the names in which every two neighbors of the part stand; whether they stand in that order is
    then compared.
    """
    return and_(
        func.name_grams(name).op("@>")(func.sought_grams(part)), name.icontains(part, autoescape=True)
    )


async def plan_each(session: AsyncSession) -> None:
    """Have the statements of this transaction planned for their very parameters.

    What is sought decides how: a frequent word by walking the list until the page is full, a rare one by its index.
    A plan made for any word is off by a factor of a thousand for some.
    """
    await session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
