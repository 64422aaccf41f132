"""Where a source can be made wrong: its comparisons, conditions, bounds and early returns."""

import re
from dataclasses import dataclass, replace
from typing import Callable

from syntax import Node

COMPARISONS = {"<": "less", "<=": "at_most", ">": "greater", ">=": "at_least", "==": "equal", "!=": "different"}
NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
SHIFTED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}

# What only tells people of what happens, and the points at which defects are planted by hand.
_TELLING = re.compile(r"(?:say|fmt::format|std::string\(fmt::format|around_\.sink\.write)\(")
_PLANTED = re.compile(r"!?fires\(")
# Decided by the compiler, before any mutant is chosen.
_COMPILE_TIME = {"StaticAssertDecl", "RequiresExpr", "ConceptDecl", "ConceptSpecializationExpr", "CaseStmt"}


@dataclass(frozen=True)
class Site:
    """An expression or a statement that a guard takes the place of, and the mutants that it can be: their kinds."""

    file: str
    begin: int
    end: int
    form: str  # how it is rewritten: see rewrite.py
    kinds: tuple[str, ...]
    function: str  # that it stands in
    operator: tuple[int, int] = (0, 0)  # the bytes of its operator
    how: str = ""


@dataclass(frozen=True)
class _Around:
    """What encloses a node."""

    function: str = ""
    returns: str = ""  # the type of its function
    ends_function: bool = False  # nothing of the function follows


