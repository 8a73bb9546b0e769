// Shared by the tests: servers of scenarios, their files, a browser, and pages that are watched for errors.

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

// Options that make scenarios small enough for a test.
const OPTIONS = { "c650-pair": ["--volume", "0.02"] };

// The server of a scenario, started once. Its clock stands still at the end of the scenario's span.
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
  // Kill the server however this process ends.
  process.once("exit", () => child.kill());
  const url = await new Promise((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`tollgate serve ended with ${code}`)));
  });
  return { url: url.replace(/\/$/, ""), child };
}

// Runs a scenario with a length of intervals, such as 5m. Returns the directory of its exports, with a directory for each
// appliance.
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

// Opens a page with its own session, logged in by default. `wrong` collects everything that goes wrong in it.
export async function open(t, scenario, { loggedIn = true, ...options } = {}) {
  const { url } = await serve(scenario);
  const { page, wrong } = await watched(t, url, { baseURL: url, ...options });
  if (loggedIn) await logIn(page);
  return { page, wrong, url };
}

// Opens a file in its own page. `wrong` collects everything that goes wrong in it, including any request for another file.
export async function openFile(t, path, options = {}) {
  const url = pathToFileURL(path).href;
  const { page, wrong } = await watched(t, url, options);
  await page.goto(url);
  return { page, wrong };
}

// Makes a plan of a scenario, or a comparison of two. Returns the path of its page.
export function planOf([scenario, other], ...options) {
  const out = join(work, `${scenario}-plan`);
  const file = (name) => join(root, "scenarios", `${name}.toml`);
  const compared = other ? ["--compare", file(other)] : [];
  execFileSync(env.TOLLGATE, ["plan", file(scenario), ...compared, ...options, "--seeds", "3", "--out", out, "--quiet"]);
  return join(out, "plan.html");
}

// Fits a scenario to the exports of another. Returns the path of the page of the report.
export function reportOfFit(scenario, ...options) {
  const at = (name) => join(work, `${scenario}-${name}`);
  const quiet = { stdio: "ignore" };
  execFileSync(env.TOLLGATE, ["run", join(root, "scenarios", `${scenario}.toml`), "--out", at("run"), ...options], quiet);
  const fitted = ["-o", `${at("fitted")}.toml`, "--report", at("report"), "--check-seeds", "3"];
  execFileSync(env.TOLLGATE, ["fit", join(at("run"), scenario), ...fitted], quiet);
  return join(at("report"), "fit.html");
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

// Fills in the log-in form.
export async function enter(page) {
  await page.getByLabel("User name").fill(USER);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL((url) => !url.pathname.includes("login"));
}

// Collects what goes wrong in a page: errors and warnings in the console, and requests that fail or go to another host.
function watch(page, url) {
  const wrong = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) wrong.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => wrong.push(`script: ${error.message}`));
  page.on("request", (request) => {
    const { protocol, hostname, port } = new URL(request.url());
    if (request.url() === url) return;
    // Each of several appliances has its own host name on this machine.
    const isHere = protocol !== "file:" && port === new URL(url).port && (hostname === "127.0.0.1" || hostname.endsWith(".localhost"));
    if (!isHere && protocol !== "data:") wrong.push(`asked elsewhere: ${request.url()}`);
  });
  page.on("requestfailed", (request) => wrong.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on("response", (response) => {
    if (response.status() >= 400) wrong.push(`${response.status()}: ${response.url()}`);
  });
  return wrong;
}

// Fails if anything has gone wrong so far.
export function assertNothingWrong(wrong) {
  assert.deepEqual(wrong, []);
}

export async function screenshot(page, name, options = {}) {
  const path = join(artefacts, `${name}.png`);
  // Move the pointer away from elements that change under it.
  await page.mouse.move(0, 0);
  await page.screenshot({ path, fullPage: true, ...options });
}

// Stops the browser and the servers.
export async function end() {
  await (await launched)?.close();
  for (const server of servers.values()) (await server.catch(() => undefined))?.child.kill();
  rmSync(work, { recursive: true, force: true });
  console.log(`screenshots: ${artefacts}`);
}
