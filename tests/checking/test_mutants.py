"""Mutants of a reference solution: valid, different, the same at every run, and only of what the solution changed."""

from __future__ import annotations

import ast

from evenhand.checking.mutants import CHEATS, Mutant, changed_lines, mutants_of

SOLUTION = '''"""Says "x < 1"."""


def sign(n: int = 0) -> str:
    """Of a number."""
    if n < 0 and n != -7:
        return "minus"
    total = n + 1
    total += 2
    print(f"{n} > 0")
    return "plus" if total > 3 else "null"
'''


def made(start: str | None, solved: str, path: str = "a.py", at_most: int = 1000, seed: int = 0) -> list[Mutant]:
    before = {"same.py": b"x = 1", **({} if start is None else {path: start.encode()})}
    after = {"same.py": b"x = 1", path: solved.encode()}
    return mutants_of(before, after, reward=1.0, at_most=at_most, seed=seed)


def texts(path: str = "a.py", start: str | None = None, solved: str = SOLUTION) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in made(start, solved, path):
        if each.path == path:
            found.setdefault(each.operator, []).append(each.content.decode())
    return found


def test_each_operator_makes_what_it_says() -> None:
    found = texts()

    assert any("(n <= 0)" in each for each in found["swaps a comparison"])
    assert any("(n == -7)" in each for each in found["swaps a comparison"])
    assert any("(n < 0 or n != -7)" in each for each in found["swaps and with or"])
    assert any("total = (n - 1)" in each for each in found["swaps an arithmetic operator"])
    assert any("if (not (n < 0 and n != -7)):" in each for each in found["negates a condition"])
    assert any("return None" in each for each in found["returns None"])
    assert any("    pass\n    total += 2" in each for each in found["removes a statement"])
    assert any("total += (3)" in each for each in found["moves a constant by one"])
    assert any("total += 0" in each for each in found["makes a constant zero"])
    assert any("return ''\n    total" in each for each in found["empties a text"])
    assert found.keys() > CHEATS


def test_every_mutant_is_a_program_and_another_one() -> None:
    mutants = [each for each in made(None, SOLUTION) if each.path == "a.py"]
    trees = {ast.dump(ast.parse(each.content)) for each in mutants}

    assert len({each.id for each in mutants}) == len(mutants)
    assert ast.dump(ast.parse(SOLUTION)) not in trees
    for each in mutants:
        compile(each.content, each.path, "exec")


def test_docstrings_and_annotations_are_left_alone() -> None:
    for each in made(None, SOLUTION):
        if each.path == "a.py" and not each.is_cheat:
            tree = ast.parse(each.content)
            assert ast.get_docstring(tree) == 'Says "x < 1".'
            assert each.content.decode().splitlines()[3].endswith("-> str:")


def test_the_same_seed_draws_the_same_and_another_draws_others() -> None:
    first, again, other = (made(None, SOLUTION, at_most=5, seed=seed) for seed in (1, 1, 2))

    assert first == again
    assert first != other
    assert len([each for each in first if not each.is_cheat]) == 5
    assert {each.operator for each in first if each.is_cheat and each.path == "a.py"} == CHEATS


def test_only_lines_that_the_solution_changed_are_mutated() -> None:
    start = SOLUTION.replace("total = n + 1", "total = 0")

    lines = {each.line for each in made(start, SOLUTION) if each.path == "a.py" and not each.is_cheat}

    assert lines == {8}
    assert changed_lines("a\nb\n", "a\nx\nb\ny\n") == {2, 4}


def test_a_file_that_did_not_change_has_none() -> None:
    same = {"a.py": SOLUTION.encode()}

    assert mutants_of(same, same, reward=1.0, at_most=100, seed=0) == []


def test_other_languages_lose_lines() -> None:
    found = texts("a.go", solved="package a\n\n// twice\nfunc F(n int) int {\n\treturn 2 * n\n}\n")

    assert set(found) == {"removes a line"}
    assert len(found["removes a line"]) == 3


def test_what_is_no_text_and_no_program_has_none() -> None:
    assert mutants_of({}, {"a.py": b"\xff\xfe", "b.py": b"def (", "c.bin": b"x"}, reward=1.0, at_most=9, seed=0) == []


def test_places_count_in_bytes_and_not_in_characters() -> None:
    found = texts(solved="def f(ß):\n    return 'ä' + ß if ß > 'ö' else 'ü'\n")

    assert any(
        "return ('ä' + ß if ß > 'ö' else 'ü')" not in each and "(ß >= 'ö')" in each
        for each in found["swaps a comparison"]
    )


def test_a_mutant_shows_what_it_changed() -> None:
    mutant = next(each for each in made(None, SOLUTION) if each.operator == "swaps an arithmetic operator")

    assert mutant.diff(SOLUTION.encode()).splitlines()[0] == "--- a/a.py"
    assert "-    total = n + 1\n+    total = (n - 1)\n" in mutant.diff(SOLUTION.encode())
