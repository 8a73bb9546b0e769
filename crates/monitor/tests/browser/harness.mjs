// What tests share: servers of scenarios, the files that belong to them, a browser, and pages that are watched.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { env } from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../../..");
const work = mkdtempSync(join(tmpdir(), "tollgate-pages-"));
const servers = new Map();
let launched;

export const USER = "admin";
export const PASSWORD = "a password of these tests";
export const artefacts = join(env.ARTEFACTS ?? tmpdir(), "tollgate-pages");
mkdirSync(artefacts, { recursive: true });

// What of a scenario is too much for a test is made smaller.
const OPTIONS = { "c650-pair": ["--volume", "0.02"] };

// The server of a scenario, started once. Its clock stands at the end of the scenario's span.
export function serve(scenario) {
  if (!servers.has(scenario)) servers.set(scenario, start(scenario));
  return servers.get(scenario);
}

function inputOf(scenario) {
  return [join(root, "scenarios", `${scenario}.toml`), ...(OPTIONS[scenario] ?? [])];
}

async function start(scenario) {
  const password = join(work, "password.txt");
  writeFileSync(password, `${PASSWORD}\n`);
  const options = ["serve", ...inputOf(scenario), "--listen", "127.0.0.1:0", "--password-file", password, "--quiet"];
  const child = spawn(env.TOLLGATE, options, { stdio: ["ignore", "pipe", "inherit"] });
  // However this process ends.
  process.once("exit", () => child.kill());
  const url = await new Promise((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`tollgate serve ended with ${code}`)));
  });
  return { url: url.replace(/\/$/, ""), child };
}

// The directory of the exports of a scenario over its span, a directory for each appliance, in intervals of a length
// such as 5m.
export function exportsOf(scenario, interval) {
  const out = join(work, interval);
  execFileSync(env.TOLLGATE, ["run", ...inputOf(scenario), "--interval", interval, "--out", out, "--quiet"]);
  return join(out, scenario);
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
  const { page, wrong } = await watched(t, url, { baseURL: url, ...options });
  if (loggedIn) await logIn(page);
  return { page, wrong, url };
}

// A file in a page of its own that fails the test at its end if it asked for anything but itself.
export async function openFile(t, path) {
  const url = pathToFileURL(path).href;
  const { page, wrong } = await watched(t, url, {});
  await page.goto(url);
  return { page, wrong };
}

// The page of a plan of a scenario, or of one set beside another.
export function planOf([scenario, other], ...options) {
  const out = join(work, `${scenario}-plan`);
  const file = (name) => join(root, "scenarios", `${name}.toml`);
  const compared = other ? ["--compare", file(other)] : [];
  execFileSync(env.TOLLGATE, ["plan", file(scenario), ...compared, ...options, "--seeds", "3", "--out", out, "--quiet"]);
  return join(out, "plan.html");
}

async function watched(t, url, options) {
  const context = await (await browser()).newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const wrong = watch(page, url);
  t.after(() => context.close());
  return { page, wrong };
}

async function logIn(page) {
  await page.goto("/");
  await enter(page);
}

// Fills in the form of the way in.
export async function enter(page) {
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
    const { protocol, hostname, port } = new URL(request.url());
    if (request.url() === url) return;
    // An appliance of several is a host name of the same machine.
    const isHere = protocol !== "file:" && port === new URL(url).port && (hostname === "127.0.0.1" || hostname.endsWith(".localhost"));
    if (!isHere && protocol !== "data:") wrong.push(`asked elsewhere: ${request.url()}`);
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
  // Away from what a pointer changes.
  await page.mouse.move(0, 0);
  await page.screenshot({ path, fullPage: true });
}

// Ends all that was started.
export async function end() {
  await (await launched)?.close();
  for (const server of servers.values()) (await server.catch(() => undefined))?.child.kill();
  rmSync(work, { recursive: true, force: true });
  console.log(`screenshots: ${artefacts}`);
}
