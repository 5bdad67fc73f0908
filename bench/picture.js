'use strict';

// Draws the results of the benchmark as an SVG, for the README.

const WIDTH = 760;
const LABEL = 330;
const LINE = 26;
const BAR = 16;
const TOP = 64;
const COLORS = { 'the original': '#7048e8', undici: '#1098ad' };

/**
 * Returns an SVG with a bar for each row that compares ours with the original or undici.
 *
 * @param {import('./measure').Row[]} rows
 * @param {string} machine
 */
exports.pictureOf = (rows, machine) => {
  const shown = rows.filter(
    ({ against, target }) => COLORS[against] && (target.atLeast || target.within),
  );
  const most = Math.max(...shown.map(({ ratio }) => ratio));
  const scale = (WIDTH - LABEL - 60) / most;
  const height = TOP + shown.length * LINE + 24;
  const bars = shown.map(({ what, against, ratio }, index) => {
    const y = TOP + index * LINE;
    const width = Math.max(1, ratio * scale).toFixed(1);
    return `
  <text x="${LABEL - 10}" y="${y + 12}" text-anchor="end">${escaped(what)}</text>
  <rect x="${LABEL}" y="${y}" width="${width}" height="${BAR}" rx="2" fill="${COLORS[against]}"/>
  <text x="${LABEL + Number(width) + 6}" y="${y + 12}" class="ratio">${timesOf(ratio)}</text>`;
  });
  const one = (LABEL + scale).toFixed(1);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">
  <title id="title">How many times better pusher-platform-native is than the original and undici</title>
  <style>
    text { font: 12px system-ui, sans-serif; fill: #495057; }
    .ratio, .head { font-weight: 600; fill: #212529; }
    .head { font-size: 15px; }
  </style>
  <rect width="${WIDTH}" height="${height}" rx="6" fill="#ffffff"/>
  <text x="16" y="26" class="head">How many times better</text>
  ${legend()}
  <line x1="${one}" y1="${TOP - 6}" x2="${one}" y2="${height - 20}" stroke="#adb5bd" stroke-dasharray="3 3"/>${bars.join('')}
  <text x="16" y="${height - 8}" font-size="10">Medians of interleaved rounds; the dashed line is 1. ${escaped(machine)}</text>
</svg>
`;
};

function legend() {
  return Object.entries(COLORS)
    .map(([name, color], index) => {
      const x = 16 + index * 150;
      return `<rect x="${x}" y="38" width="10" height="10" fill="${color}"/><text x="${x + 16}" y="47">than ${name}</text>`;
    })
    .join('');
}

const timesOf = (ratio) => `${ratio.toFixed(ratio < 10 ? 1 : 0)}×`;

const escaped = (text) => text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
