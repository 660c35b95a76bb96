"""What kustomize makes of a folder, as far as the checks need it where there is no kubectl: resources and patches."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "envoy" / "kubernetes"
VARIANTS = ("istio-wasmplugin", "istio-envoyfilter", "gateway-extensionpolicy", "gateway-patchpolicy", "envoy")


def kustomization(folder):
    return yaml.safe_load((FOLDER / folder / "kustomization.yaml").read_text())


def documents(path):
    return list(yaml.safe_load_all(path.read_text()))


def build(folder):
    """The documents of a folder, those of the folders below it first."""
    settings, built = kustomization(folder), []
    for name in settings["resources"]:
        path = (FOLDER / folder / name).resolve()
        built += build(path.relative_to(FOLDER)) if path.is_dir() else documents(path)
    for patch in settings.get("patches", []):
        targets = [each for each in built if selected(each, patch["target"])]
        assert targets, f"{folder}: nothing is {patch['target']}"
        for operation in yaml.safe_load(patch["patch"]):
            for each in targets:
                apply(each, operation)
    return built


def selected(document, target):
    return document["kind"] == target["kind"] and document["metadata"]["name"] == target["name"]


def apply(document, operation):
    """One operation of a JSON patch (RFC 6902): what is replaced has to be there."""
    *way, last = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].strip("/").split("/")]
    for part in way:
        document = document[int(part) if isinstance(document, list) else part]
    if operation["op"] == "replace":
        document[last]
        document[last] = operation["value"]
    elif last == "-":
        document.append(operation["value"])
    else:
        document[last] = operation["value"]


def one(built, kind):
    (found,) = [each for each in built if each["kind"] == kind]
    return found
