// What tests share: servers of scenarios, the files that belong to them, a browser, and pages that are watched.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { env } from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../../..");
const work = mkdtempSync(join(tmpdir(), "tollgate-pages-"));
const servers = new Map();
let launched;

export const USER = "admin";
export const PASSWORD = "a password of these tests";
export const artefacts = join(env.ARTEFACTS ?? tmpdir(), "tollgate-pages");
mkdirSync(artefacts, { recursive: true });

// The server of a scenario, started once. Its clock stands at the end of the scenario's span.
export function serve(scenario) {
  if (!servers.has(scenario)) servers.set(scenario, start(scenario));
  return servers.get(scenario);
}

async function start(scenario) {
  const password = join(work, "password.txt");
  writeFileSync(password, `${PASSWORD}\n`);
  const options = ["serve", join(root, "scenarios", `${scenario}.toml`), "--listen", "127.0.0.1:0", "--password-file", password, "--quiet"];
  const child = spawn(env.TOLLGATE, options, { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`tollgate serve ended with ${code}`)));
  });
  return { url: url.replace(/\/$/, ""), child };
}

// The directory of the exports of a scenario's only appliance over its span, in intervals of a length such as 5m.
export function exportsOf(scenario, interval) {
  const out = join(work, interval);
  const file = join(root, "scenarios", `${scenario}.toml`);
  execFileSync(env.TOLLGATE, ["run", file, "--interval", interval, "--out", out, "--quiet"]);
  const inside = readdirSync(join(out, scenario), { withFileTypes: true });
  return join(out, scenario, inside.find((entry) => entry.isDirectory()).name);
}

async function browser() {
  launched ??= chromium.launch({
    executablePath: env.CHROMIUM,
    args: [
      "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
  return launched;
}

// A page of its own session that fails the test at its end if anything went wrong in it. It is logged in unless told otherwise.
export async function open(t, scenario, { loggedIn = true, ...options } = {}) {
  const { url } = await serve(scenario);
  const context = await (await browser()).newContext({ baseURL: url, viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const wrong = watch(page, url);
  if (loggedIn) await logIn(page);
  t.after(() => context.close());
  return { page, wrong, url };
}

export async function logIn(page) {
  await page.goto("/");
  await page.getByLabel("User name").fill(USER);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL((url) => !url.pathname.includes("login"));
}

// What goes wrong in a page, as it happens: errors and warnings of the console, requests that fail or go elsewhere.
function watch(page, url) {
  const wrong = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) wrong.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => wrong.push(`script: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(`${url}/`) && !request.url().startsWith("data:")) wrong.push(`asked elsewhere: ${request.url()}`);
  });
  page.on("requestfailed", (request) => wrong.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on("response", (response) => {
    if (response.status() >= 400) wrong.push(`${response.status()}: ${response.url()}`);
  });
  return wrong;
}

// Nothing has gone wrong so far.
export function assertNothingWrong(wrong) {
  assert.deepEqual(wrong, []);
}

export async function screenshot(page, name) {
  const path = join(artefacts, `${name}.png`);
  mkdirSync(dirname(path), { recursive: true });
  await page.screenshot({ path, fullPage: true });
}

// Ends all that was started.
export async function end() {
  await (await launched)?.close();
  for (const server of servers.values()) (await server.catch(() => undefined))?.child.kill();
  rmSync(work, { recursive: true, force: true });
  console.log(`screenshots: ${artefacts}`);
}
