// Every Export... link gives the file of the run.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

import { assertNothingWrong, exportsOf, open } from "./harness.mjs";
import { asksFirst, everyPage } from "./site.mjs";

for (const [scenario, range, interval] of [
  ["quiet-hour", "date_range=current_hour", "5m"],
  ["thread-d-exact", "date_range=current_day", "1h"],
]) {
  test(`every Export... link of ${scenario} gives the file of the run`, async (t) => {
    const { page, wrong } = await open(t, scenario);
    const directory = exportsOf(scenario, interval);
    const compared = new Set();
    for (const [name, url] of await everyPage(page, range)) {
      if (asksFirst(name)) continue;
      await page.goto(url);
      const hrefs = await page.locator("a.export").evaluateAll((anchors) => anchors.map((anchor) => anchor.href));
      assert.ok(hrefs.length > 0, `${name} has exports`);
      for (const href of hrefs) {
        // With the session of the page, as a click is, and from inside it.
        const { file, text } = await page.evaluate(async (href) => {
          const answer = await fetch(href);
          return { file: answer.headers.get("content-disposition"), text: await answer.text() };
        }, href);
        const csv = file.match(/filename="([a-z0-9_]+\.csv)"/)[1];
        const { searchParams } = new URL(href);
        const expected = readFileSync(join(directory, csv), "utf8");
        assert.equal(text, only(expected, searchParams.get("internal_user") ?? searchParams.get("filter_name")), href);
        compared.add(csv);
      }
    }
    assert.equal(compared.size, scenario === "quiet-hour" ? 42 : compared.size, "every table has a link");
    assert.ok(compared.size >= 30);
    assertNothingWrong(wrong);
  });
}

// The lines of a file that are about one user or filter, and the headings; the whole file if none is asked for.
function only(csv, key) {
  if (key === null) return csv;
  const [headings, ...lines] = csv.split(/(?<=\n)/);
  const written = /[",]/.test(key) ? `"${key.replaceAll('"', '""')}"` : key;
  return [headings, ...lines.filter((line) => line.includes(`,${written},`))].join("");
}
