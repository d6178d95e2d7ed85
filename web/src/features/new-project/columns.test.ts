/** Columns find their places by name and by mapping, and two never share one. */
import { expect, test } from "vitest";
import type { OntologyBody } from "../../api/contract";
import { mappingOf, rolesOf, showing, unfilled, withRole } from "./columns";

const body: OntologyBody = {
  format: "evenhand-ontology/1",
  name: "tone",
  language: "en",
  inputs: [{ name: "text", kind: "text" }],
  questions: [],
};
const columns = ["comment", "external_id", "customer"];
const mapping = { text: "comment" };

test("a column is an input by the mapping, a field by its name, and hidden otherwise", () => {
  expect(rolesOf(columns, body, mapping)).toEqual({
    comment: "input:text",
    external_id: "field:external_id",
    customer: "hidden",
  });
});

test("a role that is given to another column leaves the one that had it", () => {
  const roles = withRole(rolesOf(columns, body, mapping), "customer", "input:text");

  expect(roles).toMatchObject({ comment: "hidden", customer: "input:text" });
  expect(mappingOf(roles, body, mapping)).toEqual({ text: "customer", external_id: "external_id" });
});

test("a column that is kept aside does not fill what it is called after", () => {
  const roles = withRole(rolesOf(columns, body, mapping), "external_id", "hidden");

  expect(mappingOf(roles, body, mapping)).toEqual({ text: "comment", external_id: "" });
});

test("any number of columns can be shown beside the task", () => {
  let roles = rolesOf(columns, body, mapping);
  roles = withRole(roles, "customer", "shown");
  roles = withRole(roles, "external_id", "shown");

  expect(showing(body, roles).metadata?.visible).toEqual(["external_id", "customer"]);
});

test("an ontology that shows nothing stays as it is", () => {
  expect(showing(body, rolesOf(columns, body, mapping))).toBe(body);
});

test("an input without a column is missed, unless the row as a whole is read", () => {
  const roles = rolesOf(["a", "b"], body, {});

  expect(unfilled(roles, body, {})).toEqual(["text"]);
  expect(unfilled(roles, body, { text: "*" })).toEqual([]);
  expect(mappingOf(roles, body, { text: "*" })).toEqual({ text: "*" });
});

test("a column may have any name, also one that every object knows", () => {
  const names = ["__proto__", "constructor", "comment"];
  const roles = withRole(rolesOf(names, body, mapping), "__proto__", "input:text");

  expect(Object.keys(roles)).toEqual(names);
  expect(mappingOf(roles, body, mapping)).toEqual({ text: "__proto__" });
  expect(({} as Record<string, unknown>).text).toBeUndefined();
});
