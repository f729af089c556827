// Filters of the ledger. What is chosen stands in the address, so that it can be linked to.
(() => {
  const form = document.getElementById("filters");
  if (!form) return;
  const rows = [...document.querySelectorAll("#ledger tbody tr")];
  const count = document.getElementById("count");
  const fields = [...form.elements].filter((field) => field.name);

  const chosen = () => fields.filter((f) => f.value.trim()).map((f) => [f.name, f.value.trim()]);

  const fits = (row, [name, value]) =>
    name === "words"
      ? value.toLowerCase().split(/\s+/).every((word) => row.dataset.words.includes(word))
      : row.dataset[name] === value;

  const show = () => {
    const wanted = chosen();
    let shown = 0;
    for (const row of rows) {
      row.hidden = !wanted.every((choice) => fits(row, choice));
      shown += !row.hidden;
    }
    count.textContent = `${shown} of ${rows.length} claims`;
  };

  const read = () => {
    const wanted = new URLSearchParams(location.hash.slice(1));
    for (const field of fields) field.value = wanted.get(field.name) ?? "";
    show();
  };

  form.addEventListener("input", () => {
    history.replaceState(null, "", `#${new URLSearchParams(chosen())}`);
    show();
  });
  form.addEventListener("reset", () => {
    history.replaceState(null, "", "#");
    setTimeout(show);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", read);
  form.hidden = false;
  read();
})();
