// What the shop sells, and how a cup is drawn.

export interface Product {
  sku: string;
  name: string;
  price_yen: number;
  note: string;
  /** Colour of the glaze. */
  glaze: string;
  /** Height of the cup in the drawing, 40 to 70. */
  height: number;
}

export const kProducts: readonly Product[] = [
  {
    sku: "yunomi-ash",
    name: "Ash yunomi",
    price_yen: 4200,
    note: "Tall, for green tea.",
    glaze: "#8d9a8b",
    height: 70,
  },
  {
    sku: "guinomi-iron",
    name: "Iron guinomi",
    price_yen: 2800,
    note: "Small, for sake.",
    glaze: "#4a3a33",
    height: 42,
  },
  {
    sku: "mug-straw",
    name: "Straw mug",
    price_yen: 3600,
    note: "Wide, for coffee.",
    glaze: "#c99a5b",
    height: 56,
  },
];

export function cupDrawing({ glaze, height }: Product): string {
  const top = 85 - height;
  return `<svg viewBox="0 0 160 100" aria-hidden="true">
    <ellipse cx="80" cy="90" rx="44" ry="5" fill="#efe8dc"/>
    <path d="M52 ${top} L58 84 Q80 92 102 84 L108 ${top} Z" fill="${glaze}"/>
    <path d="M54 ${top + height * 0.55} Q80 ${top + height * 0.7} 106 ${top + height * 0.5}
      L102 84 Q80 92 58 84 Z"
      fill="#d8c7ae" opacity="0.55"/>
    <ellipse cx="80" cy="${top}" rx="28" ry="6" fill="#2b2522" opacity="0.75"/>
    <ellipse cx="80" cy="${top}" rx="28" ry="6" fill="none" stroke="${glaze}" stroke-width="3"/>
  </svg>`;
}
