// The pages of plans and of the report of a fit, opened as files, on screen and on paper.

import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";

import { artefacts, assertNothingWrong, openFile, planOf, reportOfFit } from "./harness.mjs";
import { assertReadable } from "./readable.mjs";

test("a plan opens, fits, and is readable in both schemes and on paper", async (t) => {
  const { page, wrong } = await openFile(t, planOf(["quiet-hour"], "--load", "0.5,1,2"));
  await assertPlan(page, "plan");
  assert.equal(await page.locator("details table").count(), 1);
  await assertReadOff(page);
  assertNothingWrong(wrong);
});

test("a comparison of one appliance with two fits too", async (t) => {
  const small = ["--volume", "0.02", "--set", "time.span=1d", "--load", "1,5,10", "--no-limit"];
  const { page, wrong } = await openFile(t, planOf(["c650-week", "c650-pair"], ...small));
  await page.setViewportSize({ width: 1280, height: 900 });
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  assert.ok(height < 6000, `the page is ${height} pixels high`);
  await assertPlan(page, "plan-compared");
  assert.ok((await page.locator("details table").count()) === 5, "one table of differences, and one for each part of both sides");
  assertNothingWrong(wrong);
});

test("a plan shows its drawings if scripts do not run", async (t) => {
  const { page, wrong } = await openFile(t, planOf(["quiet-hour"], "--load", "1,2", "--no-limit"), { javaScriptEnabled: false });
  assert.equal(await page.locator(".live").count(), 0);
  for (const figure of await page.locator("figure").all()) assert.equal(await figure.locator("svg:visible").count(), 1);
  assertNothingWrong(wrong);
});

test("the report of a fit fits, and is readable in both schemes and on paper", async (t) => {
  const { page, wrong } = await openFile(t, reportOfFit("quiet-hour", "--interval", "5m", "--only", "1,4,29,32"));
  assert.equal(await page.locator("figure").count(), 4);
  await page.evaluate(() => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
  await assertReadable(page, "fit");
  await assertPrintable(page, "fit");
  assertNothingWrong(wrong);
});

async function assertPlan(page, name) {
  await assertReadable(page, name);
  // The script draws each graph once, after a change of the scheme too.
  await page.evaluate(() => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
  for (const figure of await page.locator("figure").all()) {
    await figure.locator("canvas").waitFor();
    assert.equal(await figure.locator("svg:visible").count(), 0);
  }
  const [width, content] = await page.evaluate(() => [document.documentElement.clientWidth, document.documentElement.scrollWidth]);
  assert.ok(content <= width, `the unfolded page is ${content} pixels wide in a window of ${width}`);
  await page.evaluate(() => document.querySelectorAll("details").forEach((each) => { each.open = false; }));
  await assertPrintable(page, name);
}

// The values of a graph follow the keyboard and the pointer, and are those of the drawing's tooltips.
async function assertReadOff(page) {
  await page.emulateMedia({ media: "screen", colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 900 });
  const figure = page.locator("figure").nth(1);
  const slider = figure.getByRole("slider");
  const tips = await figure.locator("svg.chart-wide .chart-hover title").allTextContents();
  const shown = async () => {
    const values = [...(await figure.locator(".u-legend td").allTextContents())];
    return values.map((value) => value.trim());
  };
  const assertTip = async (place) => {
    const [load, ...lines] = tips[place].split("\n");
    const values = lines.reverse().map((line) => line.slice(line.lastIndexOf(": ") + 2));
    assert.deepEqual(await shown(), [load, ...values]);
    assert.equal(await slider.getAttribute("aria-valuetext"), tips[place].split("\n").join("; "));
  };
  await slider.focus();
  await page.keyboard.press("Home");
  await assertTip(0);
  await page.keyboard.press("ArrowRight");
  await assertTip(1);
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowRight");
  await assertTip(tips.length - 1);
  const { x, y, height } = await figure.locator(".u-over").boundingBox();
  await page.mouse.move(x + 2, y + height / 2);
  await assertTip(0);
}

// Paper shows the wide drawings in the light scheme, and a table that continues on the next page repeats its head.
async function assertPrintable(page, name) {
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await page.setViewportSize({ width: 700, height: 900 });
  const shown = await page.evaluate(() => ({
    paper: getComputedStyle(document.body).backgroundColor,
    ink: getComputedStyle(document.querySelector("svg.chart text")).fill,
    live: [...document.querySelectorAll(".live")].filter((graph) => graph.checkVisibility()).length,
    figures: document.querySelector("details table").checkVisibility({ contentVisibilityAuto: true }),
    narrow: [...document.querySelectorAll("svg.chart-narrow")].filter((svg) => svg.checkVisibility()).length,
    head: getComputedStyle(document.querySelector("thead")).display,
    links: document.querySelector("nav").checkVisibility(),
  }));
  assert.deepEqual(shown, { paper: "rgb(255, 255, 255)", ink: "rgb(89, 99, 110)", live: 0, figures: true, narrow: 0, head: "table-header-group", links: false });
  const pdf = await page.pdf({ path: join(artefacts, `${name}.pdf`), preferCSSPageSize: true, printBackground: true });
  assert.ok(pdf.length > 10_000, "paper is not empty");
}
