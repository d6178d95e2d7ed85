/** Steps of traces graded in a real Chromium, by keys and by mouse, calls corrected; the stored value is compared. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seen } from "./axe";
import { annotator, goOn, openBrowser, press, project, sitDown, stored } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const SIZE = { width: 1280, height: 720 };
const ENDS = [
  { value: "found_error", text: "The first error is found" },
  { value: "give_up", text: "I cannot tell", early: true },
];
const CANCEL = {
  name: "cancel_order",
  parameters: {
    type: "object",
    properties: { id: { type: "integer" } },
    required: ["id"],
    additionalProperties: false,
  },
};
const run = (order: number) => ({
  task: { statement: `Cancel order ${order}.` },
  tools: [CANCEL, { name: "get_order", parameters: { type: "object" } }],
  nodes: [
    { id: "u1", actor: "user", content: `Please cancel order ${order}.` },
    {
      id: "s1",
      thought: "Look it up first.",
      calls: [{ id: "c1", name: "get_order", arguments: { id: order } }],
      observations: [{ call: "c1", content: '{"status": "pending"}' }],
    },
    {
      id: "s2",
      calls: [{ id: "c2", name: "cancel_order", arguments: { order } }],
      observations: [{ call: "c2", is_error: true, content: "unknown argument: order" }],
    },
    { id: "s3", content: "It **cannot** be cancelled." },
  ],
});

test("steps are graded up to the first error by keys and by mouse, and a call is corrected", async () => {
  const id = await project({
    name: "Cancellations",
    inputs: [{ name: "trace", kind: "trace" }],
    questions: [
      {
        name: "steps",
        kind: "step_grade",
        text: "Grade each step.",
        target: { input: "trace" },
        settings: { stop_at_first_error: true, replacement: true, finish: ENDS },
      },
    ],
    tasks: [17, 18].map((order) => ({ trace: run(order) })),
  });
  const { page } = await annotator(browser, SIZE);
  await sitDown(page, id);
  const step = (name: string) => page.locator(`[data-step="trace/${name}"]:visible`);

  expect(await step("s1").getAttribute("aria-current")).toBe("step");
  await press(page, "+");
  expect(await step("s2").getAttribute("aria-current")).toBe("step");
  await press(page, "k", "0", "-");
  await page.getByText("First error: step 2").filter({ visible: true }).waitFor();
  await page.getByRole("radio", { name: "Call" }).filter({ visible: true }).click();
  const typed = page.getByRole("textbox", { name: "Arguments of call 1" }).filter({ visible: true });
  expect(JSON.parse(await typed.inputValue())).toEqual({ order: 17 });
  await page.getByText("id is missing in the arguments.").filter({ visible: true }).waitFor();
  await typed.fill('{"id": 17');
  await page.getByText("This is no JSON yet").filter({ visible: true }).waitFor();
  await typed.fill('{"id": 17}');
  await seen(page, "trace");
  await press(page, "Escape", "1");
  await goOn(page, "Control+Enter");

  await step("s1").getByRole("radio", { name: "Bad" }).click();
  expect(await step("s2").getByRole("radio", { name: "Good" }).isDisabled()).toBe(true);
  const instead = page.getByRole("textbox", { name: "What should stand in its place" }).filter({ visible: true });
  await instead.fill("Ask why.");
  await page.getByRole("textbox", { name: "Note to step 1" }).filter({ visible: true }).fill("Hasty.");
  await page.getByRole("radio", { name: "The first error is found" }).filter({ visible: true }).click();
  const arrives = page.waitForResponse((answer) => answer.url().endsWith("/annotations") && answer.ok());
  await page.keyboard.press("Escape");
  await press(page, "Control+Enter");
  await arrives;

  const answers = (await stored(id)).map(({ annotations }) => annotations[0]?.answers[0]?.value);
  expect(answers).toEqual([
    {
      steps: [
        { step: "s1", grade: "neutral" },
        { step: "s2", grade: "bad", replacement: { calls: [{ name: "cancel_order", arguments: { id: 17 } }] } },
      ],
      first_error: "s2",
      finish: "found_error",
    },
    {
      steps: [{ step: "s1", grade: "bad", note: "Hasty.", replacement: "Ask why." }],
      first_error: "s1",
      finish: "found_error",
    },
  ]);
}, 180_000);

test("a run of five hundred steps is graded without lag", async () => {
  const nodes = Array.from({ length: 500 }, (_, index) => ({
    id: `s${index + 1}`,
    thought: `Step ${index + 1}: look at the next file.`,
    calls: [{ id: `c${index + 1}`, name: "shell", arguments: { text: `sed -n 1,40p file-${index + 1}.py` } }],
    observations: [{ call: `c${index + 1}`, content: "import os\n".repeat(40) }],
  }));
  const id = await project({
    name: "Long runs",
    inputs: [{ name: "trace", kind: "trace" }],
    questions: [{ name: "steps", kind: "step_grade", text: "Grade each step.", target: { input: "trace" } }],
    tasks: [{ trace: { nodes } }],
  });
  const { page } = await annotator(browser, SIZE);
  await sitDown(page, id);
  await page.locator('[data-step="trace/s1"]:visible').waitFor();

  const times: number[] = [];
  for (let graded = 0; graded < 20; graded += 1) {
    times.push(
      await page.evaluate(async () => {
        const began = performance.now();
        document.body.dispatchEvent(
          new KeyboardEvent("keydown", { key: "+", code: "Equal", bubbles: true, cancelable: true }),
        );
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        return performance.now() - began;
      }),
    );
  }

  expect(await page.locator('[data-step="trace/s21"]:visible').getAttribute("aria-current")).toBe("step");
  const median = times.sort((one, two) => one - two)[10] as number;
  console.info(`a grade in a run of 500 steps: ${median.toFixed(0)} ms until painted, median of 20`);
  // Where all of it were drawn again with each answer, this were seconds.
  expect(median).toBeLessThan(600);
}, 180_000);
