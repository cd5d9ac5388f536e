// Backup codes: copied, kept as a file, printed. Nothing leaves the page.
for (const sheet of document.querySelectorAll("[data-codes]")) {
  const acts = document.querySelector("[data-codes-acts]");
  const text = () =>
    [...sheet.querySelectorAll("p, code")].map((e) => e.textContent.replace(/\s+/g, " ").trim()).join("\n") + "\n";
  acts.hidden = false;

  const copy = acts.querySelector("[data-codes-copy]");
  const words = copy.querySelector("span");
  const before = words.textContent;
  copy.hidden = !navigator.clipboard;
  copy.addEventListener("click", async () => {
    const codes = [...sheet.querySelectorAll("code")].map((e) => e.textContent).join("\n");
    await navigator.clipboard.writeText(codes);
    words.textContent = copy.dataset.copied;
    setTimeout(() => (words.textContent = before), 4000);
  });

  const download = acts.querySelector("[data-codes-download]");
  download.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text()], { type: "text/plain" }));
    link.download = download.dataset.codesDownload;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });

  acts.querySelector("[data-codes-print]").addEventListener("click", () => print());
}
