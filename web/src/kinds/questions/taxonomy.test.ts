/** A tree is written as indented lines and comes back as it was. */
import { expect, test } from "vitest";
import { linesOf, type Node, treeOf } from "./taxonomy";

const tree: Node[] = [
  {
    value: "animal",
    text: { en: "Animal", de: "Tier" },
    children: [
      { value: "canis", text: "Dog" },
      { value: "cat", text: "Cat" },
    ],
  },
  { value: "plant", text: "Plant" },
];

test("lines say the stored value only where it does not follow from the text", () => {
  expect(linesOf(tree)).toBe("Animal\n  Dog = canis\n  Cat\nPlant\n");
});

test("a tree that was not changed comes back whole, translations included", () => {
  expect(treeOf(linesOf(tree), tree)).toEqual(tree);
});

test("a new line is a new node, and a text that changes keeps a value that was given", () => {
  const changed = treeOf("Animal\n  Hound = canis\n  Cat\n    Lion\nPlant\n", tree);

  expect(changed[0]?.children).toEqual([
    { value: "canis", text: "Hound" },
    { value: "cat", text: "Cat", children: [{ value: "lion", text: "Lion" }] },
  ]);
});
