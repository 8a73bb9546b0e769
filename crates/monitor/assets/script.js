"use strict";

// Pages work without this script. It saves a click on the menu of ranges of time, and copies the URL of an export.

for (const select of document.querySelectorAll("form.range select")) {
  // Who goes through the menu with the keyboard passes choices on the way: only one made with a pointer is taken at once.
  let pointed = false;
  select.addEventListener("pointerdown", () => { pointed = true; });
  select.addEventListener("keydown", () => { pointed = false; });
  select.addEventListener("change", () => {
    if (pointed && select.value !== "custom") select.form.submit();
  });
}

if (navigator.clipboard) {
  for (const link of document.querySelectorAll("a.export")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy link";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(link.href);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy link"; }, 2000);
    });
    link.after(button);
  }
}
