// Runs all browser tests in one process, so that they share a browser and the servers.

import { after } from "node:test";

import { end } from "./harness.mjs";

const only = process.env.ONLY ?? "";
for (const name of ["log_in", "every_page", "exports", "tables", "ranges", "thread", "plan"]) {
  if (name.includes(only)) await import(`./${name}.mjs`);
}

after(end);
