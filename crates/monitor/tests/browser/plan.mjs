// The page of a plan, opened as a file, on screen and on paper.

import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";

import { artefacts, assertNothingWrong, openFile, planOf } from "./harness.mjs";
import { assertReadable } from "./readable.mjs";

test("a plan opens, fits, and is readable in both schemes and on paper", async (t) => {
  const { page, wrong } = await openFile(t, planOf(["quiet-hour"], "--load", "0.5,1,2"));
  await assertPlan(page, "plan");
  assert.equal(await page.locator("table").count(), 1);
  assertNothingWrong(wrong);
});

test("a comparison of one appliance with two fits too", async (t) => {
  const small = ["--volume", "0.02", "--set", "time.span=1d", "--load", "1,5,10", "--no-limit"];
  const { page, wrong } = await openFile(t, planOf(["c650-week", "c650-pair"], ...small));
  await assertPlan(page, "plan-compared");
  assert.ok((await page.locator("table").count()) === 5, "one table of differences, and one for each part of both sides");
  assertNothingWrong(wrong);
});

async function assertPlan(page, name) {
  assert.equal(await page.locator("script").count(), 0);
  await assertReadable(page, name);
  // One of a graph's two drawings is shown at any width.
  for (const figure of await page.locator("figure").all()) assert.equal(await figure.locator("svg:visible").count(), 1);
  await assertPrintable(page, name);
}

// Paper shows the wide drawings in the light scheme, and a table that continues on the next page repeats its head.
async function assertPrintable(page, name) {
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await page.setViewportSize({ width: 700, height: 900 });
  const shown = await page.evaluate(() => ({
    paper: getComputedStyle(document.body).backgroundColor,
    ink: getComputedStyle(document.querySelector("svg.chart text")).fill,
    narrow: [...document.querySelectorAll("svg.chart-narrow")].filter((svg) => svg.checkVisibility()).length,
    head: getComputedStyle(document.querySelector("thead")).display,
    links: document.querySelector("nav").checkVisibility(),
  }));
  assert.deepEqual(shown, { paper: "rgb(255, 255, 255)", ink: "rgb(89, 99, 110)", narrow: 0, head: "table-header-group", links: false });
  const pdf = await page.pdf({ path: join(artefacts, `${name}.pdf`), preferCSSPageSize: true, printBackground: true });
  assert.ok(pdf.length > 10_000, "paper is not empty");
}
