// The form of a policy: marks what differs from what is saved, and counts it.
for (const form of document.querySelectorAll("form[data-policy]")) {
  const rows = [...form.querySelectorAll("[data-field]")];
  const count = form.querySelector("[data-policy-count]");
  const bar = count?.closest(".sp-policy-bar");

  const text = (row) => {
    const own = row.querySelector(".sp-policy-own input");
    if (own && !own.checked) return "";
    const inputs = [...row.querySelectorAll(".sp-policy-value :is(input, select)")];
    switch (row.dataset.kind) {
      case "switch":
        return String(inputs[0].checked);
      case "choices":
        return inputs.filter((one) => one.checked).map((one) => one.value).join(",");
      case "words":
        return inputs[0].value.split(/[\s,]+/).filter(Boolean).join(",");
      default:
        return inputs[0].value.trim();
    }
  };

  const look = () => {
    let changed = 0;
    for (const row of rows) {
      const differs = text(row) !== row.dataset.saved;
      row.classList.toggle("is-changed", differs);
      if (differs) changed++;
    }
    if (!count) return;
    count.textContent = changed === 0 ? "" : changed === 1 ? count.dataset.single : count.dataset.many.replace("{count}", changed);
    bar.hidden = changed === 0;
  };

  form.addEventListener("input", look);
  addEventListener("pageshow", look);
  look();
}
