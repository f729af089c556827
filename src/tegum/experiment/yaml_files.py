"""YAML as parameters are written in it: what people do not mean is refused, with its line."""

from typing import Any

import yaml

from tegum.errors import TegumError


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses what people do not mean: duplicate keys and aliases."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise TegumError(f"line {self.peek_event().start_mark.line + 1}: aliases are not used")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict:
        keys = [self.construct_object(k, deep=True) for k, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise TegumError(f"line {node.start_mark.line + 1}: {key!r} is given twice")
        return super().construct_mapping(node, deep)


def parse_yaml(text: str, where: str) -> dict[str, Any]:
    """Parse one parameter file. Raises `TegumError` naming `where` and the line."""
    try:
        found = _Loader(text).get_single_data()
    except TegumError as error:
        raise TegumError(f"{where}: {error}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise TegumError(f"{where}: not valid YAML: {error}") from None
    if not isinstance(found, dict):
        raise TegumError(f"{where}: expected a mapping of parameters, found {type(found).__name__}")
    return found
