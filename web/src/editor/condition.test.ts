/** Conditions are one table for both sides: these are the server's own vectors. */
import { expect, test } from "vitest";
import vectors from "../../../tests/ontology/condition_vectors.json";
import type { Answer, Condition, Json } from "../api/contract";
import { holds } from "./condition";
import { keyOf } from "./keys";

test.each(vectors.map((vector) => [vector.name, vector] as const))("%s", (_, vector) => {
  const answers = new Map((vector.answers as Answer[]).map((each) => [keyOf(each.question, each.target), each]));

  const found = holds(
    vector.condition as Condition,
    answers,
    vector.target,
    vector.metadata as Record<string, Json>,
    vector.enclosing,
  );

  expect(found).toBe(vector.expected);
});
