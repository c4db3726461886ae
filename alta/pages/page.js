"use strict";
// The tables are complete without this: it shows one layer at a time, folds, and draws attention.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const by = id => document.getElementById(id);
  const layers = [...document.querySelectorAll(".layer")];
  const boxes = [...document.querySelectorAll("#heads input")];
  const names = boxes.map(box => box.value);
  const svgNames = "http://www.w3.org/2000/svg";
  let layer = data.start, position = null, row = null;

  const element = (kind, attributes = {}, parent = null) => {
    const made = document.createElementNS(svgNames, kind);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (parent) parent.append(made);
    return made;
  };
  const text = (kind, content, parent) => {
    const made = document.createElement(kind);
    made.textContent = content;
    parent.append(made);
    return made;
  };
  const colour = name =>
    `hsl(${(names.indexOf(name) * 137 + 212) % 360} 70% var(--shade))`;
  // Where shares are equal a row is a list of positions, else it has a weight for each.
  const entries = sources => Array.isArray(sources)
    ? sources.map(source => [source, 1 / sources.length])
    : Object.entries(sources).map(([source, weight]) => [Number(source), weight]);
  const attention = name => data.attention[layer][name] || [];
  const heads = () => boxes.filter(box => box.checked).map(box => box.value);
  const table = () => layers[layer].querySelector(".state");
  const rowsOf = part => [...part.querySelectorAll("tbody tr")];
  const cellAt = (tr, place) => tr.cells[place + 1];

  const show = number => {
    layer = Math.max(0, Math.min(layers.length - 1, number));
    by("layer").value = layer;
    by("shown").textContent = layer ? `layer ${layer} of ${layers.length - 1}` : "start";
    layers.forEach((section, index) => section.classList.toggle("now", index === layer));
    fold();
    choose();
  };

  const fold = () => {
    const parts = by("filter").value.toLowerCase().split(/[\s,]+/).filter(Boolean);
    const quiet = cell => !cell.classList.contains("c") && !cell.classList.contains("d");
    const rows = rowsOf(table());
    for (const tr of rows) {
      const name = tr.dataset.name.toLowerCase();
      const still = by("rows").checked && !tr.classList.contains("head") &&
        [...tr.cells].slice(1).every(quiet);
      tr.hidden = (parts.length > 0 && !parts.some(part => name.includes(part))) || still;
    }
    const lines = [...table().querySelectorAll("thead tr:not(.arcs)"), ...rows];
    for (let place = 0; place < lines[0].cells.length - 1; place += 1) {
      const still = by("columns").checked && rows.every(tr => quiet(cellAt(tr, place)));
      for (const tr of lines) cellAt(tr, place).hidden = still;
    }
    draw();
  };

  const draw = () => {
    for (const arcs of document.querySelectorAll(".arcs")) arcs.remove();
    by("matrices").replaceChildren();
    by("attention").hidden = !layer || !heads().length;
    if (layer) {
      drawArcs();
      heads().forEach(drawMatrix);
    }
    if (data.residual) drawStream();
  };

  const drawArcs = () => {
    const header = table().querySelector("thead tr");
    const places = [...header.cells].slice(1);
    const middle = places.map(cell => cell.hidden ? null : cell.offsetLeft + cell.offsetWidth / 2);
    const lines = [];
    for (const name of heads())
      attention(name).forEach((sources, query) => {
        if (position !== null && query !== position) return;
        for (const [key, weight] of entries(sources))
          if (middle[query] !== null && middle[key] !== null && weight > 0.001)
            lines.push({ name, query, key, weight });
      });
    if (!lines.length) return;
    const tr = document.createElement("tr");
    tr.className = "arcs";
    tr.append(document.createElement("th"));
    const td = document.createElement("td");
    td.colSpan = places.length;
    tr.append(td);
    header.before(tr);
    const left = td.offsetLeft;
    const reach = Math.max(...lines.map(({ query, key }) => Math.abs(middle[query] - middle[key])));
    const height = Math.min(160, 26 + reach / 3);
    const svg = element("svg", { width: td.offsetWidth, height, role: "img" }, td);
    element("title", {}, svg).textContent = "what each position attends to; dots are where it is read";
    // Where there are very many, those that lie on each other show.
    const ink = lines.length > 80 ? 0.35 : 1;
    for (const { name, query, key, weight } of lines) {
      // Heads that read the same are drawn beside each other.
      const shift = 2.5 * (heads().indexOf(name) - (heads().length - 1) / 2);
      const [from, to] = [middle[key] - left + shift, middle[query] - left + shift];
      const rise = Math.min(height - 6, 18 + Math.abs(to - from) / 3);
      const curve = from === to
        ? `M${from - 4},${height} C${from - 14},${height - 22} ${from + 14},${height - 22} ${to + 4},${height}`
        : `M${from},${height} C${from},${height - rise * 1.3} ${to},${height - rise * 1.3} ${to},${height - 3}`;
      const style = `stroke:${colour(name)};stroke-opacity:${ink * (0.2 + 0.8 * weight)};fill:none;stroke-width:1.6`;
      const path = element("path", { d: curve, style }, svg);
      element("title", {}, path).textContent = `${name}: ${query} reads ${key}, weight ${weight.toPrecision(3)}`;
      if (from !== to) element("circle", { cx: to, cy: height - 3, r: 3, style: `fill:${colour(name)}` }, svg);
    }
  };

  const grid = (figure, width, height, size, label) =>
    element("svg", {
      viewBox: `0 0 ${width} ${height}`, width: width * size, height: height * size,
      role: "img", "aria-label": label, "shape-rendering": "crispEdges",
    }, figure);

  const drawMatrix = name => {
    const figure = text("figure", "", by("matrices"));
    const rows = attention(name), n = rows.length;
    const svg = grid(figure, n, n, Math.max(4, Math.min(18, 260 / n)), `attention of ${name}`);
    rows.forEach((sources, query) => {
      if (query === position) element("rect", { x: 0, y: query, width: n, height: 1, style: "fill:var(--focus);opacity:.25" }, svg);
      for (const [key, weight] of entries(sources)) {
        const style = `fill:${colour(name)};fill-opacity:${weight}`;
        const rect = element("rect", { x: key, y: query, width: 1, height: 1, style }, svg);
        element("title", {}, rect).textContent = `${query} attends to ${key}: ${weight.toPrecision(4)}`;
      }
    });
    svg.addEventListener("click", event => {
      const box = svg.getBoundingClientRect();
      pick(Math.floor((event.clientY - box.top) / box.height * n), row);
    });
    text("figcaption", name, figure);
  };

  const drawStream = () => {
    const stream = by("stream"), rows = data.residual[layer];
    const parts = by("filter").value.toLowerCase().split(/[\s,]+/).filter(Boolean);
    const shown = data.coordinates.map((name, index) => [name, index])
      .filter(([name]) => !parts.length || parts.some(part => name.toLowerCase().includes(part)));
    stream.replaceChildren();
    stream.hidden = false;
    text("h2", "Residual stream of the model: coordinates that are not 0", stream);
    const scroll = text("div", "", stream);
    scroll.className = "scroll grid";
    const made = text("table", "", scroll);
    made.className = "state";
    for (const line of table().querySelectorAll("thead tr:not(.arcs)"))
      text("thead", "", made).append(line.cloneNode(true));
    for (const [name, index] of shown) {
      const values = (rows || []).map(held => held[index] || 0);
      if (!values.some(value => value)) continue;
      const tr = text("tr", "", made);
      text("th", name, tr);
      values.forEach((value, place) => {
        const cell = text("td", value ? Number(value.toPrecision(4)) : "", tr);
        cell.hidden = cellAt(table().querySelector(".tokens"), place).hidden;
        cell.style.background = `color-mix(in srgb, var(${value < 0 ? "--odd" : "--new"}) ${Math.min(1, Math.abs(value)) * 45}%, transparent)`;
      });
    }
  };

  const pick = (place, tr) => {
    position = place;
    row = place === null ? null : tr;
    choose();
    draw();
  };

  // Marks the place that is looked at, and says what happens there.
  const choose = () => {
    for (const old of document.querySelectorAll(".at, .source, .mark")) old.classList.remove("at", "source", "mark");
    const rows = rowsOf(table()), says = by("place");
    says.replaceChildren();
    says.hidden = position === null;
    if (data.mark && layer === data.start) {
      const tr = rows.find(tr => tr.dataset.name === data.mark[1]);
      if (tr) cellAt(tr, data.mark[0]).classList.add("mark");
    }
    if (position === null) return;
    const [numbers, tokens] = table().querySelectorAll("thead tr:not(.arcs)");
    cellAt(numbers, position).classList.add("at");
    const tr = rows.find(tr => tr.dataset.name === row);
    if (tr) cellAt(tr, position).classList.add("at");
    text("b", `Position ${position} (${cellAt(tokens, position).textContent.trim()}), ${by("shown").textContent}`, says);
    for (const line of rows) {
      const cell = cellAt(line, position), name = line.dataset.name;
      if (line.classList.contains("head")) {
        const sources = entries((attention(name))[position] || []);
        const value = cell.firstChild ? cell.firstChild.textContent : "";
        const places = sources.slice(0, 6).map(([key, weight]) => weight === 1 ? key : `${key} (${weight.toPrecision(3)})`);
        const rest = sources.length > 6 ? ` and ${sources.length - 6} more` : "";
        text("div", `${name} reads ${value.trim()} from ${places.join(", ") || "no position"}${rest}`, says);
        const [one, two] = [name, `${name} in the model`].map(side => (attention(side))[position]);
        if (two && JSON.stringify(one) !== JSON.stringify(two)) {
          const weights = entries(two).slice(0, 6).map(([key, weight]) => `${key} (${weight.toPrecision(3)})`);
          text("div", `${name} in the model attends to ${weights.join(", ") || "nothing"}`, says);
        }
        if (name === row) for (const [key] of sources) cellAt(numbers, key).classList.add("source");
      } else if (cell.classList.contains("c")) {
        text("div", `${name}: ${cell.querySelector("del").textContent} → ${cell.childNodes[1].textContent}`, says);
      }
    }
    for (const rule of layers[layer].querySelectorAll(".rules [data-at]"))
      if (rule.dataset.at.split(" ").includes(String(position))) {
        rule.classList.add("at");
        text("code", rule.cells[0].textContent, text("div", "fires: ", says));
      }
  };

  const moved = (rows, columns) => {
    const lines = rowsOf(table()).filter(tr => !tr.hidden);
    const index = lines.findIndex(tr => tr.dataset.name === row);
    const next = lines[Math.max(0, Math.min(lines.length - 1, index + rows))];
    if (!next) return;
    const last = next.cells.length - 2;
    let place = position === null ? 0 : position + columns;
    while (place > 0 && place < last && cellAt(next, place).hidden) place += columns || 1;
    pick(Math.max(0, Math.min(last, place)), next.dataset.name);
    cellAt(next, position).scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const keys = {
    "[": () => show(layer - 1), "]": () => show(layer + 1),
    ArrowLeft: () => show(layer - 1), ArrowRight: () => show(layer + 1),
    Home: () => show(0), End: () => show(layers.length - 1),
    "/": () => by("filter").focus(), Escape: () => pick(null, null),
  };
  const inTable = {
    ArrowLeft: () => moved(0, -1), ArrowRight: () => moved(0, 1),
    ArrowUp: () => moved(-1, 0), ArrowDown: () => moved(1, 0),
  };
  document.addEventListener("keydown", event => {
    const focus = document.activeElement;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (focus === by("filter")) {
      if (event.key === "Escape") focus.blur();
      return;
    }
    if (focus === by("layer") && event.key.startsWith("Arrow")) return;
    const action = (focus.classList.contains("state") && inTable[event.key]) || keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  for (const part of document.querySelectorAll(".layer .state")) {
    part.tabIndex = 0;
    part.addEventListener("click", event => {
      const cell = event.target.closest("td, th");
      if (!cell || cell.closest(".arcs") || !cell.cellIndex) return;
      const tr = cell.closest("tr");
      const same = position === cell.cellIndex - 1 && row === (tr.dataset.name || null);
      pick(same ? null : cell.cellIndex - 1, tr.dataset.name || null);
    });
  }
  by("layer").addEventListener("input", () => show(Number(by("layer").value)));
  by("back").addEventListener("click", () => show(layer - 1));
  by("on").addEventListener("click", () => show(layer + 1));
  for (const id of ["filter", "rows", "columns"]) by(id).addEventListener("input", fold);
  boxes.forEach((box, index) => {
    box.checked = names.length <= 4 || index === 0;
    box.parentElement.style.setProperty("--colour", colour(box.value));
    box.addEventListener("input", draw);
  });
  addEventListener("resize", draw);
  if (layers.length > 1) document.body.classList.add("live");
  by("controls").hidden = false;
  document.querySelector(".keys").hidden = false;
  const asked = /^#layer-(\d+)$/.exec(location.hash);
  show(asked ? Number(asked[1]) : data.start);
  if (data.mark) pick(...data.mark);
})();
