// Finding one's way: every page and tab that can be reached from the menu.

// The addresses of all pages and tabs over a range of time, by names that files can have.
export async function everyPage(page, range) {
  await page.goto(`/monitor/reports/overview?${range}`);
  const found = new Map();
  const entries = await links(page, "nav.menu a");
  for (const entry of entries) {
    await page.goto(entry.url);
    found.set(nameOf(entry.url), entry.url);
    for (const tab of await links(page, "nav.tabs a")) found.set(nameOf(tab.url), tab.url);
  }
  for (const [path, parameter, list] of [
    ["internal_user_detail", "internal_user", "internal_users"],
    ["content_filter_detail", "filter_name", "content_filters"],
  ]) {
    await page.goto(`/monitor/reports/${list}?${range}`);
    const detail = (await links(page, "main td a, main th[scope=row] a")).find(({ url }) => url.includes(`${parameter}=`));
    if (detail) found.set(path, detail.url);
  }
  return found;
}

// Those links of a page that are seen, each once.
async function links(page, selector) {
  const all = await page.locator(selector).evaluateAll((anchors) => anchors.map((anchor) => ({ name: anchor.textContent, url: anchor.href })));
  return [...new Map(all.map((link) => [link.url, link])).values()];
}

function nameOf(url) {
  const { pathname, searchParams } = new URL(url);
  const tab = searchParams.get("tab") ?? searchParams.get("filter_type");
  return [pathname.split("/").at(-1), tab].filter(Boolean).join("-");
}
