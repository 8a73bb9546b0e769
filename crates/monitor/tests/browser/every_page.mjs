// Every page of a run: it opens without error, in both schemes, at three widths, without the script, and for everybody.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import test from "node:test";

import { assertNothingWrong, open, screenshot } from "./harness.mjs";
import { asksFirst, everyPage } from "./site.mjs";

const RANGE = "date_range=current_hour";
const NARROW = 360;
const SHOWN = [[1600, "light"], [1024, "dark"], [NARROW, "light"]];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

test("every page and tab opens, fits, and is readable in both schemes", async (t) => {
  const { page, wrong } = await open(t, "quiet-hour");
  const pages = await everyPage(page, RANGE);
  assert.ok(pages.size >= 15, `found ${[...pages.keys()]}`);
  for (const [name, url] of pages) {
    await page.goto(url);
    await assertReadable(page, name);
  }
  assertNothingWrong(wrong);
});

test("the choice between two appliances fits too", async (t) => {
  const { page, wrong } = await open(t, "c650-pair");
  for (const path of ["monitor/reports", "monitor_email/reports"]) {
    await page.goto(`/${path}/overview?date_range=current_week`);
    await assertReadable(page, `pair-${path.split("/")[0]}`);
  }
  assertNothingWrong(wrong);
});

test("every page opens without the script", async (t) => {
  const { page, wrong } = await open(t, "quiet-hour", { javaScriptEnabled: false });
  const pages = await everyPage(page, RANGE);
  for (const [name, url] of pages) {
    await page.goto(url);
    assert.ok(asksFirst(name) || (await page.locator("table").count()) > 0, `${name} shows figures`);
  }
  // A range is chosen by the button then.
  await page.goto(`/monitor/reports/overview?${RANGE}`);
  await page.getByLabel("Time range").selectOption("current_week");
  await page.locator("form.range").getByRole("button").click();
  await page.waitForURL(/date_range=current_week/);
  assertNothingWrong(wrong);
});

// Fails if the page does not fit or hinders anybody; keeps pictures of it.
async function assertReadable(page, name) {
  for (const [width, colorScheme] of SHOWN) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    assert.deepEqual(await overflow(page), [], `${name} is wider than ${width}`);
    await screenshot(page, `${name}-${colorScheme}-${width}`);
    if (width !== NARROW) assert.deepEqual(await violations(page), [], `${name} in ${colorScheme}`);
  }
}

// What axe finds that is serious or worse, a line each.
async function violations(page) {
  await page.evaluate(AXE);
  const { violations: found } = await page.evaluate(() => globalThis.axe.run(document));
  const grave = found.filter(({ impact }) => ["serious", "critical"].includes(impact));
  return grave.flatMap(({ id, nodes }) => nodes.map(({ target, any }) => `${id}: ${target} ${any[0]?.message ?? ""}`));
}

// What reaches beyond the right edge of the window and is not inside something that scrolls.
async function overflow(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const scrolls = (element) => element !== document.body && getComputedStyle(element).overflowX !== "visible";
    const isFree = (element) => {
      for (let around = element.parentElement; around; around = around.parentElement) if (scrolls(around)) return false;
      return true;
    };
    const beyond = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > width && isFree(element));
    return [`${document.documentElement.scrollWidth} of ${width}`, ...beyond.map((element) => `${element.tagName}.${element.getAttribute("class")} ${element.id}`)].slice(0, 6);
  });
}
