// The demo shop: every click is tracked through the SDK to the collector of ?collector=URL.
// It sends three content types: page_view, click and purchase.

import { createTracker } from "../sdk/index.ts";
import { EventPanel, element } from "./event-panel.ts";
import { cupDrawing, kProducts } from "./products.ts";
import type { Product } from "./products.ts";

const panel = new EventPanel();
const collector = new URLSearchParams(location.search).get("collector") ?? "http://127.0.0.1:8787";
const tracker = createTracker({
  url: new URL("/collect", collector).href,
  linger_ms: 300,
  on_report: (report) => {
    panel.report(report);
    showCounts();
  },
});
const cart: Product[] = [];

function track(content_type: string, properties: Record<string, unknown>): void {
  panel.queued(tracker.track(content_type, properties), content_type, properties);
  showCounts();
}

function showCounts(): void {
  panel.count(tracker.counts, tracker.queued().length);
}

function showCart(): void {
  const total = cart.reduce((sum, product) => sum + product.price_yen, 0);
  const amount = cart.length === 0 ? "0" : `${cart.length} (${total.toLocaleString("en")} yen)`;
  element("cart").innerHTML = `Cart: <b>${amount}</b>`;
  element("checkout").toggleAttribute("disabled", cart.length === 0);
}

function addCard(product: Product): void {
  const { sku, name, price_yen, note } = product;
  const card = document.createElement("article");
  card.className = "product";
  card.dataset["sku"] = sku;
  card.innerHTML = `${cupDrawing(product)}
    <h3>${name}</h3>
    <p class="price">${price_yen.toLocaleString("en")} yen</p>
    <p class="note" hidden>${note}</p>
    <div class="actions">
      <button class="look" type="button">Look closer</button>
      <button class="add" type="button">Add</button>
    </div>`;
  card.querySelector(".look")?.addEventListener("click", () => {
    card.querySelector(".note")?.toggleAttribute("hidden");
    track("click", { target: "look_closer", sku, price_yen });
  });
  card.querySelector(".add")?.addEventListener("click", () => {
    cart.push(product);
    showCart();
    track("click", { target: "add_to_cart", sku, price_yen, in_cart: cart.length });
  });
  element("products").append(card);
}

element("collector").textContent = collector;
element("read").addEventListener("click", () => {
  element("story").toggleAttribute("hidden");
  track("click", { target: "story", is_shown: !element("story").hasAttribute("hidden") });
});
element("checkout").addEventListener("click", () => {
  track("purchase", {
    skus: cart.map((product) => product.sku),
    total_yen: cart.reduce((sum, product) => sum + product.price_yen, 0),
  });
  cart.length = 0;
  showCart();
});
kProducts.forEach(addCard);
track("page_view", {});
