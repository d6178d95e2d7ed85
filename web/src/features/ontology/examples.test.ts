/** What a preview shows. */
import { expect, test } from "vitest";
import type { OntologyBody } from "../../api/contract";
import type { InputKind } from "../../kinds/kind";
import { filled, itemOf } from "./examples";

const kinds = {
  text: { example: () => ({ text: "An example." }) },
  image: { example: () => ({ url: "data:street" }) },
} as unknown as Record<string, InputKind>;

function body(...inputs: OntologyBody["inputs"]): OntologyBody {
  return { format: "evenhand-ontology/1", name: "n", language: "en", inputs, questions: [] };
}

test("while there is no item, each input shows its kind's example", () => {
  const shown = filled(
    null,
    body({ name: "text", kind: "text" }, { name: "note", kind: "text", required: false }),
    kinds,
  );

  expect(shown.inputs).toEqual({ text: { text: "An example." }, note: { text: "An example." } });
});

test("a preset's sample is an item: a text alone is its content", () => {
  const sample = { inputs: { text: "Words." }, metadata: { source: "wire" } };

  expect(itemOf(sample)).toEqual({ inputs: { text: { text: "Words." } }, metadata: { source: "wire" } });
  expect(itemOf(null)).toBeNull();
});

test("an input that was just added has an example beside what is real", () => {
  const real = { inputs: { text: { text: "Real." } } };

  const shown = filled(real, body({ name: "text", kind: "text" }, { name: "photo", kind: "image" }), kinds);

  expect(shown.inputs).toEqual({ text: { text: "Real." }, photo: { url: "data:street" } });
});

test("what a real item left out stays out, and an empty text stays empty", () => {
  const real = { inputs: { text: { text: "" } } };

  const shown = filled(
    real,
    body({ name: "text", kind: "text" }, { name: "note", kind: "text", required: false }),
    kinds,
  );

  expect(shown.inputs).toEqual({ text: { text: "" } });
});

test("a file without an address, stored or still to be sent, cannot be drawn", () => {
  const photo = body({ name: "photo", kind: "image" });

  expect(filled({ inputs: { photo: { blob: "b" } } }, photo, kinds).inputs.photo).toEqual({ url: "data:street" });
  expect(filled(itemOf({ inputs: { photo: { upload: "u" } } }), photo, kinds).inputs.photo).toEqual({
    url: "data:street",
  });
  const addressed = { blob: "b", url: "/api/v1/file" };
  expect(filled({ inputs: { photo: addressed } }, photo, kinds).inputs.photo).toEqual(addressed);
});
