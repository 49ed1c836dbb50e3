"""Parameters behind the question mark: one that a route does not know is refused, never ignored.

``?limt=5`` would otherwise be answered as if nothing had been asked.
"""

import re

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute

from app.kernel.errors import InvalidInput, Reason
from app.kernel.masking import mask_in_error

_PLAIN_NAME = re.compile(r"[A-Za-z_]{1,40}")


async def refuse_unknown_parameters(request: Request) -> None:
    """Dependency of every route but the pages. Raises InvalidInput with one reason for each unknown parameter.

    Whoever passes a page's address on adds parameters of their own; a page does not know and not need them.
    """
    if not request.query_params:
        return
    known = _declared(request.scope["route"])
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        choice = f"可用的参数：{'、'.join(sorted(known))}" if known else "该地址没有网址参数"
        raise InvalidInput(
            [
                Reason(
                    code="parameter_unknown",
                    message="不认识的网址参数",
                    remedy=f"请删去或更正名称；{choice}",
                    field=_shown(name),
                )
                for name in unknown
            ]
        )


def _declared(route: APIRoute) -> frozenset[str]:
    fields = get_flat_params(route.dependant)
    return frozenset(field.alias for field in fields if isinstance(field.field_info, Query))


def _shown(name: str) -> str:
    # A name may be anything somebody pasted into the address bar.
    return name if _PLAIN_NAME.fullmatch(name) else mask_in_error(name)
