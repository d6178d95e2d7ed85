/** A sitting: the next task is there when the last is sent, and nothing that a person wrote is ever lost. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { WaitingAnswer } from "./device";
import { FakeServer, LEASE_MS, memory, sitDown } from "./fake-server";
import type { Sitting } from "./sitting";

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-03-02T09:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1);
const shown = (sitting: Sitting): string | undefined => sitting.snapshot().tasks[0]?.assignment.task_id;

function answer(sitting: Sitting, value = "kind"): void {
  const editor = sitting.snapshot().tasks[0]!.editor;
  editor.setValue(editor.asked()[0]!, value);
}

test("the next task is on the screen in the same breath in which the last is sent", async () => {
  const server = new FakeServer(["t1", "t2", "t3"]);
  const { sitting } = sitDown(server);
  await settle();

  answer(sitting);
  sitting.submit();

  expect(shown(sitting)).toBe("t2");
});

test("a cycle is one request: the answer goes, and brings the task after the next", async () => {
  const server = new FakeServer(["t1", "t2", "t3", "t4"]);
  const { sitting } = sitDown(server);
  await settle();
  server.log.length = 0;

  answer(sitting);
  sitting.submit();
  await settle();

  expect(server.log).toEqual(["submit t1"]);
  expect(sitting.snapshot().tasks.map(({ assignment }) => assignment.task_id)).toEqual(["t2", "t3"]);
});

test("ten tasks answered in a hurry arrive in order, once each", async () => {
  const tasks = Array.from({ length: 10 }, (_, index) => `t${index}`);
  const server = new FakeServer(tasks);
  const { sitting } = sitDown(server);
  await settle();

  for (let count = 0; count < 10; count += 1) {
    answer(sitting);
    sitting.submit();
    await settle();
  }

  expect([...server.answers.keys()]).toEqual(tasks);
  expect([...server.answers.values()].every((versions) => versions.length === 1)).toBe(true);
  expect(sitting.snapshot()).toMatchObject({ answered: 10, status: "empty" });
});

test("without a connection work goes on with the tasks that are held, and their answers wait on the device", async () => {
  const server = new FakeServer(["t1", "t2", "t3"]);
  const { sitting, outbox } = sitDown(server);
  await settle();
  server.isDown = true;

  for (const task of ["t1", "t2"]) {
    expect(shown(sitting)).toBe(task);
    answer(sitting);
    sitting.submit();
    await settle();
  }

  expect(outbox.snapshot()).toMatchObject({ isOffline: true, waiting: [{ task: "t1" }, { task: "t2" }] });

  server.isDown = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect([...server.answers.keys()]).toEqual(["t1", "t2"]);
  expect(shown(sitting)).toBe("t3");
});

test("an answer that waited when the tab was closed is sent when the next one opens", async () => {
  const shelf = memory();
  const server = new FakeServer(["t1", "t2"]);
  const first = sitDown(server, shelf);
  await settle();
  server.isDown = true;
  answer(first.sitting, "harsh");
  first.sitting.submit();
  await settle();
  first.sitting.close();
  first.outbox.close();

  server.isDown = false;
  sitDown(server, shelf);
  await settle();

  expect(server.standing("t1")?.[0]?.value).toBe("harsh");
});

test("an answer whose acknowledgment was lost is not counted twice", async () => {
  const server = new FakeServer(["t1", "t2"]);
  const { sitting } = sitDown(server);
  await settle();
  server.losesReplies = true;
  answer(sitting);
  sitting.submit();
  await settle();

  server.losesReplies = false;
  await vi.advanceTimersByTimeAsync(10_000);

  expect(server.log.filter((each) => each === "submit t1").length).toBeGreaterThan(1);
  expect(server.answers.get("t1")).toHaveLength(1);
  expect(sitting.snapshot().returned).toEqual([]);
});

test("a refused answer comes back with what was written, and the person is not torn from the task on the screen", async () => {
  const server = new FakeServer(["t1", "t2", "t3"]);
  const { sitting, device } = sitDown(server);
  await settle();
  answer(sitting);
  server.giveAway("t1");
  sitting.submit();
  await settle();

  const [returned] = sitting.snapshot().returned;
  expect(returned?.problem.code).toBe("lease-expired");
  expect(shown(sitting)).toBe("t2");
  expect(device.draft("t1")?.answers[0]?.value).toBe("kind");

  sitting.takeReturned(0);
  expect(shown(sitting)).toBe("t1");
  expect(sitting.snapshot().tasks[0]?.editor.submission()[0]?.value).toBe("kind");
});

test("an answer that meets a hold of the customer's work waits on the device, and leaves when work goes on", async () => {
  const server = new FakeServer(["t1", "t2"]);
  const { sitting, outbox, device } = sitDown(server);
  await settle();
  answer(sitting);
  server.isOnHold = true;
  sitting.submit();
  await settle();
  expect(device.waiting().map(({ task }) => task)).toEqual(["t1"]);
  expect(sitting.snapshot().returned).toEqual([]);

  server.isOnHold = false;
  await outbox.flush();

  expect(server.answers.get("t1")).toHaveLength(1);
  expect(device.waiting()).toEqual([]);
});

test("a draft survives a closed tab", async () => {
  const shelf = memory();
  const server = new FakeServer(["t1", "t2"]);
  const first = sitDown(server, shelf);
  await settle();
  answer(first.sitting, "harsh");
  first.sitting.pause();
  first.sitting.close();

  const { sitting } = sitDown(server, shelf);
  await settle();

  expect(shown(sitting)).toBe("t1");
  expect(sitting.snapshot().tasks[0]?.editor.submission()[0]?.value).toBe("harsh");
});

test("a draft that comes back is gone on with at the first question without an answer", async () => {
  const shelf = memory();
  const server = new FakeServer(["t1"]);
  const first = sitDown(server, shelf);
  await settle();
  answer(first.sitting, "harsh");
  first.sitting.pause();
  first.sitting.close();

  const { sitting } = sitDown(server, shelf);
  await settle();

  const editor = sitting.snapshot().tasks[0]!.editor;
  expect(editor.asked().map(({ question }) => question.name)).toEqual(["tone", "note"]);
  expect(editor.snapshot().active).toBe("note ");
});

test("a draft reaches the server when the hand rests", async () => {
  const server = new FakeServer(["t1"]);
  const { sitting } = sitDown(server);
  await settle();

  answer(sitting, "kind");
  expect(sitting.snapshot().draft).toBe("writing");
  await vi.advanceTimersByTimeAsync(3_000);

  expect(server.drafts.get("t1")?.[0]?.value).toBe("kind");
  expect(sitting.snapshot().draft).toBe("saved");
});

test("an acknowledged answer leaves nothing on the device", async () => {
  const shelf = memory();
  const server = new FakeServer(["t1", "t2"]);
  const { sitting } = sitDown(server, shelf);
  await settle();
  answer(sitting);

  sitting.submit();
  await vi.advanceTimersByTimeAsync(5_000);

  expect(shelf.length).toBe(0);
});

test("an answer taken back before it left was never sent", async () => {
  const server = new FakeServer(["t1", "t2"]);
  const { sitting } = sitDown(server);
  await settle();
  server.isDown = true;
  answer(sitting, "harsh");
  sitting.submit();
  await settle();
  // It is in the hands of the sender now; the next one waits behind it and can be taken back whole.
  answer(sitting, "harsh");
  sitting.submit();

  expect(sitting.takeBack()).toBe(true);
  expect(shown(sitting)).toBe("t2");

  server.isDown = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect([...server.answers.keys()]).toEqual(["t1"]);
});

test("an answer taken back after it arrived is changed by a second version", async () => {
  const server = new FakeServer(["t1", "t2", "t3"]);
  const { sitting } = sitDown(server);
  await settle();
  answer(sitting, "harsh");
  sitting.submit();
  await settle();

  expect(sitting.takeBack()).toBe(true);
  expect(shown(sitting)).toBe("t1");
  answer(sitting, "kind");
  sitting.submit();
  await settle();

  expect(server.answers.get("t1")?.map(({ answers }) => answers[0]?.value)).toEqual(["harsh", "kind"]);
  expect(shown(sitting)).toBe("t2");
  expect(sitting.snapshot().answered).toBe(1);
});

test("after five seconds it is too late to take back", async () => {
  const server = new FakeServer(["t1", "t2"]);
  const { sitting } = sitDown(server);
  await settle();
  answer(sitting);
  sitting.submit();

  await vi.advanceTimersByTimeAsync(5_001);

  expect(sitting.takeBack()).toBe(false);
});

test("Previous opens the last answer, again the one before it, and both stand as they were when left", async () => {
  const server = new FakeServer(["t1", "t2", "t3", "t4"]);
  const { sitting } = sitDown(server);
  await settle();
  for (const value of ["kind", "harsh"]) {
    answer(sitting, value);
    sitting.submit();
    await settle();
  }

  expect(await sitting.previous()).toBe(true);
  expect(shown(sitting)).toBe("t2");
  expect(sitting.snapshot().tasks[0]?.editor.submission()[0]?.value).toBe("harsh");

  await sitting.previous();
  expect(shown(sitting)).toBe("t1");
  expect(await sitting.previous()).toBe(false);

  await sitting.leaveAsIs();
  expect(shown(sitting)).toBe("t3");
  expect(server.standing("t1")?.[0]?.value).toBe("kind");
  expect(server.standing("t2")?.[0]?.value).toBe("harsh");
});

test("a changed earlier answer is its next version, and counts once", async () => {
  const server = new FakeServer(["t1", "t2", "t3"]);
  const { sitting } = sitDown(server);
  await settle();
  answer(sitting, "kind");
  sitting.submit();
  await settle();
  await sitting.previous();

  answer(sitting, "harsh");
  sitting.submit();
  await settle();

  expect(server.answers.get("t1")).toHaveLength(2);
  expect(server.standing("t1")?.[0]?.value).toBe("harsh");
  expect(sitting.snapshot().answered).toBe(1);
});

test("a skipped task makes room at once and is not dealt again", async () => {
  const server = new FakeServer(["t1", "t2", "t3"]);
  const { sitting } = sitDown(server);
  await settle();

  sitting.skip("unclear", "Which letter?");
  expect(shown(sitting)).toBe("t2");
  await settle();

  expect(server.skipped).toEqual(["t1"]);
  expect(sitting.snapshot().tasks).toHaveLength(2);
});

test("a skip that fails puts the task back and says why", async () => {
  const server = new FakeServer(["t1", "t2"]);
  const { sitting } = sitDown(server);
  await settle();
  server.isDown = true;

  sitting.skip("unclear", "");
  await settle();

  expect(shown(sitting)).toBe("t1");
  expect(sitting.snapshot().tasks[0]?.problem).toMatchObject({ code: "offline" });
});

test("an empty queue is asked again when the server said, and work goes on by itself", async () => {
  const server = new FakeServer([]);
  const { sitting } = sitDown(server);
  await settle();
  expect(sitting.snapshot()).toMatchObject({ status: "empty", tasks: [] });

  server.log.length = 0;
  await vi.advanceTimersByTimeAsync(4_000);
  expect(server.log).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(server.log).toEqual(["claim"]);
});

test("a new guideline is named once the held tasks are done", async () => {
  const server = new FakeServer(["t1", "t2", "t3"]);
  const { sitting } = sitDown(server);
  await settle();
  server.needsConsent = true;

  for (const _ of ["t1", "t2"]) {
    answer(sitting);
    sitting.submit();
    await settle();
  }
  expect(sitting.snapshot()).toMatchObject({ status: "consent-needed", guidelineVersion: 2, tasks: [] });

  server.needsConsent = false;
  await sitting.retry();
  expect(shown(sitting)).toBe("t3");
});

test("a task that aged while it waited its turn is held anew when it comes up", async () => {
  const server = new FakeServer(["t1", "t2"]);
  const { sitting } = sitDown(server);
  await settle();
  await vi.advanceTimersByTimeAsync(LEASE_MS * 0.6);

  answer(sitting);
  sitting.submit();
  await settle();

  expect(server.log).toContain("prolong t2");
  expect(sitting.snapshot().tasks[0]?.holdUntil).toBeGreaterThan(Date.now() + LEASE_MS * 0.9);
});

test("time on a task begins when it is on the screen, not when it was fetched", async () => {
  const server = new FakeServer(["t1", "t2"]);
  const { sitting, outbox } = sitDown(server);
  await settle();
  await vi.advanceTimersByTimeAsync(20_000);
  answer(sitting);
  sitting.submit();
  await settle();
  await vi.advanceTimersByTimeAsync(4_000);
  server.isDown = true;
  answer(sitting);

  sitting.submit();

  const [waiting] = outbox.snapshot().waiting;
  const { timing } = (waiting as WaitingAnswer).body;
  expect(timing?.active_ms).toBeGreaterThanOrEqual(4_000);
  expect(timing?.active_ms).toBeLessThan(5_000);
});

test("how an answer is made is sent where the project counts it, and only there", async () => {
  const server = new FakeServer(["t1", "t2"]);
  const { sitting, outbox } = sitDown(server);
  await settle();
  server.isDown = true;
  const made = (): void => {
    sitting.put({ kind: "typed", characters: 5 });
    sitting.put({ kind: "pasted", characters: 200 });
    sitting.turn(false);
    vi.advanceTimersByTime(30_000);
    sitting.turn(true);
    answer(sitting);
    sitting.submit();
  };

  made();
  sitting.count(true);
  made();

  const [uncounted, counted] = outbox.snapshot().waiting.map((each) => (each as WaitingAnswer).body.manner);
  expect(uncounted).toBeUndefined();
  expect(counted).toEqual({ pastes: 1, pasted: 200, typed: 5, departures: 1, away_ms: 30_000, edits: 1 });
});

test("two tabs share one device: what either keeps there, neither takes away, and it arrives once", async () => {
  const server = new FakeServer(["t1", "t2", "t3", "t4"]);
  const shelf = memory();
  const first = sitDown(server, shelf);
  await settle();
  server.isDown = true;
  const second = sitDown(server, shelf);
  answer(first.sitting);
  first.sitting.submit();
  await settle();
  first.sitting.close();

  second.outbox.recall();
  server.isDown = false;
  await second.outbox.flush();
  await vi.advanceTimersByTimeAsync(60_000);

  expect(server.answers.get("t1")).toHaveLength(1);
  expect(second.device.waiting()).toEqual([]);
});

test("Previous waits for the answer that is on its way, and opens it", async () => {
  const server = new FakeServer(["t1", "t2", "t3"]);
  const { sitting } = sitDown(server);
  await settle();

  answer(sitting);
  sitting.submit();
  const isThere = await sitting.previous();

  expect(isThere).toBe(true);
  expect(shown(sitting)).toBe("t1");
});

test("an answer says of each suggestion whether it was on the screen, and holds none that was not accepted", async () => {
  const server = new FakeServer(["t1"]);
  const says = (question: string, value: string) => [{ question, target: "", value }];
  server.suggestions = [
    { id: "sg1", model: "first-guess", answers: says("tone", "harsh") },
    { id: "sg2", answers: says("gone", "nothing") },
  ];
  const { sitting } = sitDown(server);
  await settle();
  expect(sitting.snapshot().tasks[0]?.editor.submission()).toEqual([]);

  sitting.snapshot().tasks[0]?.seen.add("sg1");
  answer(sitting, "kind");
  sitting.submit();
  await settle();

  expect(server.standing("t1")).toEqual([{ question: "tone", target: "", value: "kind" }]);
  expect(server.shown.get("t1")).toEqual([
    { id: "sg1", shown: true },
    { id: "sg2", shown: false },
  ]);
});

test("a task without suggestions says nothing of any", async () => {
  const server = new FakeServer(["t1"]);
  const { sitting } = sitDown(server);
  await settle();

  answer(sitting);
  sitting.submit();
  await settle();

  expect(server.shown.get("t1")).toBeUndefined();
});

const ACCEPTED = { verdicts: [{ annotation_id: "a1", verdict: "accept" as const }], ontology_version: 1 };

test("a review is one request: it goes, and brings the task after the next", async () => {
  const server = new FakeServer(["t1", "t2", "t3"]);
  const { sitting } = sitDown(server, memory(), "review");
  await settle();
  server.log.length = 0;

  sitting.judge({ stage: "review", body: ACCEPTED });
  expect(shown(sitting)).toBe("t2");
  await settle();

  expect(server.log).toEqual(["review t1"]);
  expect(server.judged.get("t1")?.body).toEqual({ ...ACCEPTED, active_ms: expect.any(Number) });
  expect(sitting.snapshot().tasks.map(({ assignment }) => assignment.task_id)).toEqual(["t2", "t3"]);
});

test("a review tells how long it took, which an offer by the hour pays", async () => {
  const server = new FakeServer(["t1"]);
  const { sitting } = sitDown(server, memory(), "review");
  await settle();
  const since = Date.now();
  while (Date.now() < since + 20) await settle();

  sitting.judge({ stage: "review", body: ACCEPTED });
  await settle();

  const body = server.judged.get("t1")?.body as { active_ms: number };
  expect(body.active_ms).toBeGreaterThanOrEqual(20);
});

test.each(["exam", "audit"] as const)(
  "an answer of an %s is one request too, and no task comes a second time",
  async (stage) => {
    const server = new FakeServer(["t1", "t2", "t3", "t4"]);
    const { sitting } = sitDown(server, memory(), stage);
    await settle();
    server.log.length = 0;

    answer(sitting);
    sitting.submit();
    await settle();

    expect(server.log).toEqual(["submit t1"]);
    expect(sitting.snapshot().tasks.map(({ assignment }) => assignment.task_id)).toEqual(["t2", "t3"]);
  },
);

test("a verdict that has not left this device is taken back without a word to the server", async () => {
  const server = new FakeServer(["t1", "t2", "t3"]);
  const { sitting, outbox } = sitDown(server, memory(), "review");
  await settle();
  server.isDown = true;
  sitting.judge({ stage: "review", body: ACCEPTED });
  await settle();

  expect(await sitting.unsay()).toBe(true);
  expect(shown(sitting)).toBe("t1");
  server.isDown = false;
  sitting.judge({ stage: "review", body: ACCEPTED });
  await outbox.flush();

  expect(server.log.filter((each) => each.includes("t1"))).toEqual(["review t1"]);
  expect(shown(sitting)).toBe("t2");
});

test("a verdict that has arrived is taken back from the server, and said anew", async () => {
  const server = new FakeServer(["t1", "t2", "t3"]);
  const { sitting, outbox } = sitDown(server, memory(), "review");
  await settle();
  sitting.judge({ stage: "review", body: ACCEPTED });
  await settle();

  expect(await sitting.unsay()).toBe(true);
  expect(shown(sitting)).toBe("t1");
  expect(sitting.snapshot().answered).toBe(0);
  sitting.judge({ stage: "review", body: ACCEPTED });
  await outbox.flush();

  expect(server.log.filter((each) => each.includes("t1"))).toEqual(["review t1", "unsay t1", "review t1"]);
  expect(shown(sitting)).toBe("t2");
});

test("a verdict that something followed from stands, and says so", async () => {
  const server = new FakeServer(["t1", "t2", "t3"]);
  const { sitting } = sitDown(server, memory(), "review");
  await settle();
  sitting.judge({ stage: "review", body: ACCEPTED });
  await settle();
  server.taken.add("t1");

  await expect(sitting.unsay()).rejects.toMatchObject({ status: 409 });

  expect(shown(sitting)).toBe("t2");
  expect(sitting.snapshot()).toMatchObject({ answered: 1, isBusy: false });
});

test("after twenty seconds nothing is asked of the server any more", async () => {
  const server = new FakeServer(["t1", "t2"]);
  const { sitting } = sitDown(server, memory(), "review");
  await settle();
  sitting.judge({ stage: "review", body: ACCEPTED });

  await vi.advanceTimersByTimeAsync(20_001);

  expect(await sitting.unsay()).toBe(false);
  expect(server.log).not.toContain("unsay t1");
});

test("a verdict that waited brings no task of its stage where tasks are answered", async () => {
  const reviews = new FakeServer(["r1", "r2", "r3"]);
  const shelf = memory();
  const first = sitDown(reviews, shelf, "review");
  await settle();
  reviews.isDown = true;
  first.sitting.judge({ stage: "review", body: ACCEPTED });
  await settle();
  first.sitting.close();

  const { outbox } = sitDown(reviews, shelf);
  reviews.isDown = false;
  await outbox.flush();

  expect(reviews.judged.get("r1")?.next).toBe(false);
});

test("what a task teaches is there to be read, and goes when it was; the answer stands", async () => {
  const server = new FakeServer(["t1", "t2", "t3"]);
  server.teaches.set("t1", { answers: [], summary: "kind", explanation: "It thanks.", is_right: false });
  const { sitting } = sitDown(server);
  await settle();

  answer(sitting);
  sitting.submit();
  await settle();

  expect(sitting.snapshot().taught.map(({ explanation }) => explanation)).toEqual(["It thanks."]);
  expect(sitting.takeBack()).toBe(false);
  expect(shown(sitting)).toBe("t2");
  sitting.learned();
  expect(sitting.snapshot().taught).toEqual([]);
});

test("a task that teaches nothing says nothing", async () => {
  const server = new FakeServer(["t1", "t2"]);
  const { sitting } = sitDown(server);
  await settle();

  answer(sitting);
  sitting.submit();
  await settle();

  expect(sitting.snapshot().taught).toEqual([]);
});
