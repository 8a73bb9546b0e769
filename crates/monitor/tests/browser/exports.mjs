// Every Export... link gives the file of the run.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

import { assertNothingWrong, enter, exportsOf, open } from "./harness.mjs";
import { asksFirst, everyPage } from "./site.mjs";

for (const [scenario, appliance, range, interval, tables] of [
  ["quiet-hour", "quiet", "date_range=current_hour", "5m", 42],
  ["thread-d-exact", "c650", "date_range=current_day", "1h", 38],
]) {
  test(`every Export... link of ${scenario} gives the file of the run`, async (t) => {
    const { page, wrong, url } = await open(t, scenario);
    const compared = await compareAll(page, url, range, join(exportsOf(scenario, interval), appliance));
    // Without users or filters in the scenario, there are no pages about one of them.
    assert.equal(compared.size, tables);
    assertNothingWrong(wrong);
  });
}

test("each of two appliances gives its own files, and both can be shown merged", async (t) => {
  const { page, wrong, url } = await open(t, "c650-pair");
  const directory = exportsOf("c650-pair", "1h");
  const attempted = {};
  await page.goto("/monitor/reports/overview?date_range=current_week");
  const choices = page.getByRole("navigation", { name: "Appliances" }).getByRole("link");
  assert.deepEqual(await choices.allInnerTexts(), ["c650-a", "c650-b", "All appliances"]);
  for (const name of ["c650-a", "c650-b", "All appliances"]) {
    await page.goto(`${url}/monitor/reports/overview?date_range=current_week`);
    await choices.getByText(name, { exact: true }).click();
    // Each appliance has its own host name, and so its own session.
    if (await page.getByLabel("Password").isVisible()) await enter(page);
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    attempted[name] = await figure(page, "Attempted");
    if (name === "All appliances") continue;
    const host = new URL(page.url()).origin;
    const compared = await compareAll(page, host, "date_range=current_week", join(directory, name));
    assert.ok(compared.size > 30, `${compared.size} tables of ${name}`);
  }
  assert.equal(attempted["All appliances"], attempted["c650-a"] + attempted["c650-b"]);
  assert.ok(attempted["c650-a"] > 0 && attempted["c650-b"] > 0);
  assertNothingWrong(wrong);
});

// A key figure at the top of a page.
async function figure(page, name) {
  const value = page.locator("dl.figures > div").filter({ hasText: name }).first().locator("dd");
  const exact = value.locator(".hidden");
  return Number((await ((await exact.count()) > 0 ? exact : value).innerText()).replaceAll(",", ""));
}

// Follows every Export... link of every page and compares the answers with the files in a directory. Returns the names of the
// compared files.
async function compareAll(page, host, range, directory) {
  const compared = new Set();
  for (const [name, url] of await everyPage(page, range, host)) {
    if (asksFirst(name)) continue;
    await page.goto(url);
    const hrefs = await page.locator("a.export").evaluateAll((anchors) => anchors.map((anchor) => anchor.href));
    assert.ok(hrefs.length > 0, `${name} has exports`);
    for (const href of hrefs) {
      // Uses the session of the page, like a click.
      const { disposition, text } = await page.evaluate(async (href) => {
        const answer = await fetch(href);
        return { disposition: answer.headers.get("content-disposition"), text: await answer.text() };
      }, href);
      const csv = disposition.match(/filename="([a-z0-9_]+\.csv)"/)[1];
      const { searchParams } = new URL(href);
      const expected = readFileSync(join(directory, csv), "utf8");
      // assert.equal would take minutes to show the difference of two long files.
      assert.ok(text === only(expected, searchParams.get("internal_user") ?? searchParams.get("filter_name")), `${csv} of ${href}`);
      compared.add(csv);
    }
  }
  return compared;
}

// The headings of a file and the lines of one user or filter. Without a key, the whole file.
function only(csv, key) {
  if (key === null) return csv;
  const [headings, ...lines] = csv.split(/(?<=\n)/);
  const written = /[",]/.test(key) ? `"${key.replaceAll('"', '""')}"` : key;
  return [headings, ...lines.filter((line) => line.includes(`,${written},`))].join("");
}
