// The theme: the system's until another is chosen, remembered from page to page. Runs before the page is drawn, so
// that it never flashes in the other one; a classic script, for modules do not load from file://.
(function () {
  "use strict";
  var root = document.documentElement, KEY = "layerscope-theme";
  var system = matchMedia("(prefers-color-scheme: dark)");
  // Storage may be refused under file://; then the choice holds for this page.
  function remembered() { try { return localStorage.getItem(KEY); } catch (_) { return null; } }
  function remember(theme) {
    try { if (theme) localStorage.setItem(KEY, theme); else localStorage.removeItem(KEY); } catch (_) { /* for this page */ }
  }
  function show(theme) {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  }
  show(remembered());
  document.addEventListener("DOMContentLoaded", function () {
    var button = document.querySelector(".theme");
    if (!button) return;
    function label() { button.textContent = "Theme: " + (root.dataset.theme || "system"); }
    button.hidden = false;
    label();
    // The first press always changes what is seen, the third goes back to the system's.
    button.addEventListener("click", function () {
      var other = system.matches ? "light" : "dark", same = system.matches ? "dark" : "light";
      var next = root.dataset.theme ? (root.dataset.theme === other ? same : "") : other;
      show(next);
      remember(next);
      label();
    });
    addEventListener("storage", function (event) { if (event.key === KEY) { show(event.newValue); label(); } });
    addEventListener("pageshow", function (event) { if (event.persisted) { show(remembered()); label(); } });
  });
})();
