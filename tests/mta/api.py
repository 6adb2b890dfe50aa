# SPDX-License-Identifier: Apache-2.0
"""A program that uses the portal's API; each answer is held against docs/openapi.yaml."""
import copy
import dataclasses
import http.client
import json
import os
import re
import ssl

import jsonschema
import yaml

from .postfix import REPOSITORY


class NotDescribed(AssertionError):
    pass


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict          # names in lower case
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Description:
    def __init__(self):
        with open(os.path.join(REPOSITORY, "docs", "openapi.yaml"), encoding="utf-8") as file:
            self.document = yaml.safe_load(file)
        self.seen = set()      # (method, path, status)

    def _resolved(self, value):
        while "$ref" in value:
            found = self.document
            for name in value["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            value = found
        return value

    def _path(self, path):
        path = path.partition("?")[0]
        for pattern in self.document["paths"]:
            if re.fullmatch(re.sub(r"\{[a-z]+\}", "[^/]+", re.escape(pattern).replace(r"\{", "{").replace(r"\}", "}")),
                            path):
                return pattern
        return None

    def check(self, method, path, answer):
        """Paths and methods that are not described may only be refused, in the form that is."""
        pattern = self._path(path)
        operation = self.document["paths"][pattern].get(method.lower()) if pattern else None
        if operation is None:
            if answer.status not in (204, 401, 404, 405):
                raise NotDescribed(f"{method} {path}: {answer.status}")
            if answer.status != 204:
                self._check_body({"$ref": "#/components/schemas/Problem"}, answer)
            return
        response = operation["responses"].get(str(answer.status))
        if response is None:
            raise NotDescribed(f"{method} {pattern}: {answer.status} is not described: {answer.body[:300]!r}")
        response = self._resolved(response)
        self.seen.add((method, pattern, answer.status))
        for name, header in response.get("headers", {}).items():
            value = answer.headers.get(name.lower())
            if value is None:
                raise NotDescribed(f"{method} {pattern}: {answer.status} without {name}")
            self._check(self._resolved(header)["schema"], value)
        content = response.get("content", {})
        kind = answer.headers.get("content-type", "")
        if not content:
            if answer.body:
                raise NotDescribed(f"{method} {pattern}: {answer.status} with a body")
        elif kind not in content:
            raise NotDescribed(f"{method} {pattern}: {answer.status} is {kind}")
        elif kind.endswith("json"):
            self._check_body(content[kind]["schema"], answer)

    def _check_body(self, schema, answer):
        self._check(schema, answer.json)

    def _check(self, schema, value):
        jsonschema.Draft202012Validator({"components": self.document["components"], **schema}).validate(value)


class Api:
    """`description` is shared by the programs of one test."""

    def __init__(self, clinic, token="", description=None):
        self.token, self.description = token, description or Description()
        self._port = clinic.ports["portal"]
        self._context = ssl.create_default_context(cafile=clinic.ca.certificate)

    def at(self, port):
        """The same program at another listener."""
        other = copy.copy(self)
        other._port = port
        return other

    def __call__(self, method, path, body=None, headers=None, raw=None):
        """`path` behind /api/v1; `body` becomes JSON, `raw` is sent as it is."""
        fields = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None or raw is not None:
            fields["Content-Type"] = "application/json"
        fields.update(headers or {})
        connection = http.client.HTTPSConnection("127.0.0.1", self._port, timeout=60, context=self._context)
        try:
            data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
            connection.request(method, "/api/v1" + path, data, fields)
            response = connection.getresponse()
            answer = Answer(response.status, {name.lower(): value for name, value in response.getheaders()},
                            response.read())
        finally:
            connection.close()
        if method != "HEAD":
            self.description.check(method, path, answer)
        return answer


def make_token(clinic, name, *scopes, days=None):
    arguments = [word for scope in scopes for word in ("--scope", scope)]
    if days:
        arguments += ["--days", str(days)]
    return clinic.phictl("api-token", "create", name, *arguments).strip()
