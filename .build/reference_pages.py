"""The reference pages of the site, made from the code: commands, settings, facts, errors, and the Python names.

``mkdocs`` calls ``on_files`` and ``on_page_markdown`` when it builds; nothing is written into docs/. ``PAGES`` has each
page's text by its path.
"""

import argparse
import enum
import importlib
import inspect
import json
import re
import textwrap
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, get_args

import attrs
import msgspec
from mkdocs.structure.files import File, Files
from pymdownx.slugs import slugify

from resolver import errors, facts, names
from resolver.cli.arguments import examples_of
from resolver.cli.parser import parser
from resolver.settings import IdentifierConfig, Settings

MODULES = (
    "resolver",
    "resolver.simulate",
    "resolver.history",
    "resolver.rules",
    "resolver.coupling",
    "resolver.reference",
    "resolver.graph",
    "resolver.report",
    "resolver.spark",
    "resolver.generate",
    "resolver.emulator",
    "resolver.testing",
    "resolver.example",
)
"""The modules whose names are public, in the order of the page."""

_DOCTEST = re.compile(r"^>>> .*?(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)
_MODULE = re.compile(r"\b(?:resolver|collections\.abc|typing|pathlib|enum)(?:\.[a-z_]\w*)*\.(?=[A-Za-z])")
_WIDEST = 60
"""How long the arguments of a signature may be in one line."""

_RULE_HEADING = re.compile(r"^### (([A-Z]\d)\. .+)$", re.MULTILINE)
_RULE = re.compile(r"(?<=[( ])([A-Z]\d)(?=[,.;) ])")
_CODE = re.compile(r"(```.*?```|`[^`]+`)", re.DOTALL)
_ROLE = re.compile(r":\w+:`~?([^`]+)`")


def on_files(files: Files, *, config: Any) -> Files:
    """Add the pages to those that were found in docs/."""
    for path, page in PAGES.items():
        files.append(File.generated(config, path, content=page()))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Let links to the code, which a reader on a code host follows, lead to the pages that are made from it."""
    for source, page in PAGE_OF_SOURCE.items():
        markdown = markdown.replace(f"](../{source})", f"]({page})")
    return markdown


def commands_page() -> str:
    """Return the page of every command: how it is called, its arguments, two examples."""
    top = parser()
    parts = [
        "# Commands",
        "`resolver COMMAND --help` prints the same. Most commands read a history; how, is said by the "
        "[reading options](#reading-options), which all of these have. With a [project file](../project.md), "
        "no command needs any option. What is written where is told in [files and formats](../formats.md), "
        "and so are the [exit statuses](../formats.md#exit-statuses).",
        _fenced(top.format_help().partition("\n\noptions:")[0], "text"),
    ]
    shared: argparse._ArgumentGroup | None = None
    for name, command in _commands(top):
        own = []
        for group in command._action_groups:
            if group.title == "reading options":
                shared = group
            else:
                own += [action for action in group._group_actions if not _is_left_out(action)]
        is_reading = shared is not None and shared in command._action_groups
        parts += [f"## `resolver {name}`", command.description or "", _fenced(_usage(command, own, is_reading), "text")]
        parts.append(_table(("argument", "meaning"), [_row_of(action) for action in own]))
        parts.append("Also all [reading options](#reading-options)." if is_reading else "")
        parts.append(_fenced("\n".join(line.strip() for line in examples_of(name).splitlines()[1:]), "sh"))
    assert shared is not None
    parts += ["## Reading options", _table(("option", "meaning"), [_row_of(each) for each in shared._group_actions])]
    return _page(parts)


def settings_page() -> str:
    """Return the page of the settings: every key with its values and its default, and the settings of a new store."""
    parts = [
        "# Settings",
        "A settings document is JSON. It says which identifiers a store knows, how each behaves, and which rules "
        "match. [Files and formats](../formats.md#settings-files) has an example, the options that may stand beside "
        "it, and what a mistake in it is answered with. [Policies](../policies.md) are what the API has no words for. "
        "[The choices](../choices.md) say what each key does, and why.",
        "## `identifierConfigs`",
        "A list of 1 to 15 objects. Only `idType` is required.",
        _table(
            ("key", "values", "default"), list(_keys_of(IdentifierConfig, lambda **given: IdentifierConfig(**given)))
        ),
        "## The document",
        _table(("key", "values", "default"), list(_keys_of(Settings, _settings_with))),
        "## The settings of a new store",
        "`resolver settings` prints them:",
        _fenced(json.dumps(Settings.defaults().to_json(), indent=2), "json"),
    ]
    return _page(parts)


def facts_page() -> str:
    """Return the page of the facts: what each means, and its fields."""
    parts = [
        "# Facts",
        "Every command answers with an outcome: a status, a profile and the list of facts, in the order in which they "
        "happened. `facts.jsonl` of `resolver replay --out` has one fact a line, as a JSON object with the names "
        "below; in Python they are classes of `resolver` with the names in the second column. All facts in order are "
        "enough to rebuild the store.",
        "Every fact has `command`, the number of its command, and `at`, its time in milliseconds.",
    ]
    for kind in get_args(facts.AnyFact):
        fields = [each for each in msgspec.structs.fields(kind) if each.name not in ("command", "at")]
        rows = [(f"`{each.encode_name}`", f"`{each.name}`", _type_of(kind, each.name)) for each in fields]
        parts += [f"## `{kind.__name__}`", _prose(kind.__doc__), _table(("JSON", "Python", "type"), rows)]
    parts.append("## Outcomes and answers")
    for answer in (facts.Outcome, facts.Lookup, facts.StoredForm):
        named = [(f"`{each.name}`", _type_of(answer, each.name)) for each in msgspec.structs.fields(answer)]
        parts += [f"### `{answer.__name__}`", _prose(answer.__doc__), _table(("attribute", "type"), named)]
    parts.append("## Words")
    for words in _enums():
        members = ", ".join(f"`{each}`" for each in words)
        parts += [f"### `{words.__name__}`", _prose(words.__doc__), members]
    return _page(parts)


def errors_page() -> str:
    """Return the page of the errors: who must act, and what each error is also."""
    parts = [
        "# Errors",
        "A command that raises one of these changed nothing. A replay raises none of them for a single bad line: the "
        "line is rejected, counted and kept. On the command line an error is one line on standard error, and the "
        "[exit status](../formats.md#exit-statuses) is 2. Over HTTP, [the emulator](../emulator.md) answers with a "
        "status and an error code.",
    ]
    for name, error in vars(errors).items():
        if inspect.isclass(error) and issubclass(error, Exception) and error.__module__ == errors.__name__:
            also = [
                f"`{base.__name__}`" for base in error.__mro__[1:] if base not in (object, BaseException, Exception)
            ]
            parts += [f"## `{name}`", f"Is also: {', '.join(also)}." if also else "", _prose(error.__doc__)]
    return _page(parts)


def module_page(module_name: str) -> str:
    """Return the page of one module: every public name."""
    module = importlib.import_module(module_name)
    parts = [f"# `{module_name}`", _prose(module.__doc__)]
    for name in _public(module):
        parts += list(_member(name, getattr(module, name)))
    return _page(parts)


PAGES: dict[str, Callable[[], str]] = {
    "reference/commands.md": commands_page,
    "reference/settings.md": settings_page,
    "reference/facts.md": facts_page,
    "reference/errors.md": errors_page,
    **{f"reference/{name}.md": partial(module_page, name) for name in MODULES},
}

PAGE_OF_SOURCE = {
    "resolver/__init__.py": "reference/resolver.md",
    "resolver/cli/parser.py": "reference/commands.md",
    "resolver/cli/reading.py": "reference/commands.md#reading-options",
    "resolver/errors.py": "reference/errors.md",
    "resolver/facts.py": "reference/facts.md",
    "resolver/settings.py": "reference/settings.md",
}
"""The page that stands for a file of the package, where docs/ has a link to that."""


def _commands(top: argparse.ArgumentParser, before: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield every command that does something, with its name: ``replay``, ``state export``."""
    assert top._subparsers is not None
    for action in top._subparsers._group_actions:
        choices: Any = action.choices  # of commands, each by its name
        for name, command in choices.items():
            if command._subparsers is None:
                yield f"{before}{name}", command
            else:
                yield from _commands(command, f"{before}{name} ")


def _usage(command: argparse.ArgumentParser, actions: list[argparse.Action], is_reading: bool) -> str:
    """Return how a command is called, with the reading options as one word."""
    formatter = argparse.HelpFormatter(command.prog, width=100)
    formatter.add_usage(None, actions, command._mutually_exclusive_groups, prefix="")
    return formatter.format_help().rstrip() + (" [READING OPTIONS]" if is_reading else "")


def _is_left_out(action: argparse.Action) -> bool:
    return action.dest == "help" or action.help == argparse.SUPPRESS


def _row_of(action: argparse.Action) -> tuple[str, str]:
    """Return an argument as it is typed, and what it means."""
    value = action.metavar if action.metavar is not None else "|".join(map(str, action.choices or ()))
    typed = ", ".join(f"{name} {value}" if action.nargs != 0 else name for name in action.option_strings)
    meaning = (action.help or "") % {"default": action.default, "prog": "resolver"}
    return f"`{typed or value}`", meaning[:1].upper() + meaning[1:] + "."


def _keys_of(kind: Any, make: Callable[..., object]) -> Iterator[tuple[str, str, str]]:
    """Yield each key of a settings document: its name, what it may be as its own error says it, its default."""
    for field in attrs.fields(kind):
        given: dict[str, object] = {} if field.name == "id_type" else {"id_type": "email"}
        try:
            make(**{**given, field.name: object()})
        except errors.InvalidSettings as error:
            is_required = field.default is attrs.NOTHING
            default = "required" if is_required else f"`{json.dumps(field.default, default=_as_json)}`"
            yield f"`{error.path.partition('[')[0]}`", error.allowed.replace("'", "`"), default


def _as_json(value: Any) -> Any:
    """Return what a document has for a value that JSON has no word for."""
    return value.to_json()


def _settings_with(**given: object) -> Settings:
    usual: dict[str, Any] = {"identifier_configs": [IdentifierConfig("email")], "matching_rules": ["email"]}
    return Settings(**{**usual, **{name: value for name, value in given.items() if name != "id_type"}})


def _enums() -> list[type[enum.Enum]]:
    found = [each for each in vars(names).values() if inspect.isclass(each) and issubclass(each, enum.Enum)]
    return [each for each in found if each.__module__ == names.__name__]


def _type_of(kind: type, field: str) -> str:
    for base in kind.__mro__:
        if field in (annotations := inspect.get_annotations(base)):
            return f"`{_annotation(annotations[field])}`"
    raise LookupError(field)


def _public(module: Any) -> list[str]:
    listed: list[str] | None = getattr(module, "__all__", None)
    if listed is not None:
        return list(listed)
    own = [name for name in vars(module) if not name.startswith("_")]
    return [name for name in own if getattr(getattr(module, name), "__module__", module.__name__) == module.__name__]


def _member(name: str, member: Any) -> Iterator[str]:
    """Yield the parts of a public name: its signature, its docstring, and its methods where it is a class."""
    if inspect.isclass(member):
        is_called = not issubclass(member, enum.Enum | BaseException)
        yield f"## `{name}`"
        yield _fenced(f"class {name}{_signature(member)}", "python") if is_called else ""
        yield _prose(member.__doc__)
        yield ", ".join(f"`{each}`" for each in member) if issubclass(member, enum.Enum) else ""
        for method, value in inspect.getmembers_static(member):
            yield from _method(name, method, value)
    elif inspect.isroutine(member):
        yield f"## `{name}`"
        yield _fenced(f"{name}{_signature(member)}", "python")
        yield _prose(member.__doc__)
    elif isinstance(member, str | int | tuple | frozenset):
        yield f"## `{name}`"
        yield f"`{member!r}`"


def _method(owner: str, name: str, value: Any) -> Iterator[str]:
    """Yield the parts of a method or a property that the package itself defines."""
    function = getattr(value, "__func__", getattr(value, "fget", value))
    is_ours = str(getattr(function, "__module__", "")).startswith("resolver.")
    if name.startswith("_") or not is_ours or not inspect.isroutine(function) or not function.__doc__:
        return
    yield f"### `{name}` {{ #{owner.lower()}.{name} }}"
    if not isinstance(value, property):
        is_method = not isinstance(value, staticmethod)
        yield _fenced(f"{owner if is_method else ''}.{name}{_signature(function, is_method=is_method)}", "python")
    yield _prose(function.__doc__)


def _signature(member: Any, *, is_method: bool = False) -> str:
    """Return how something is called; one argument a line where the line would be long."""
    try:
        found = inspect.signature(member)
    except (TypeError, ValueError):
        return ""
    arguments = list(found.parameters.values())[1 if is_method else 0 :]
    shown: list[str] = []
    for each in arguments:
        if each.kind is each.KEYWORD_ONLY and "*" not in shown and not any(name.startswith("*") for name in shown):
            shown.append("*")
        shown.append(_parameter(each))
    is_silent = inspect.isclass(member) or found.return_annotation is inspect.Signature.empty
    returned = "" if is_silent else f" -> {_annotation(found.return_annotation)}"
    line = f"({', '.join(shown)}){returned}"
    return line if len(line) <= _WIDEST else "(\n" + "".join(f"    {each},\n" for each in shown) + f"){returned}"


def _parameter(each: inspect.Parameter) -> str:
    stars = "*" if each.kind is each.VAR_POSITIONAL else "**" if each.kind is each.VAR_KEYWORD else ""
    annotation = "" if each.annotation is each.empty else f": {_annotation(each.annotation)}"
    default = "" if each.default is each.empty else f" = {_default(each.default)}"
    return f"{stars}{each.name}{annotation}{default}"


def _default(value: Any) -> str:
    if inspect.isroutine(value):
        return value.__name__
    return repr(str(value) if isinstance(value, enum.StrEnum) else value)


def _annotation(annotation: Any) -> str:
    """Return a type as it is written in code, without the modules that it comes from."""
    shown = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return _MODULE.sub("", shown).replace("'", "")


def _prose(docstring: str | None) -> str:
    """Return a docstring as Markdown: examples as code, roles as names, tables and drawings as they stand."""
    text = _ROLE.sub(r"`\1`", inspect.cleandoc(docstring or "")).replace("``", "`")
    text = _DOCTEST.sub(lambda found: _fenced(found[0].rstrip(), "pycon"), text)
    text = re.sub(r"^=+ .*^=[= ]+$", lambda found: _fenced(found[0], "text"), text, flags=re.MULTILINE | re.DOTALL)
    parts = _CODE.split(text)
    return "".join(part if part.startswith("`") else _RULE.sub(_linked, part) for part in parts)


def _linked(found: re.Match[str]) -> str:
    """Return the name of a rule as a link to the choice that it is, where it is one."""
    return f"[{found[1]}](../choices.md#{_CHOICES[found[1]]})" if found[1] in _CHOICES else found[1]


def _choices() -> dict[str, str]:
    """Return the place of each rule on the page of the choices: ``r2-several-rules-match`` of R2."""
    page = (Path(__file__).parents[1] / "docs" / "choices.md").read_text(encoding="utf-8")
    slug = slugify(case="lower")
    return {name: slug(heading, "-") for heading, name in _RULE_HEADING.findall(page)}


_CHOICES = _choices()


def _fenced(text: str, language: str) -> str:
    return f"```{language}\n{textwrap.dedent(text)}\n```"


def _table(heads: tuple[str, ...], rows: list[Any]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _page(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
