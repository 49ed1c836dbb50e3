"""Which small mistakes in the claim rules would no decision case notice?

Every comparison of every rule module is flipped once (``<=`` to ``<``, ``is`` to ``is not`` …), every ``and`` made
``or``, every ``not`` dropped, every whole number raised by one, every ``all_of`` made ``any_of`` and back; the decision
cases (tests/rules/cases/claims) are judged by the mutated rules until one comes out otherwise. What survives is printed
with its line: no case covers it, or the change makes no difference (a guard against a part that is always there).

    python scripts/mutate_claim_rules.py [--allow 30] [MODULE ...]
"""

import argparse
import ast
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests import claim_cases

PACKAGE = "app.subsidies.entitlements.rules"
FOLDER = Path(__file__).resolve().parents[1] / "app" / "subsidies" / "entitlements" / "rules"
# In the order in which they import each other: a mutated module is seen only by modules made after it.
MODULES = (
    "reasoning gate groups insurance certificate windows repetition kinds voucher_funding training_amount"
    " training_conditions employers skill_upgrade training living_allowance apprenticeship work_based"
    " retention evaluate"
)
FLIPPED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.LtE: ast.Lt,
    ast.Lt: ast.LtE,
    ast.GtE: ast.Gt,
    ast.Gt: ast.GtE,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
QUANTIFIERS = {"all_of": "any_of", "any_of": "all_of"}

Undo = Callable[[], object]


def mutations(tree: ast.Module) -> Iterator[tuple[ast.AST, Callable[[], Undo]]]:
    """Every place of a module with the change to make there; the change gives back how to undo it."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare():
                for place in range(len(node.ops)):
                    yield (
                        node,
                        lambda node=node, place=place: _set_item(
                            node.ops, place, FLIPPED[type(node.ops[place])]()
                        ),
                    )
            case ast.BoolOp():
                yield (
                    node,
                    lambda node=node: _set(
                        node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And()
                    ),
                )
            case ast.UnaryOp(op=ast.Not()):
                yield node, lambda node=node: _set(node, "operand", ast.UnaryOp(ast.Not(), node.operand))
            case ast.Constant(value=int() as number) if not isinstance(number, bool):
                yield node, lambda node=node, number=number: _set(node, "value", number + 1)
            case ast.Call(func=ast.Name(id=name)) if name in QUANTIFIERS:
                yield node, lambda node=node, name=name: _set(node.func, "id", QUANTIFIERS[name])
            case _:
                pass


def _set(node: Any, name: str, value: object) -> Undo:
    former = getattr(node, name)
    setattr(node, name, value)
    return lambda: setattr(node, name, former)


def _set_item(items: list[Any], place: int, value: object) -> Undo:
    former = items[place]
    items[place] = value
    return lambda: items.__setitem__(place, former)


def evaluation_with(name: str, tree: ast.Module) -> types.ModuleType:
    """``evaluate`` made anew on top of one mutated module; the real modules stand again when this returns."""
    names = MODULES.split()
    package = sys.modules[PACKAGE]
    real = {each: sys.modules[f"{PACKAGE}.{each}"] for each in names}
    try:
        for each in names[names.index(name) :]:
            made = types.ModuleType(f"{PACKAGE}.{each}")
            sys.modules[made.__name__] = made
            setattr(package, each, made)
            source = tree if each == name else ast.parse((FOLDER / f"{each}.py").read_text(encoding="utf-8"))
            exec(compile(source, f"{each}.py", "exec"), made.__dict__)  # noqa: S102 - our own source, mutated
        return sys.modules[f"{PACKAGE}.evaluate"]
    finally:
        for each, module in real.items():
            sys.modules[module.__name__] = module
            setattr(package, each, module)


def is_noticed(name: str, tree: ast.Module) -> bool:
    """Whether a case comes out otherwise, or the mutated rules cannot even be asked."""
    real = claim_cases.evaluate
    try:
        made = evaluation_with(name, tree)
        claim_cases.evaluate = made.evaluate
        return any(claim_cases.differences(case, made.RULES_OF_KIND) for case in claim_cases.decision_cases())
    except Exception:
        return True  # a mutant that breaks is a mutant noticed
    finally:
        claim_cases.evaluate = real


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("modules", nargs="*", default=MODULES.split(), metavar="MODULE")
    arguments.add_argument(
        "--allow", type=int, default=0, help="so many survivors are known to make no difference"
    )
    options = arguments.parse_args()
    made = survivors = 0
    for name in options.modules:
        tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
        for node, change in list(mutations(tree)):
            undo = change()
            ast.fix_missing_locations(tree)
            made += 1
            if not is_noticed(name, tree):
                survivors += 1
                print(f"survived  {name}.py:{getattr(node, 'lineno', 0)}  {ast.unparse(node)[:100]}")
            undo()
    print(f"{made} mutations, {made - survivors} noticed, {survivors} survived")
    sys.exit(0 if survivors <= options.allow else 1)


if __name__ == "__main__":
    main()
