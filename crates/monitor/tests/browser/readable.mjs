// Checks that a page fits at three widths, is readable in both colour schemes, and is accessible.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { screenshot } from "./harness.mjs";

const NARROW = 360;
const SHOWN = [[1600, "light"], [1024, "dark"], [NARROW, "light"]];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// Fails if the page does not fit or is not accessible. Takes screenshots of it.
export async function assertReadable(page, name) {
  for (const [width, colorScheme] of SHOWN) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    assert.deepEqual(await overflow(page), [], `${name} is wider than ${width}`);
    await screenshot(page, `${name}-${colorScheme}-${width}`);
    if (width !== NARROW) assert.deepEqual(await violations(page), [], `${name} in ${colorScheme}`);
  }
}

// The serious and critical problems that axe finds, one per line.
async function violations(page) {
  await page.evaluate(AXE);
  const { violations: found } = await page.evaluate(() => globalThis.axe.run(document));
  const grave = found.filter(({ impact }) => ["serious", "critical"].includes(impact));
  return grave.flatMap(({ id, nodes }) => nodes.map(({ target, any }) => `${id}: ${target} ${any[0]?.message ?? ""}`));
}

// The elements that reach beyond the right edge of the window and are not inside a scrolling element.
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
