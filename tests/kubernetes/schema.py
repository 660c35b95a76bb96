"""What published schemas say of a manifest. Stricter than a cluster, which drops members that it does not know."""

import json
from pathlib import Path

import jsonschema

PUBLISHED = json.loads((Path(__file__).resolve().parents[1] / "vectors" / "kubernetes.json").read_text())
METADATA = PUBLISHED["$defs"]["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]
# As https://github.com/kubernetes-sigs/kustomize has it, of api/types/kustomization.go what is used here.
KUSTOMIZATION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "resources"],
    "properties": {
        "apiVersion": {"const": "kustomize.config.k8s.io/v1beta1"},
        "kind": {"const": "Kustomization"},
        "resources": {"type": "array", "items": {"type": "string"}},
        "configMapGenerator": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "files"],
                "properties": {
                    "name": {"type": "string"},
                    "namespace": {"type": "string"},
                    "files": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
        "patches": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["target", "patch"],
                "properties": {"target": {"$ref": "#/$defs/select"}, "patch": {"type": "string"}},
            },
        },
        "replacements": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["source", "targets"],
                "properties": {
                    "source": {"$ref": "#/$defs/source"},
                    "targets": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/target"}},
                },
            },
        },
    },
    "$defs": {
        "select": {
            "type": "object",
            "additionalProperties": False,
            "required": ["kind", "name"],
            "properties": {name: {"type": "string"} for name in ("kind", "name", "namespace")},
        },
        "source": {
            "type": "object",
            "additionalProperties": False,
            "required": ["kind", "name", "fieldPath"],
            "properties": {name: {"type": "string"} for name in ("kind", "name", "namespace", "fieldPath")},
        },
        "target": {
            "type": "object",
            "additionalProperties": False,
            "required": ["select", "fieldPaths"],
            "properties": {
                "select": {"$ref": "#/$defs/select"},
                "fieldPaths": {"type": "array", "items": {"type": "string"}},
                "options": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"delimiter": {"type": "string"}, "index": {"type": "integer"}},
                },
            },
        },
    },
}


def errors(document):
    kind = f"{document.get('apiVersion')}/{document.get('kind')}"
    if kind.startswith("kustomize.config.k8s.io/"):
        return said(KUSTOMIZATION, document)
    if kind not in PUBLISHED["kinds"]:
        return [f"no schema of {kind}"]
    schema = strict(PUBLISHED["kinds"][kind])
    schema["properties"].update(metadata=strict(METADATA))
    # Some leave out of their schema what every manifest has.
    for member in ("apiVersion", "kind"):
        schema["properties"].setdefault(member, {"type": "string"})
    return said({**schema, "$defs": PUBLISHED["$defs"]}, document)


def pod_errors(spec):
    """Of what is laid over a pod by somebody else's template."""
    return said({**strict(PUBLISHED["$defs"]["io.k8s.api.core.v1.PodSpec"]), "$defs": PUBLISHED["$defs"]}, spec)


def said(schema, document):
    found = jsonschema.Draft202012Validator(schema).iter_errors(document)
    return [f"/{'/'.join(map(str, each.absolute_path))}: {each.message[:200]}" for each in found]


def strict(schema):
    """An OpenAPI schema of a custom resource as JSON Schema, in which no other member is allowed."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items() if key != "properties"}
    if "properties" in schema:
        made["properties"] = {name: strict(value) for name, value in schema["properties"].items()}
    if "properties" in made and made.get("type") == "object" and "additionalProperties" not in made:
        made["additionalProperties"] = schema.get("x-kubernetes-preserve-unknown-fields", False)
    if schema.get("x-kubernetes-int-or-string"):
        made.pop("type", None)
    if schema.get("nullable"):
        made = {"anyOf": [made, {"type": "null"}]}
    return made
