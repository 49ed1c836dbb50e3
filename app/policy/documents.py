"""Reads a folder of YAML files as documents of law are read: a name said twice is a defect, not the last one wins."""

from collections.abc import Hashable
from importlib.resources.abc import Traversable
from typing import Any

import yaml


class _Loader(yaml.CSafeLoader):
    """Refuses a mapping that names a field twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [name.value for name, _ in node.value if name.tag != "tag:yaml.org,2002:merge"]
        for place, (name, _) in enumerate(node.value):
            if name.value in names[:place]:
                raise yaml.constructor.ConstructorError(
                    None, None, f"“{name.value}”写了两次", name.start_mark
                )
        return super().construct_mapping(node, deep)


def read_documents(folder: Traversable, *, first: str) -> tuple[dict[str, Any], list[str]]:
    """Every YAML file of a folder by name, ``first`` and then in order of name; and every file that cannot be read."""
    documents: dict[str, Any] = {}
    defects: list[str] = []
    if not (folder / first).is_file():
        return {}, [f"{first}：没有这个文件"]
    names = sorted(
        file.name for file in folder.iterdir() if file.name.endswith(".yaml") and file.name != first
    )
    for name in (first, *names):
        try:
            text = (folder / name).read_text(encoding="utf-8")
            documents[name] = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, made stricter
        except UnicodeDecodeError:
            defects.append(f"{name}：不是 UTF-8 编码")
        except yaml.YAMLError as error:
            defects.append(f"{name}：YAML 格式有误：{' '.join(str(error).split())}")
    return documents, defects
