"""Makes kubernetes.json: published schemas of the kinds that envoy/kubernetes uses, without their descriptions.

`python3 tests/vectors/kubernetes.py ISTIO_API ENVOY_GATEWAY GATEWAY_API KUBERNETES` writes it anew. The first three are
unpacked Go modules (`go mod download -json`), the last is kubernetes_validate/kubernetes-json-schema of the PyPI package
kubernetes-validate. Needs PyYAML. README.md beside this file has the versions.
"""

import json
import sys
from pathlib import Path

import yaml

CUSTOM = {
    "istio": {"WasmPlugin", "EnvoyFilter"},
    "gateway": {"EnvoyExtensionPolicy", "EnvoyPatchPolicy", "EnvoyProxy"},
    "gateway-api": {"Gateway", "GatewayClass", "HTTPRoute"},
}
FILES = {
    "istio": "kubernetes/customresourcedefinitions.gen.yaml",
    "gateway": "charts/gateway-crds-helm/templates/generated/*.yaml",
    "gateway-api": "config/crd/standard/*.yaml",
}
CORE = {
    "v1/ConfigMap": "configmap-v1",
    "v1/Namespace": "namespace-v1",
    "v1/Service": "service-v1",
    "v1/ServiceAccount": "serviceaccount-v1",
    "apps/v1/Deployment": "deployment-apps-v1",
    "networking.k8s.io/v1/NetworkPolicy": "networkpolicy-networking-v1",
}
RELEASE = "v1.37.0-local-strict"


def main(directories):
    schemas = {}
    for (name, kinds), directory in zip(CUSTOM.items(), directories):
        schemas.update(custom(directory, FILES[name], kinds))
    core = directories[-1] / RELEASE
    definitions = json.loads((core / "_definitions.json").read_text())["$defs"]
    used = {}
    for kind, file in CORE.items():
        schemas[kind] = bare(json.loads((core / f"{file}.json").read_text()))
        collect(schemas[kind], definitions, used)
    written = {"$defs": dict(sorted(used.items())), "kinds": dict(sorted(schemas.items()))}
    Path(__file__).with_suffix(".json").write_text(json.dumps(written, separators=(",", ":"), sort_keys=True) + "\n")


def custom(directory, pattern, kinds):
    for path in sorted(directory.glob(pattern)):
        # Helm's conditions around a definition are no YAML.
        text = "\n".join(line for line in path.read_text().splitlines() if not line.startswith("{{"))
        for document in yaml.safe_load_all(text):
            spec = (document or {}).get("spec", {})
            kind = spec.get("names", {}).get("kind")
            if kind in kinds:
                for version in spec["versions"]:
                    yield f"{spec['group']}/{version['name']}/{kind}", bare(version["schema"]["openAPIV3Schema"])


def bare(schema):
    """Without texts for people. A property that is called so is not one."""
    if isinstance(schema, list):
        return [bare(each) for each in schema]
    if not isinstance(schema, dict):
        return local(schema)
    kept = {}
    for key, value in schema.items():
        if key == "properties":
            kept[key] = {name: bare(each) for name, each in value.items()}
        elif key not in ("description", "example", "x-kubernetes-validations"):
            kept[key] = bare(value)
    return kept


def local(value):
    start = "/api/_definitions.json#/$defs/"
    return value.replace(start, "#/$defs/") if isinstance(value, str) else value


def collect(schema, definitions, used):
    for name in references(schema):
        if name not in used:
            used[name] = bare(definitions[name])
            collect(used[name], definitions, used)


def references(schema):
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].rsplit("/", 1)[1]
        schema = schema.values()
    if not isinstance(schema, str) and hasattr(schema, "__iter__"):
        for each in schema:
            yield from references(each)


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
