// Logging in and out.

import assert from "node:assert/strict";
import test from "node:test";

import { PASSWORD, USER, assertNothingWrong, open, screenshot } from "./harness.mjs";

test("logging in leads to the page that was asked for, and logging out ends the session", async (t) => {
  const { page, wrong } = await open(t, "quiet-hour", { loggedIn: false });
  await page.goto("/monitor/reports/sender_groups?date_range=current_hour");
  await page.getByLabel("User name").fill(USER);
  await page.getByLabel("Password").fill(PASSWORD);
  await screenshot(page, "log-in");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname !== "/login");
  assert.match(page.url(), /\/monitor\/reports\/sender_groups\?date_range=current_hour$/);
  assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), "Sender Groups");

  // A link of another page does not end the session. It leads to the same button.
  await page.goto("/login?action=Logout");
  assert.equal(await page.getByText("You are still logged in.").count(), 1);
  await page.goBack();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByText("You have logged out.").waitFor();
  await page.goto("/monitor/reports/sender_groups");
  assert.equal(await page.getByLabel("Password").count(), 1, "the log-in page is shown after logging out");
  assertNothingWrong(wrong);
});

test("a wrong password is refused, and the page says so", async (t) => {
  const { page } = await open(t, "quiet-hour", { loggedIn: false });
  await page.goto("/");
  await page.getByLabel("User name").fill(USER);
  await page.getByLabel("Password").fill("another");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  assert.match(await page.getByRole("alert").innerText(), /wrong/);
  assert.equal(await page.getByLabel("User name").inputValue(), USER);
});
