// The figures of the thread, as its administrators saw them, and the true figures.

import assert from "node:assert/strict";
import test from "node:test";

import { assertNothingWrong, open, screenshot } from "./harness.mjs";

// The visible figures in the row with a name.
async function row(table, name) {
  const cells = table.locator("tr").filter({ has: table.page().getByRole("rowheader", { name, exact: true }) }).locator("td");
  return (await cells.allInnerTexts()).map((text) => text.split("\n")[0].trim()).filter(Boolean);
}

test("figures A side by side with the truth: 0 connections in clear as counted, truly 2,252", async (t) => {
  const { page, wrong } = await open(t, "thread-a-exact");
  await page.goto("/monitor/reports/tls_connections?date_range=current_hour");
  await page.locator('a[href*="compare=truth"]').last().click();
  await page.waitForURL(/compare=truth/);
  const table = page.locator("table.compare").filter({ hasText: "Unencrypted" }).filter({ hasText: "Connections" }).last();
  const figures = await row(table, "Unencrypted Connections");
  assert.deepEqual([figures[1], figures[3]], ["0", "2,252"], figures.join(" | "));
  await screenshot(page, "thread-a-side-by-side");
  // The README shows this part of the page.
  const [heading, part] = [page.locator("h2", { hasText: "Outgoing" }), page.locator("main")];
  const [top, frame, bottom] = await Promise.all([heading.boundingBox(), part.boundingBox(), table.boundingBox()]);
  const scrolled = await page.evaluate(() => window.scrollY);
  const clip = { x: frame.x, y: scrolled + top.y - 12, width: frame.width, height: bottom.y + bottom.height + 12 - top.y };
  await screenshot(page, "tls-connections", { clip });
  assertNothingWrong(wrong);
});

test("a click on another rule shows the figures under that rule", async (t) => {
  const { page, wrong } = await open(t, "thread-a-exact");
  await page.goto("/monitor/reports/tls_connections?date_range=current_hour");
  const rules = page.locator(".rules").getByRole("link");
  const table = page.locator("table.summary").filter({ hasText: "Unencrypted Connections" }).last();
  assert.deepEqual((await row(table, "Unencrypted Connections")).slice(-1), ["0"]);
  await rules.filter({ hasText: "every-plain" }).click();
  await page.waitForURL(/rule=every-plain/);
  assert.deepEqual((await row(table, "Unencrypted Connections")).slice(-1), ["2,252"]);
  await rules.filter({ hasText: "attempt-only" }).first().click();
  await page.waitForURL((url) => url.searchParams.get("rule") !== "every-plain");
  assert.deepEqual((await row(table, "Unencrypted Connections")).slice(-1), ["0"]);
  assertNothingWrong(wrong);
});

test("the page of figures D shows the figures of the thread", async (t) => {
  const { page, wrong } = await open(t, "thread-d-exact");
  await page.goto("/monitor/reports/tls_connections?date_range=current_day");
  const seen = await page.locator("main").innerText();
  for (const figure of ["1,904", "96.6%", "12.6k", "16.0k", "3,390", "1,972", "9,715", "8,146"]) {
    assert.ok(seen.includes(figure), `${figure} is on the page`);
  }
  await screenshot(page, "thread-d");
  assertNothingWrong(wrong);
});
