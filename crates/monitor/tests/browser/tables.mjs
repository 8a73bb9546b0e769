// Tables: sorting, definitions and exports.

import assert from "node:assert/strict";
import test from "node:test";

import { assertNothingWrong, open } from "./harness.mjs";

// The exact values of a column, from top to bottom.
async function column(table, place) {
  return table.locator("tbody tr").evaluateAll((rows, place) => rows.map((row) => {
    const cell = row.children[place];
    return (cell.querySelector(".hidden") ?? cell).textContent.trim();
  }), place);
}

function asNumber(text) {
  return Number(text.replaceAll(/[,%]/g, ""));
}

test("a click on a heading sorts the rows by it, and a second click reverses the order", async (t) => {
  const { page, wrong } = await open(t, "quiet-hour");
  await page.goto("/monitor/reports/incoming_mail?date_range=current_hour");
  const table = page.locator("table.rows").first();
  const headings = await table.locator("thead th").allInnerTexts();
  for (const place of [0, 1, headings.length - 1]) {
    const heading = table.locator("thead th").nth(place);
    const before = await column(table, place);
    assert.ok(before.length > 2, "there are rows to sort");
    const orders = [];
    for (const _ of [1, 2]) {
      const link = heading.getByRole("link");
      const address = await link.evaluate((element) => element.href);
      await link.click();
      await page.waitForURL(address);
      const sorted = await heading.getAttribute("aria-sort");
      const values = await column(table, place);
      const compare = place === 0 ? (a, b) => (a < b ? -1 : a > b ? 1 : 0) : (a, b) => asNumber(a) - asNumber(b);
      const expected = [...values].sort((a, b) => (sorted === "ascending" ? compare(a, b) : compare(b, a)));
      assert.deepEqual(values, expected, `${headings[place]}, ${sorted}`);
      orders.push(sorted);
    }
    assert.deepEqual([...orders].sort(), ["ascending", "descending"], headings[place]);
  }
  assertNothingWrong(wrong);
});

test("each table has definitions of its columns and an export link", async (t) => {
  const { page, wrong } = await open(t, "quiet-hour");
  await page.goto("/monitor/reports/tls_connections?date_range=current_hour");
  const blocks = page.locator("article.block");
  assert.equal(await blocks.count(), 6);
  for (const block of await blocks.all()) {
    assert.equal(await block.getByRole("link", { name: "Export…" }).count(), 1);
    await block.getByText("Info…").click();
    assert.ok(await block.locator("details.info dd").first().isVisible());
  }
  assertNothingWrong(wrong);
});
