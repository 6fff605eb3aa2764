"""openapi.py - conf/api/openapi.yaml: its operations, and whether an answer is what it says."""
import json
import re

import jsonschema
import yaml

from host import ROOT

PATH = ROOT / "conf/api/openapi.yaml"


class Document:
    """A YAML document with references to places of its own."""

    def __init__(self, path):
        self.tree = yaml.safe_load(path.read_text())
        self._resolver = jsonschema.RefResolver("", self.tree)

    def follow(self, part):
        while "$ref" in part:
            part = self._resolver.resolve(part["$ref"])[1]
        return part

    def faults(self, value, schema):
        """What is wrong with a value, as texts."""
        validator = jsonschema.Draft202012Validator(schema, resolver=self._resolver,
                                                    format_checker=jsonschema.FormatChecker())
        faults = [jsonschema.exceptions.best_match([error]) for error in validator.iter_errors(value)]  # of oneOf the nearest
        return [f"{fault.json_path}: {fault.message[-300:]}" for fault in faults]

    def alternatives(self, schema):
        """The schemas one of which holds."""
        schema = self.follow(schema)
        for name in ("oneOf", "anyOf"):
            if name in schema:
                return [each for part in schema[name] for each in self.alternatives(part)]
        return [schema]


def as_text(schema):
    """What a header's text has to be, for a schema of its value."""
    return {"type": "string", "pattern": "^[0-9]+$"} if schema.get("type") == "integer" else schema


class Operation:
    """One method of one path."""

    def __init__(self, document, path, method, tree):
        self.document, self.path, self.method, self.tree = document, path, method, tree
        self.name = tree["operationId"]
        self.security = [set(way) for way in tree.get("security", document.tree["security"])]
        self.responses = {status: document.follow(each) for status, each in tree["responses"].items()}
        body = document.follow(tree.get("requestBody", {}))
        self.content = body.get("content", {})
        self.bodies = document.alternatives(next(iter(self.content.values()))["schema"]) if self.content else []

    def __repr__(self):
        return f"{self.method} {self.path}"

    @property
    def parameters(self):
        """{name: schema}, of all forms of the body."""
        return {name: schema for body in self.bodies for name, schema in body.get("properties", {}).items()}

    @property
    def codes(self):
        """The codes of an envelope with the status 200."""
        schema = self.responses["200"]["content"].get("application/json", {}).get("schema", {"const": None})
        found = set()
        for each in self.document.alternatives(schema):
            code = each.get("properties", {}).get("code", {})
            found |= set(code.get("enum", [code["const"]] if "const" in code else []))
        return found

    def check(self, answer):
        """The answer (an api.Answer) is one of the responses; returns its code, or its status if it is no envelope."""
        response = self.responses.get(str(answer.status))
        assert response, f"{self}: the status {answer.status} is not documented: {answer}"
        for name, header in response.get("headers", {}).items():
            assert name.lower() in answer.headers, f"{self}: no {name}: {answer}"
            faults = self.document.faults(answer.headers[name.lower()], as_text(header["schema"]))
            assert not faults, f"{self}: {name} is not as documented: {faults}"
        if "content" not in response:
            assert answer.text == "" and "content-type" not in answer.headers, f"{self}: a body is not documented: {answer}"
            return answer.status
        kind = answer.headers["content-type"].split(";")[0]
        assert kind in response["content"], f"{self}: {kind} is not documented for {answer.status}"
        value = json.loads(answer.text) if kind == "application/json" else answer.text
        faults = self.document.faults(value, response["content"][kind]["schema"])
        assert not faults, f"{self}: {answer} is not as documented: {faults}"
        if kind != "application/json":
            return answer.status
        code = value["code"]
        assert answer.status == (200 if code in (200, 100, 440) else code) or self.path.startswith("/group/events/")
        return code


def operations(document=None):
    """All operations, {path: Operation}: no path has two methods."""
    document = document or Document(PATH)
    found = {}
    for path, item in document.tree["paths"].items():
        (method, tree), = ((method, tree) for method, tree in item.items() if method in ("get", "post", "put", "delete"))
        found[path] = Operation(document, path, method.upper(), tree)
    return found


# ---- what the sources say ----

READS = re.compile(r'(?:exchange_(?:text|id|int)|form_get|admin_has|words_parameter|look_count|admin_\w+)'
                   r'\(\s*ex(?:->form)?,\s*"(\w+)"|str_is\(key, "(\w+)"\)')
ENDPOINT = re.compile(r"^const struct endpoint (\w+) = \{\n(.*?)^\};", re.M | re.S)
FUNCTION = re.compile(r"^(\w+)\([^;{]*?\)\n\{\n(.*?)^\}", re.M | re.S)


class Source:
    """fcgi-api: which endpoints there are, and which parameters each of them reads."""

    def __init__(self, folder=ROOT / "fcgi-api"):
        files = [*folder.glob("endpoints/*.c"), *folder.glob("admin/*.c"), *folder.glob("www/*.c"), folder / "exchange.c"]
        self._functions = {path: dict(FUNCTION.findall(path.read_text())) for path in files}
        self._shared = {name: (path, body) for path, functions in self._functions.items()
                        for name, body in functions.items()}
        table = re.findall(r"&(\w+),", (folder / "table.c").read_text())
        rows = {name: (path, row) for path in files for name, row in ENDPOINT.findall(path.read_text())}
        self.endpoints = {self._field(rows[name][1], "path").strip('"'): rows[name] for name in table}
        assert len(self.endpoints) == len(table)

    @staticmethod
    def _field(row, name):
        match = re.search(rf"\.{name} = ([^,\n]+),", row)
        return match[1] if match else ""

    def method(self, path):
        return self._field(self.endpoints[path][1], "method").strip('"')

    def whom(self, path):
        return self._field(self.endpoints[path][1], "whom") or "FOR_USERS"

    def parameters(self, path):
        file, row = self.endpoints[path]
        waiting = [(file, self._field(row, name)) for name in ("ask", "answer", "run")]
        seen, found = set(), set()
        while waiting:
            file, name = waiting.pop()
            if name in self._functions[file]:
                body = self._functions[file][name]
            elif name in self._shared:
                file, body = self._shared[name]
            else:
                continue
            if (file, name) not in seen:
                seen.add((file, name))
                found |= {one or other for one, other in READS.findall(body)}
                found |= {"attr."} if '"attr."' in body else set()
                waiting += [(file, word) for word in set(re.findall(r"\b[a-z]\w+\b", body))]
        return found
