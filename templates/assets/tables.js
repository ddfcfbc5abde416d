// Tables that are marked as sortable: a click on a heading orders the rows by its column, the largest numbers or
// the first words first, the next click turns the order round, the third puts the rows back.
(function () {
  "use strict";
  var units = { k: 1e3, M: 1e6, G: 1e9 };
  /** The number that a cell begins with; NaN without one. */
  function number(text) {
    var plain = text.replace(/\u2212/g, "-").replace(/,/g, "");
    var found = /^[<>~]?([+-]?\d+(?:\.\d+)?(?:e-?\d+)?)\s*(?:([kMG])\b)?/.exec(plain);
    return found ? Number(found[1]) * (units[found[2]] || 1) : NaN;
  }

  function text(row, column) { return row.cells[column].textContent.trim(); }

  function enhance(table) {
    var headings = Array.prototype.slice.call(table.tHead.rows[0].cells), body = table.tBodies[0];
    var rows = Array.prototype.slice.call(body.rows);
    if (rows.length < 2 || rows.some(function (row) { return row.cells.length !== headings.length; })) return;
    headings.forEach(function (heading, column) {
      var filled = rows.filter(function (row) { return text(row, column) !== ""; });
      // A column of pictures or bars has no order of its own.
      if (!filled.length) return;
      var isNumeric = filled.some(function (row) { return !isNaN(number(text(row, column))); }) &&
        filled.every(function (row) { var value = text(row, column); return value === "–" || value === "undefined" || !isNaN(number(value)); });
      var button = document.createElement("button");
      button.type = "button";
      button.title = "Sort by this column";
      button.append.apply(button, Array.prototype.slice.call(heading.childNodes));
      heading.append(button);
      button.addEventListener("click", function () {
        var first = isNumeric ? "descending" : "ascending", second = isNumeric ? "ascending" : "descending";
        var now = heading.getAttribute("aria-sort");
        var order = now === first ? second : now === second ? null : first;
        headings.forEach(function (other) { other.removeAttribute("aria-sort"); });
        if (order) heading.setAttribute("aria-sort", order);
        body.append.apply(body, order ? sorted(rows, column, isNumeric, order === "ascending" ? 1 : -1) : rows);
      });
    });
  }

  /** The rows by one column; what has no value there comes last either way, equals keep their order. */
  function sorted(rows, column, isNumeric, sign) {
    var keys = new Map(rows.map(function (row) {
      var value = text(row, column), key = isNumeric ? number(value) : value;
      return [row, value === "" || key !== key ? null : key];
    }));
    return rows.slice().sort(function (a, b) {
      var left = keys.get(a), right = keys.get(b);
      if (left === null || right === null) return (left === null) - (right === null);
      return sign * (isNumeric ? left - right : left.localeCompare(right, "en", { numeric: true }));
    });
  }

  Array.prototype.forEach.call(document.querySelectorAll("table.sortable"), enhance);
})();
