// The menu of time ranges.

import assert from "node:assert/strict";
import test from "node:test";

import { assertNothingWrong, open } from "./harness.mjs";

// Presses Tab until an element has the focus.
async function tabTo(page, locator) {
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press("Tab");
    if (await locator.evaluate((element) => element === document.activeElement)) return;
  }
  assert.fail("Tab does not reach the element");
}

test("a range is chosen with the keyboard alone", async (t) => {
  const { page, wrong } = await open(t, "quiet-hour");
  await page.goto("/monitor/reports/overview?date_range=current_hour");
  const menu = page.getByLabel("Time range");
  await tabTo(page, menu);
  // Move down two entries. The page must not load the range between them.
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.equal(await menu.inputValue(), "current_week");
  await tabTo(page, page.locator("form.range").getByRole("button"));
  await page.keyboard.press("Enter");
  await page.waitForURL(/date_range=current_week/);
  assert.equal(await page.getByLabel("Time range").inputValue(), "current_week");
  assertNothingWrong(wrong);
});

test("a custom range is chosen by its ends and stays when another page is opened", async (t) => {
  const { page, wrong } = await open(t, "quiet-hour");
  await page.goto("/monitor/reports/overview?date_range=current_hour");
  await page.getByLabel("Time range").selectOption("custom");
  await page.getByLabel("From").fill("18 Nov 2008 09:00:00");
  await page.getByLabel("to", { exact: true }).fill("18 Nov 2008 09:30:00");
  await page.locator("form.range").getByRole("button").click();
  await page.waitForURL(/date_range=custom/);
  await page.locator("nav.menu").getByRole("link", { name: "Sender Groups" }).click();
  await page.waitForURL(/sender_groups/);
  assert.equal(await page.getByLabel("From").inputValue(), "18 Nov 2008 09:00:00");
  assert.equal(await page.getByLabel("Time range").inputValue(), "custom");
  assertNothingWrong(wrong);
});
