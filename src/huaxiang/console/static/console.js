// Closes an open list of choices when one clicks elsewhere or presses Escape; tells a page that keeps itself fresh
// whether it is looked at.
(() => {
  const close = (except) => {
    for (const each of document.querySelectorAll("details.hx-pick[open]")) if (each !== except) each.open = false;
  };
  document.addEventListener("click", (event) => close(event.target.closest("details.hx-pick")));
  document.addEventListener("visibilitychange", () => {
    for (const each of document.querySelectorAll("[data-fresh]")) {
      each.dispatchEvent(new CustomEvent("seen", { detail: !document.hidden }));
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close(null);
    if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) {
      const field = document.querySelector(".hx-search input");
      if (field) { event.preventDefault(); field.focus(); }
    }
  });
})();
