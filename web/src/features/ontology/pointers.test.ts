/** Problems are shown where they stand in the JSON text. */
import { expect, test } from "vitest";
import { lineOf, placeOf, placesOf } from "./pointers";

const TEXT = `{
  "name": "a \\"b\\"",
  "list": [1, {"x/y": true, "m~n": null},
    -2.5e3
  ],
  "empty": {}, "none": []
}`;

function at(pointer: string): string | undefined {
  const place = placesOf(TEXT).get(pointer);
  return place && TEXT.slice(place.start, place.end);
}

test("every value has a place, by its pointer", () => {
  expect(at("/name")).toBe('"a \\"b\\""');
  expect(at("/list/0")).toBe("1");
  expect(at("/list/1/x~1y")).toBe("true");
  expect(at("/list/1/m~0n")).toBe("null");
  expect(at("/list/2")).toBe("-2.5e3");
  expect(at("/empty")).toBe("{}");
  expect(at("/none")).toBe("[]");
  expect(at("")).toBe(TEXT);
});

test("lines are counted from 1", () => {
  const places = placesOf(TEXT);

  expect(["", "/name", "/list/2", "/none"].map((pointer) => places.get(pointer)?.line)).toEqual([1, 2, 4, 6]);
  expect(lineOf(TEXT, TEXT.indexOf("-2.5e3"))).toEqual({ line: 4, column: 5 });
});

test("what is missing is shown at what surrounds it", () => {
  const places = placesOf(TEXT);

  expect(placeOf(places, "/list/1/settings/labels")).toBe(places.get("/list/1"));
  expect(placeOf(places, "/nowhere")).toBe(places.get(""));
});

test("the places agree with what JSON.parse reads", () => {
  const value = { a: [{ "": "x", "b c": [[], [0]] }], d: "e\nf", g: 1e21 };
  const text = JSON.stringify(value, null, 2);
  for (const [pointer, { start, end }] of placesOf(text)) {
    const keys = pointer.split("/").slice(1);
    const found = keys.reduce<unknown>((each, key) => (each as Record<string, unknown>)[key], value);
    expect(JSON.parse(text.slice(start, end))).toEqual(found);
  }
});