class Finder:
    """Collects the sites of some files; what is seen twice, as in a header, counts once."""

    def __init__(self, text_of: Callable[[str], bytes]) -> None:
        self.sites: dict[tuple[str, int, int, str], Site] = {}
        self._text_of = text_of
        self._function = ""

    def visit(self, node: Node, around: _Around = _Around()) -> None:
        if self._passed_over(node):
            return
        look = getattr(self, "_" + node.kind, None)
        if look and node.file:
            self._function = around.function
            look(node)
        for child, where in self._inside(node, around):
            self.visit(child, where)

    def _inside(self, node: Node, around: _Around) -> list[tuple[Node, _Around]]:
        children = node.children
        if node.kind == "LambdaExpr":
            # Its body comes twice: as the call operator's, and bare.
            children = [child for child in children if child.kind != "CompoundStmt"]
        elif node.kind in ("FunctionDecl", "CXXMethodDecl", "CXXConstructorDecl", "CXXDestructorDecl"):
            name, returns = node.data.get("name", ""), node.data.get("type", {}).get("qualType", "").split(" (")[0]
            name = around.function if name == "operator()" else name
            return [(child, _Around(name, returns, child.kind == "CompoundStmt")) for child in children]
        elif node.kind == "CompoundStmt" and around.returns == "void":
            self._returns_of(node, around)
        last = children[-1] if children and node.kind == "CompoundStmt" else None
        return [(child, replace(around, ends_function=around.ends_function and child is last)) for child in children]

    def _passed_over(self, node: Node) -> bool:
        if node.kind in _COMPILE_TIME:
            return True
        if node.kind in ("VarDecl", "FunctionDecl", "CXXMethodDecl") and node.data.get("constexpr"):
            return not node.data.get("name") == "operator()"
        if node.kind in ("FunctionDecl", "CXXMethodDecl") and node.data.get("explicitlyDefaulted"):
            return True
        if node.kind == "IfStmt" and not node.data.get("hasElse"):
            return bool(node.children) and bool(_TELLING.match(self._text(node.children[-1])))
        return node.kind in ("CallExpr", "CXXMemberCallExpr") and bool(_TELLING.match(self._text(node)))

    def _text(self, node: Node) -> str:
        return self._bytes(node.file, node.begin, node.end) if node.file else ""

    def _bytes(self, file: str, begin: int, end: int) -> str:
        return self._text_of(file)[begin:end].decode()

    def _add(self, node: Node, form: str, kinds: tuple[str, ...], operator: tuple[int, int] = (0, 0), how: str = "") -> None:
        site = Site(node.file, node.begin, node.end, form, kinds, self._function, operator, how)
        self.sites.setdefault((site.file, site.begin, site.end, form), site)

    # Comparisons

    def _compare(self, node: Node, begin: int, end: int) -> None:
        how = self._bytes(node.file, begin, end)
        if how not in COMPARISONS:
            return
        kinds = (f"{how} to {NEGATED[how]}",)
        if how in SHIFTED:
            kinds = (f"{how} to {SHIFTED[how]}", *kinds)
        self._add(node, "compare", kinds, (begin, end), COMPARISONS[how])

    def _CXXRewrittenBinaryOperator(self, node: Node) -> None:
        for inner in node.walk():
            if inner.kind == "CXXOperatorCallExpr" and len(inner.children) == 3:
                callee = inner.children[0]
                if node.begin < callee.begin < callee.end < node.end:
                    return self._compare(node, callee.begin, callee.end)
        return None

    def _CXXOperatorCallExpr(self, node: Node) -> None:
        if len(node.children) != 3 or any(child.file != node.file for child in node.children):
            return
        callee, left, right = node.children
        if left.begin == node.begin and right.end == node.end and left.end <= callee.begin < callee.end <= right.begin:
            self._compare(node, callee.begin, callee.end)
            self._bound(node, self._bytes(node.file, callee.begin, callee.end), right)

    def _BinaryOperator(self, node: Node) -> None:
        left, right = node.children
        if left.file != node.file or right.file != node.file:
            return
        opcode = node.data["opcode"]
        gap = self._bytes(node.file, left.end, right.begin)
        at = left.end + len(gap[: gap.find(opcode)].encode())
        if opcode in COMPARISONS:
            self._compare(node, at, at + len(opcode))
        elif opcode in ("&&", "||"):
            self._operand(left, opcode)
            self._operand(right, opcode)
        else:
            self._bound(node, opcode, right)

    # Conditions

    def _operand(self, operand: Node, opcode: str) -> None:
        """Of a chain of the same operator each link is dropped alone."""
        if operand.data.get("opcode") == opcode or _PLANTED.match(self._text(operand)):
            return
        self._add(operand, "and" if opcode == "&&" else "or", (f"{opcode} dropped",))

    def _UnaryOperator(self, node: Node) -> None:
        text = self._text(node)
        # What starts with "!=" is what a rewritten comparison stands for.
        if node.data.get("opcode") == "!" and re.match(r"!(?!=)", text) and not _PLANTED.match(text):
            self._add(node, "not", ("! dropped",), (node.begin, node.begin + 1))

    def _forced(self, condition: Node, form: str, kinds: tuple[str, ...]) -> None:
        text = self._text(condition)
        if text and not _PLANTED.match(text) and ".wants(" not in text:
            self._add(condition, form, kinds)

    def _IfStmt(self, node: Node) -> None:
        if node.data.get("hasVar") or node.data.get("isConstexpr"):
            return
        condition = node.children[1 if node.data.get("hasInit") else 0]
        self._forced(condition, "condition", ("if true", "if false"))

    def _ConditionalOperator(self, node: Node) -> None:
        self._forced(node.children[0], "condition", ("? true", "? false"))

    def _WhileStmt(self, node: Node) -> None:
        if not node.data.get("hasVar"):
            self._forced(node.children[0], "loop", ("while false",))

    def _ForStmt(self, node: Node) -> None:
        if node.children[2].kind:
            self._forced(node.children[2], "loop", ("for false",))

    # Bounds

    def _bound(self, node: Node, opcode: str, right: Node) -> None:
        if opcode in ("+", "-") and self._text(right) == "1":
            self._add(right, "one", (f"{opcode} 1 dropped",))

    def _CallExpr(self, node: Node) -> None:
        callee = node.children[0] if node.children else None
        text = self._text(callee) if callee else ""
        if len(node.children) == 3 and re.match(r"std::(min|max)\b", text):
            which = text[5:8]
            self._add(callee, which, (f"{which} to {'max' if which == 'min' else 'min'}",))

    # Early returns

    def _returns_of(self, block: Node, around: _Around) -> None:
        """A return that is all that an `if` does goes with the condition of the `if`."""
        for child in block.children[1:]:
            last = child is block.children[-1]
            if child.kind == "ReturnStmt" and child.file and not (last and around.ends_function):
                self._add(child, "return", ("return dropped",))
