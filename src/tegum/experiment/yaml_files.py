"""YAML as parameters are written in it: what people do not mean is refused, with its line.

Plain words are what YAML 1.2 takes them for, as DVC does: `1e-5` is a number, `yes` a text.
"""

import math
import re
from typing import Any

import yaml

from tegum.errors import TegumError
from tegum.text import shown

LONGEST = 2**20
"""Characters of the longest file; more take minutes to parse."""
WORDS = {
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)"
    r"|\.(nan|NaN|NAN)",
}
"""Type to its plain words, of the first type that fits."""


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses what people do not mean: duplicate keys, aliases and tags."""

    yaml_implicit_resolvers = {
        None: [(f"tag:yaml.org,2002:{t}", re.compile(f"(?:{r})$")) for t, r in WORDS.items()]
    }

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            raise self.refusal(event, "aliases are not used")
        if getattr(event, "tag", None) is not None:
            raise self.refusal(event, f"the tag {shown(event.tag)} is not used")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict:
        found: dict[Any, Any] = {}
        for part, value in node.value:
            if not isinstance(part, yaml.ScalarNode):
                raise self.refusal(part, "a key is a word or a number")
            key = self.construct_object(part, deep=True)
            if key in found:
                raise self.refusal(part, f"{shown(key)} is given twice")
            found[key] = self.construct_object(value, deep=True)
        return found

    def construct_text(self, node: Any) -> str:
        if re.search("[\ud800-\udfff]", node.value):
            raise self.refusal(node, "half of a surrogate pair is no character")
        return node.value

    def construct_int(self, node: Any) -> int:
        if len(node.value) > 20 or abs(int(node.value)) >= 2**63:
            raise self.refusal(node, "whole numbers stay within 2**63")
        return int(node.value)

    def construct_float(self, node: Any) -> float:
        value = node.value.lower()
        found = float(value.replace(".inf", "inf").replace(".nan", "nan"))
        if math.isinf(found) and "inf" not in value:
            raise self.refusal(node, "numbers stay within 1.7e308")
        return found

    @staticmethod
    def refusal(part: Any, why: str) -> TegumError:
        return TegumError(f"line {part.start_mark.line + 1}: {why}")


_Loader.add_constructor("tag:yaml.org,2002:str", _Loader.construct_text)
_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_int)
_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_float)


def parse_yaml(text: str, where: str) -> dict[str, Any]:
    """Parse one parameter file. Raises `TegumError` naming `where` and the line."""
    if len(text) > LONGEST:
        raise TegumError(f"{where}: longer than {LONGEST} characters")
    try:
        found = _Loader(text).get_single_data()
    except TegumError as error:
        raise TegumError(f"{where}: {error}") from None
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise TegumError(f"{where}: {line}not valid YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise TegumError(f"{where}: not valid YAML: {first}") from None
    except RecursionError:
        raise TegumError(f"{where}: not valid YAML: nested too deeply") from None
    if not isinstance(found, dict):
        raise TegumError(f"{where}: expected a mapping of parameters, found {type(found).__name__}")
    return found
