"""What the platform's API document allows a partner to call, judged call by call with openapi-core.

openapi-core is imported here and nowhere else. Credentials are not its business: the description says what they are.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.paths.exceptions import OperationNotFound, PathNotFound
from openapi_core.validation.request.exceptions import ParameterValidationError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from conformance.exchange import CallProblem, ProblemKind, Request
from conformance.platform.document import Document

__all__ = ["CallRules"]


@dataclass(slots=True)
class _CoreRequest:
    """The shape that openapi-core asks of a request."""

    host_url: str
    path: str
    method: str
    parameters: RequestParameters
    content_type: str
    body: bytes | None


class CallRules:
    """The rules of one document; `clean` takes out of a text what nobody may read, before it is cut."""

    def __init__(self, document: Document, *, clean: Callable[[str], str] = str) -> None:
        self._document = document
        self._clean = clean
        content = copy.deepcopy(dict(document.content))
        content.pop("servers", None)
        for item in (content, *content.get("paths", {}).values()):
            item.pop("security", None)
            for operation in item.values():
                if isinstance(operation, dict):
                    operation.pop("security", None)
        self._api = OpenAPI.from_dict(content, config=Config(spec_validator_cls=None))  # type: ignore[arg-type]  # None: not checked

    def problems(self, request: Request) -> tuple[CallProblem, ...]:
        """Everything in which a request departs from the document, credentials aside."""
        parts = urlsplit(request.target)
        query = parse_qsl(parts.query, keep_blank_values=True)
        core = _CoreRequest(
            host_url="http://platform",
            path=parts.path,
            method=request.method.lower(),
            parameters=RequestParameters(
                query=ImmutableMultiDict(query),
                header=Headers([(k.decode("latin-1"), v.decode("latin-1")) for k, v in request.headers]),
                cookie=ImmutableMultiDict(),
            ),
            content_type=request.header("content-type") or "",
            body=request.body or None,
        )
        try:
            found = [self._problem(error, request) for error in self._api.iter_request_errors(core)]
        except RecursionError:
            found = [CallProblem(ProblemKind.BODY, f"{request.method} {parts.path}: the body is too deep to be parsed")]
        operation = self._document.match(request.method, parts.path)
        if operation is not None:
            declared = operation[0].query_parameters
            found += [
                CallProblem(ProblemKind.UNDECLARED, f"query parameter {name!r} is not in the document")
                for name in dict(query)
                if name not in declared
            ]
        return tuple(found)

    def _problem(self, error: Any, request: Request) -> CallProblem:
        call = f"{request.method} {urlsplit(request.target).path}"
        if isinstance(error, PathNotFound):
            return CallProblem(ProblemKind.PATH, f"{call}: the document has no such path")
        if isinstance(error, OperationNotFound):
            return CallProblem(ProblemKind.METHOD, f"{call}: the document has no such method on this path")
        cause = error.__cause__
        details = "; ".join(
            f"/{'/'.join(map(str, e.absolute_path))}: {self._clean(e.message)}"[:200]
            for e in getattr(cause, "schema_errors", None) or ()
        )
        kind = ProblemKind.PARAMETER if isinstance(error, ParameterValidationError) else ProblemKind.BODY
        text = str(error).partition(": Value ")[0]
        return CallProblem(kind, f"{call}: {text}" + (f" ({details})" if details else ""))
