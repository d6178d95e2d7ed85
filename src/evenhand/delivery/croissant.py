"""The card of a release: Croissant 1.1 with the RAI vocabulary, readable by `mlcroissant` without a network. Pure.

https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html, https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CROISSANT = "http://mlcommons.org/croissant/1.1"
RAI = "http://mlcommons.org/croissant/RAI/1.0"
NAME, MEDIA_TYPE = "croissant.json", "application/ld+json"
LICENSE = "All rights stay with the customer; this release grants no licence."

# The names of media types that dataset tools know.
_ENCODINGS = {
    "application/vnd.apache.parquet": "application/x-parquet",
    "application/x-ndjson": "application/jsonlines",
}
_OURS = (
    *("arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileObject"),
    *("fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5"),
    *("parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate"),
    *("separator", "source", "subField", "transform"),
)
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    **{word: f"cr:{word}" for word in _OURS},
}
_TEXT, _INTEGER, _NUMBER = "sc:Text", "cr:Int64", "cr:Float64"
_COLUMNS = {
    "task": (_TEXT, "The task's id."),
    "external_id": (_TEXT, "The customer's own id of the task."),
    "batch": (_TEXT, "The batch that the task came in."),
    "question": (_TEXT, "The question's name in the ontology."),
    "kind": (_TEXT, "The question's kind."),
    "target": (_TEXT, "What was asked about: empty for the task itself, else the address of a part."),
    "value_json": (_TEXT, "The label as JSON, whatever its kind; null when it is not resolved."),
    "summary": (_TEXT, "The label in the ontology's own words."),
    "probability": (_NUMBER, "How sure the model named is; without one the share smoothed, no claim about the truth."),
    "share": (_NUMBER, "Of the answers, those that back the label, by the method named."),
    "answers": (_INTEGER, "How many answers the label stands on."),
    "method": (_TEXT, "How the label was resolved."),
    "status": (_TEXT, "resolved, tied, insufficient or incomparable."),
    "source": (_TEXT, "What the label was made by: verdict, decision, model or votes."),
    "model": (_TEXT, "The model that made it; null for verdicts and votes."),
    "model_version": (_TEXT, "The model's version."),
    "fit_no": (_INTEGER, "The fit whose parameters it was made by."),
    "low": (_NUMBER, "Of an estimated number, where its 95 % interval begins."),
    "high": (_NUMBER, "Of an estimated number, where its 95 % interval ends."),
}


def card(manifest: Mapping[str, Any], title: str) -> dict[str, Any]:
    """The card of the release that a manifest describes. title: the project's name."""
    files = manifest["files"]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [CROISSANT, RAI],
        "name": title,
        "description": f"Release {manifest['release']['number']} of {title}: labels made by people on Evenhand.",
        "version": f"{manifest['release']['number']}.0.0",
        "datePublished": manifest["frozen_at"],
        "license": LICENSE,
        "creator": {"@type": "sc:Organization", "name": f"Organization {manifest['organization']}"},
        "url": f"urn:uuid:{manifest['release']['id']}",
        "citeAs": f"{title}, release {manifest['release']['number']}, urn:uuid:{manifest['release']['id']}",
        "isLiveDataset": False,
        "distribution": [_file_object(each) for each in files],
        "recordSet": [_labels(each["name"]) for each in files if each["name"] == "labels.parquet"],
        **_responsible(manifest),
    }


def _file_object(file: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file["name"],
        "name": file["name"],
        "contentUrl": file["name"],
        "contentSize": f"{file['bytes']} B",
        "encodingFormat": _ENCODINGS.get(file["media_type"], file["media_type"]),
        "sha256": file["sha256"],
    }


def _labels(file: str) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "labels",
        "name": "labels",
        "description": "One row for each task, question and target, with the answer that its annotators together gave.",
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"labels/{column}",
                "name": column,
                "description": description,
                "dataType": type_,
                "source": {"fileObject": {"@id": file}, "extract": {"column": column}},
            }
            for column, (type_, description) in _COLUMNS.items()
        ],
    }


def _responsible(manifest: Mapping[str, Any]) -> dict[str, Any]:
    counts, ontology, guideline = manifest["counts"], manifest["ontology"], manifest.get("guideline_version")
    protocol = f"Ontology version {ontology['version']} ({ontology['digest']})"
    return {
        "rai:dataAnnotationPlatform": [manifest["software"]],
        "rai:dataAnnotationProtocol": [f"{protocol}, guidelines version {guideline}." if guideline else f"{protocol}."],
        "rai:dataAnnotationAnalysis": [
            *([_sentence(each) for each in manifest["agreement"]] or ["Agreement was not measured."]),
            *(f"Audited: {each['statement']}" for each in manifest["audits"]),
        ],
        "rai:annotationsPerItem": f"{counts['annotations'] / counts['tasks']:.2f} on average, "
        f"by {counts['annotators']} annotators in all"
        if counts["tasks"]
        else "none",
        "rai:dataLimitations": [
            "A label's probability is told from the answers of one crowd: where the crowd errs together, so does it.",
            *manifest["losses"],
        ],
    }


def _sentence(each: Mapping[str, Any]) -> str:
    if "undefined" in each:
        return f"{each['question']}: agreement is undefined ({each['undefined']}; {each['votes']} votes)."
    return (
        f"{each['question']}: {each['coefficient']} ({each['level']}) {each['value']:.3f}, 95 % interval {each['low']:.3f} "
        f"to {each['high']:.3f}, {each['tasks']} tasks, {each['votes']} votes."
    )
