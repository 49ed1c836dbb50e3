"""What somebody typed into a form: read as one of our input shapes, and shown again when it is refused."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile

from app.kernel.errors import InvalidInput, Reason
from app.web.pages import areas
from app.web.validation import reasons_of_validation

OURS = "_"
"""Fields whose name begins so are the pages' own (token, once, review), never content."""
_SECRET = ("password", "totp", "code_value", "secret")
_STEPS_MAX = 6
_LIST_MAX = 2_000

ModelT = TypeVar("ModelT", bound=BaseModel)


class Typed(Mapping[str, str]):
    """The fields of a form. ``typed["name"]`` is the last value, stripped, and empty when absent."""

    def __init__(
        self, fields: Sequence[tuple[str, str]] = (), files: Sequence[tuple[str, UploadFile]] = ()
    ) -> None:
        self._fields = list(fields)
        self._files = [(name, file) for name, file in files if file.filename]
        self._last = {name: value.strip() for name, value in self._fields}

    @classmethod
    def of(cls, form: FormData) -> Self:
        """From a form as the framework has read it."""
        items = form.multi_items()
        files = [(name, value) for name, value in items if not isinstance(value, str)]
        for _, file in files:
            if (
                not file.filename
            ):  # a field for a file that nobody chose is sent as one without name and content
                file.file.close()
        return cls([(name, value) for name, value in items if isinstance(value, str)], files)

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> Self:
        """What is known already, to fill a form that changes it; ``None`` stays empty, lists repeat the name."""
        listed = (
            (name, value if isinstance(value, list | tuple | set | frozenset) else [value])
            for name, value in values.items()
        )
        return cls([(name, str(each)) for name, all_of in listed for each in all_of if each is not None])

    def __getitem__(self, name: str) -> str:
        return self._last.get(name, "")

    def __contains__(self, name: object) -> bool:
        return name in self._last

    def __iter__(self) -> Iterator[str]:
        return iter(self._last)

    def __len__(self) -> int:
        return len(self._last)

    def all(self, name: str) -> list[str]:
        """Every value of a repeated field (checkboxes), without the empty ones."""
        return [value.strip() for each, value in self._fields if each == name and value.strip()]

    def file(self, name: str) -> UploadFile | None:
        """The chosen file, if one was."""
        return next((file for each, file in self._files if each == name), None)

    def files(self, name: str) -> list[UploadFile]:
        """All chosen files."""
        return [file for each, file in self._files if each == name]

    def file_names(self) -> list[tuple[str, str, int]]:
        """Name of the field, of the file, and size of each chosen file."""
        return [(name, file.filename or "", file.size or 0) for name, file in self._files]

    def content(self) -> list[tuple[str, str]]:
        """The fields without the pages' own and without secrets: what may be kept and shown again."""
        return [
            (name, value)
            for name, value in self._fields
            if not name.startswith(OURS) and not any(secret in name for secret in _SECRET)
        ]

    def read(self, shape: type[ModelT], *, lists: Sequence[str] = (), **more: object) -> ModelT:
        """The form as an input shape of the API. Empty fields count as absent.

        ``teachers.0.name`` is a member of the first of a list; ``lists`` names fields that are lists by repetition;
        ``more`` are members that the page knows by itself. A division may be written by its name. Raises InvalidInput
        with every defect.
        """
        members: dict[str, Any] = {name: self.all(name) for name in lists}
        nowhere: list[Reason] = []
        for name, value in self._last.items():
            if value and name not in lists and not name.startswith(OURS):
                steps = name.split(".")
                _place(members, steps, _as_code(value, name, nowhere) if steps[-1] == areas.FIELD else value)
        try:
            read = shape.model_validate({**_as_lists(members), **more})
        except ValidationError as error:
            told = {reason.field for reason in nowhere}
            others = [each for each in reasons_of_validation(error) if each.field not in told]
            raise InvalidInput([*nowhere, *others]) from None
        if nowhere:
            raise InvalidInput(nowhere)
        return read


def _as_code(written: str, name: str, nowhere: list[Reason]) -> str:
    try:
        return areas.code_of(written, name)
    except InvalidInput as refusal:
        nowhere.extend(refusal.reasons)
        return written


def _place(members: dict[str, Any], steps: list[str], value: str) -> None:
    for step in steps[:_STEPS_MAX][:-1]:
        inner = members.setdefault(step, {})
        if not isinstance(inner, dict):
            return
        members = inner
    members[steps[-1]] = value


def _as_lists(members: Any) -> Any:
    """Mappings whose keys are all numbers are lists in that order."""
    if not isinstance(members, dict):
        return members
    if members and all(key.isascii() and key.isdecimal() and len(key) < 6 for key in members):
        return [_as_lists(members[key]) for key in sorted(members, key=int)[:_LIST_MAX]]
    return {key: _as_lists(value) for key, value in members.items()}
