// A confusion's samples by confidence, loss or likeness; the order stands in the address.
(function () {
  "use strict";
  var list = document.querySelector(".cards[data-orders]");
  if (!list) return;
  var items = Array.prototype.slice.call(list.children);
  var words = document.querySelector(".order-words");
  var orders = [["confidence", "By confidence", "The most confident first."], ["loss", "By loss", "The highest loss first: those whose truth is least probable."]];
  if (items.every(function (item) { return item.dataset.alike; })) orders.push(["likeness", "By likeness", "The most confident first; each is followed by the one most like it, by what enters the network's last layer."]);
  var keys = {
    confidence: function (item) { return items.indexOf(item); },
    loss: function (item) { return -Number(item.dataset.loss); },
    likeness: function (item) { return Number(item.dataset.alike); },
  };
  var group = document.createElement("span");
  group.className = "choice";
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Order of the images");
  var buttons = orders.map(function (order) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = order[1];
    button.addEventListener("click", function () {
      history.pushState(null, "", order[0] === "confidence" ? location.pathname + location.search : "#order=" + order[0]);
      follow();
    });
    group.append(button);
    return button;
  });
  function follow() {
    var wanted = /order=(\w+)/.exec(location.hash);
    var at = Math.max(0, orders.findIndex(function (order) { return wanted && order[0] === wanted[1]; }));
    var key = keys[orders[at][0]];
    items.slice().sort(function (a, b) { return key(a) - key(b) || items.indexOf(a) - items.indexOf(b); }).forEach(function (item) { list.append(item); });
    words.textContent = orders[at][2];
    buttons.forEach(function (button, number) { button.setAttribute("aria-pressed", String(number === at)); });
  }
  if (items.length > 1) words.before(group);
  addEventListener("popstate", follow);
  addEventListener("hashchange", follow);
  follow();
})();
