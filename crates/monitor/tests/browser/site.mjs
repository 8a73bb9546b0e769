// Finds the pages of a site.

// The URLs of every page and tab that the menu leads to, and of pages about one user and about filters, over a time range. The keys are
// names that are fit for files.
export async function everyPage(page, range, host = "") {
  const found = new Map();
  const visit = async (url) => {
    if (found.has(nameOf(url))) return;
    found.set(nameOf(url), url);
    await page.goto(url);
    for (const tab of await urls(page, "nav.tabs a")) await visit(tab);
    const details = await urls(page, "main table a");
    for (const parameter of ["internal_user=", "filter_name="]) {
      const detail = details.find((detail) => detail.includes(parameter));
      if (detail) await visit(detail);
    }
  };
  await page.goto(`${host}/monitor/reports/overview?${range}`);
  for (const entry of await urls(page, "nav.menu a")) await visit(entry);
  // Visit the page of a filter of each direction.
  for (const direction of ["incoming", "outgoing"]) {
    await page.goto(`${host}/monitor/reports/content_filters?${range}`);
    const details = await urls(page, "main table a");
    const detail = details.find((detail) => detail.includes(`filter_type=${direction}`));
    if (detail) await visit(detail);
  }
  return found;
}

async function urls(page, selector) {
  const all = await page.locator(selector).evaluateAll((anchors) => anchors.map((anchor) => anchor.href));
  return [...new Set(all)];
}

// True if a page asks for a user or filter, and so has no figures.
export function asksFirst(name) {
  return name.endsWith("-which");
}

function nameOf(url) {
  const { pathname, searchParams } = new URL(url);
  const tab = searchParams.get("tab") ?? searchParams.get("filter_type");
  const which = pathname.endsWith("_detail") && !searchParams.has("filter_name") && !searchParams.has("internal_user");
  return [pathname.split("/").at(-1), tab, which && "which"].filter(Boolean).join("-");
}
