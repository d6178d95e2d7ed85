/**
 * Answers tasks in Chromium and measures, for each, the time from the key that submits to the frame that shows the next task.
 * Reads {url, email, password, project, keys, count, latencyMs, thinkMs} from the command line, prints {painted: [ms, …]}.
 */
import { chromium } from "playwright-core";

const { url, email, password, project, keys, count, latencyMs, thinkMs } = JSON.parse(process.argv[2]);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(url);
  await page.locator("input[type=email]").fill(email);
  await page.locator("input[type=password]").fill(password);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "My work" }).waitFor();
  await page.goto(`${url}/projects/${project}/label`);
  await page.locator(".wbot [title]").first().waitFor();
  await page.locator("[data-task]").first().waitFor();
  if (latencyMs) {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Network.enable");
    const usual = { offline: false, downloadThroughput: -1, uploadThroughput: -1 };
    await devtools.send("Network.emulateNetworkConditions", { ...usual, latency: latencyMs });
  }
  await page.evaluate(watch);
  const painted = [];
  for (let done = 0; done < count; done += 1) {
    await page.waitForTimeout(thinkMs);
    for (const key of keys.slice(0, -1)) await page.keyboard.press(key);
    const before = await page.evaluate(() => window.measured.length);
    await page.keyboard.press(keys.at(-1));
    await page.waitForFunction((known) => window.measured.length > known, before);
    painted.push(await page.evaluate(() => window.measured.at(-1)));
  }
  console.log(JSON.stringify({ painted }));
} finally {
  await browser.close();
}

/** In the page: from the time stamp of the key event to the end of the frame in which another task stands there. */
function watch() {
  window.measured = [];
  const task = () => document.querySelector("[data-task]")?.dataset.task;
  let pressed = null;
  document.addEventListener(
    "keydown",
    (event) => {
      const [start, before] = [event.timeStamp, task()];
      pressed = event;
      const look = () => {
        if (pressed !== event) return;
        const now = task();
        if (!now || now === before) {
          requestAnimationFrame(look);
          return;
        }
        // A message posted from a frame's callback is handled once that frame was handed to the screen.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => window.measured.push(performance.now() - start);
        port2.postMessage(null);
      };
      requestAnimationFrame(look);
    },
    true,
  );
}
