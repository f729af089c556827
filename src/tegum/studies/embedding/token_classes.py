"""Classes of tokens by their text."""


def class_of(text: str) -> int:
    """The class of a token by its text, as a place in `schema.CLASSES`."""
    if text.isdigit():
        return 0
    if text[:1] == " " and text[1:].isalpha():
        return 1
    if text.isalpha():
        return 2
    return 3 if text.isspace() else 4
