"use strict";

// Pages work without this script. It applies a chosen time range without a click on "Show", and copies the URL of an export.

for (const select of document.querySelectorAll("form.range select")) {
  // With the keyboard, each arrow key changes the choice. So only a choice made with the pointer is applied at once.
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
