"use strict";

// Draws the graphs of a plan with uPlot, so that you can read off values with the pointer and the keyboard. Without this script, and
// on paper, the page shows drawings. The data has positions from 0 to 1 and texts, so this script has no scale and no formatter.

(() => {
  const graphs = JSON.parse(document.getElementById("graphs").textContent);
  const probe = document.createElementNS("http://www.w3.org/2000/svg", "line");

  // The style sheet decides the colours and dashes of both schemes. A drawing names them by sentinel colours.
  const prepareProbe = () => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const hidden = document.createElement("div");
    svg.classList.add("chart");
    hidden.hidden = true;
    svg.append(probe);
    hidden.append(svg);
    document.body.append(hidden);
  };

  const paint = (color) => {
    probe.setAttribute("stroke", color);
    probe.setAttribute("fill", color);
    const { stroke, fill, strokeDasharray } = getComputedStyle(probe);
    // Drawings have 10 units per pixel.
    const dash = strokeDasharray === "none" ? [] : strokeDasharray.split(",").map((length) => parseFloat(length) / 10);
    return { stroke, fill, dash };
  };

  const paper = () => getComputedStyle(document.body).backgroundColor;

  const INK = "#100001", MUTED = "#100002", GRID = "#100003", AXIS = "#100004", LEVEL = "#100006";
  const FONT = `13px ${getComputedStyle(document.body).fontFamily}`;

  const axes = (graph) => {
    const common = { stroke: paint(MUTED).fill, font: FONT, ticks: { stroke: paint(AXIS).stroke, width: 1, size: 5 }, gap: 4 };
    const marks = (list) => ({ splits: () => list.map(({ at }) => at), values: () => list.map(({ name }) => name) });
    const longest = Math.max(...graph.marks_up.map(({ name }) => name.length));
    const lines = graph.marks_across.some(({ name }) => name.includes("\n")) ? 2 : 1;
    return [
      { ...common, ...marks(graph.marks_across), grid: { show: false }, size: 12 + 18 * lines,
        label: graph.across, labelFont: FONT, labelSize: 18, labelGap: 0, border: { show: true, stroke: paint(AXIS).stroke, width: 1 } },
      { ...common, ...marks(graph.marks_up), grid: { stroke: paint(GRID).stroke, width: 1 }, ticks: { show: false }, size: 14 + 7.5 * longest },
    ];
  };

  // Confidence intervals, below the lines.
  const drawIntervals = (plot, graph) => {
    const { ctx, bbox } = plot;
    const x = (at) => plot.valToPos(at, "x", true), y = (at) => plot.valToPos(at, "y", true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const { ends } of graph.turns.filter(({ ends }) => ends)) {
      ctx.globalAlpha = 0.09;
      ctx.fillStyle = paint(INK).fill;
      ctx.fillRect(x(ends[0]), bbox.top, x(ends[1]) - x(ends[0]), bbox.height);
    }
    plot.series.slice(1).filter(({ show }) => show).forEach((_, place) => {
      const { ends = [], color } = graph.series[place];
      ctx.globalAlpha = 0.16;
      ctx.fillStyle = paint(color).stroke;
      ctx.beginPath();
      ends.forEach(([, high], load) => ctx.lineTo(x(graph.at[load]), y(high)));
      for (let load = ends.length - 1; load >= 0; load -= 1) ctx.lineTo(x(graph.at[load]), y(ends[load][0]));
      ctx.fill();
    });
    ctx.restore();
  };

  // The level and the marked loads, over the lines.
  const drawMarks = (plot, graph) => {
    const { ctx, bbox } = plot;
    const { left, top } = bbox, right = left + bbox.width, bottom = top + bbox.height, unit = uPlot.pxRatio;
    const line = (from, to) => {
      ctx.beginPath();
      ctx.moveTo(...from);
      ctx.lineTo(...to);
      ctx.stroke();
    };
    const text = (words, x, y) => {
      ctx.strokeText(words, x, y);
      ctx.fillText(words, x, y);
    };
    ctx.save();
    ctx.font = FONT.replace("13px", `${13 * unit}px`);
    ctx.textBaseline = "middle";
    ctx.lineJoin = "round";
    ctx.fillStyle = paint(INK).fill;
    const strokeAs = (style, width, dash) => {
      ctx.strokeStyle = style;
      ctx.lineWidth = width * unit;
      ctx.setLineDash(dash.map((length) => length * unit));
    };
    const asLevel = () => strokeAs(paint(LEVEL).stroke, 1.5, [1.5, 3]);
    const asOutline = () => strokeAs(paper(), 5, []);
    if (graph.level) {
      const { at, name } = graph.level, isAbove = at > 1;
      const y = plot.valToPos(at, "y", true);
      asLevel();
      if (!isAbove) line([left, y], [right, y]);
      asOutline();
      ctx.textAlign = "left";
      text(isAbove ? `\u2191 ${name}` : name, left + 5 * unit, isAbove ? top + 9 * unit : y + (y - top < 16 * unit ? 9 : -9) * unit);
    }
    graph.turns.forEach(({ at, name }, place) => {
      const y = top - (9 + 16 * place) * unit;
      const isInside = at >= 0 && at <= 1;
      const x = isInside ? plot.valToPos(at, "x", true) : at < 0 ? left : right;
      asLevel();
      if (isInside) line([x, y + 7 * unit], [x, bottom]);
      const words = isInside ? name : at < 0 ? `\u2190 ${name}` : `${name} \u2192`;
      const half = ctx.measureText(words).width / 2;
      asOutline();
      ctx.textAlign = "center";
      text(words, Math.max(left + half, Math.min(right - half, x)), y);
    });
    ctx.restore();
  };

  const seriesOf = (graph) => graph.series.map(({ name, color, values }) => {
    const { stroke, fill, dash } = paint(color);
    const look = graph.stacked ? { fill, stroke: paper(), width: 0.5 } : { stroke, dash, width: 2 };
    // A dot at each load that was run.
    const points = { show: !graph.stacked && graph.across !== undefined, size: 5.5, fill: stroke, stroke };
    return { label: name, ...look, points, value: (_plot, _value, _series, place) => values[place] ?? "" };
  });

  // Moves the cursor with the keyboard, as on a slider, and tells screen readers the values.
  const addKeyboard = (plot, graph) => {
    const slider = plot.root.querySelector(".u-wrap"), last = graph.at.length - 1;
    const moves = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -last, End: last };
    Object.assign(slider, { tabIndex: 0, role: "slider", ariaLabel: graph.title, ariaValueMin: "0", ariaValueMax: `${last}` });
    slider.addEventListener("keydown", (event) => {
      const move = moves[event.key];
      if (move === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      show(plot, graph, Math.max(0, Math.min(last, plot.cursor.idx + move)));
    });
  };

  // The style of a border that looks like the dashes of a line.
  const dashOf = (dash = []) => (dash.length === 0 ? "solid" : dash[0] < 3 ? "dotted" : "dashed");

  const show = (plot, graph, place) => plot.setCursor({ left: plot.valToPos(graph.at[place], "x"), top: 0 });

  const tell = (plot, graph) => {
    const place = plot.cursor.idx;
    if (place === null || place === undefined) return;
    const values = graph.series.map(({ name, values: texts }) => `${name}: ${texts[place]}`).reverse();
    const slider = plot.root.querySelector(".u-wrap");
    slider.ariaValueNow = `${place}`;
    slider.ariaValueText = [graph.names[place], ...values].join("; ");
  };

  const begin = (box, graph, size) => {
    const range = () => [0, 1];
    const options = {
      ...size,
      padding: [graph.turns.length ? 4 + 16 * graph.turns.length : 10, 10, 0, 0],
      scales: { x: { time: false, range }, y: { range } },
      axes: axes(graph),
      series: [{ label: "", value: (_plot, _value, _series, place) => graph.names[place] ?? "" }, ...seriesOf(graph)],
      // The cursor stays when the pointer leaves, so that the legend always has values.
      cursor: { y: false, drag: { x: false, y: false }, bind: { mouseleave: () => null, dblclick: () => null } },
      legend: { markers: { width: graph.stacked ? 0 : 2, dash: (plot, place) => dashOf(plot.series[place].dash) } },
      hooks: {
        drawAxes: [(plot) => drawIntervals(plot, graph)],
        draw: [(plot) => drawMarks(plot, graph)],
        setCursor: [(plot) => tell(plot, graph)],
        ready: [(plot) => show(plot, graph, graph.start)],
      },
    };
    const plot = new uPlot(options, [graph.at, ...graph.series.map(({ at }) => at)], box);
    addKeyboard(plot, graph);
    return plot;
  };

  // Draws a graph when it has room, which a folded graph has not. Returns a function that removes it.
  const draw = (figure, graph) => {
    const box = document.createElement("div");
    box.className = graph.stacked ? "live" : "live live-lines";
    figure.append(box);
    figure.classList.add("is-live");
    let plot;
    const observer = new ResizeObserver(() => {
      const size = { width: box.clientWidth, height: 260 + 16 * Math.max(0, graph.turns.length - 1) };
      if (size.width === 0 || size.width === plot?.width) return;
      if (plot) plot.setSize(size);
      else plot = begin(box, graph, size);
    });
    observer.observe(box);
    return () => {
      observer.disconnect();
      plot?.destroy();
      box.remove();
    };
  };

  // Paper shows all figures and the drawings.
  const openForPrint = () => {
    const folded = [...document.querySelectorAll("details:not([open])")];
    folded.forEach((each) => { each.open = true; });
    addEventListener("afterprint", () => folded.forEach((each) => { each.open = false; }), { once: true });
  };

  prepareProbe();
  const figures = [...document.querySelectorAll("figure")];
  const drawAll = () => figures.map((figure, place) => draw(figure, graphs[place]));
  let clear = drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    clear.forEach((each) => each());
    clear = drawAll();
  });
  addEventListener("beforeprint", openForPrint);
})();
