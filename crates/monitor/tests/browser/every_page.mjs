// Every page of a run: it opens without errors in both colour schemes, at three widths, and without the script, and axe finds
// no serious accessibility problem.

import assert from "node:assert/strict";
import test from "node:test";

import { assertNothingWrong, open } from "./harness.mjs";
import { assertReadable } from "./readable.mjs";
import { asksFirst, everyPage } from "./site.mjs";

const RANGE = "date_range=current_hour";

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
  // Without the script, the button applies the range.
  await page.goto(`/monitor/reports/overview?${RANGE}`);
  await page.getByLabel("Time range").selectOption("current_week");
  await page.locator("form.range").getByRole("button").click();
  await page.waitForURL(/date_range=current_week/);
  assertNothingWrong(wrong);
});
