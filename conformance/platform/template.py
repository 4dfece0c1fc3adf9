"""Templates of bodies and answers: JSON in which words in braces stand for values."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

__all__ = ["filled"]


def filled(template: Any, words: Mapping[str, Any]) -> Any:
    """The template with each `{word}` that stands alone replaced by its value, and texts filled into texts."""
    if isinstance(template, dict):
        return {key: filled(value, words) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(value, words) for value in template]
    if isinstance(template, str):
        if template.startswith("{") and template.endswith("}") and template[1:-1] in words:
            return copy.deepcopy(words[template[1:-1]])
        for word, value in words.items():
            if isinstance(value, str):
                template = template.replace(f"{{{word}}}", value)
    return template
