/** Draws the plots: what is drawn stands in the page (overview/plot.tsx), in which colour its key says. */
{
  const HEIGHT = 190;
  const AXIS_WIDTH = 52;
  /** Left of the longest number, which ends where the canvas does. */
  const AXIS_ROOM = 4;

  /** By element: the plot, and the text that it was drawn from. */
  const drawn = new Map();

  const colourOf = (element) => getComputedStyle(element).color;

  function dataOf(text) {
    const { ts, series } = JSON.parse(text);
    return [ts, ...series];
  }

  /** Thousandths matter to a second, not to hundreds of messages. */
  function numberText(value) {
    return value.toLocaleString("en", { maximumSignificantDigits: value < 100 ? 3 : 6 });
  }

  function optionsOf(element, keys) {
    const soft = colourOf(element);
    const line = getComputedStyle(element).borderTopColor;
    const axis = { stroke: soft, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    const moments = (_, values) => values.map(momentText);
    const texts = (_, values) => values.map((value) => numberText(value) + element.dataset.unit);
    // Where nothing was measured for a while there are gaps, and a moment between two of them is a point.
    const points = { show: element.dataset.gaps !== undefined, size: 5 };
    return {
      width: element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      // At least one, so that a plot of nothing lies on the ground; nothing is less than that.
      scales: { y: { range: (_, _min, max) => [0, Math.max(max * 1.1, Number(element.dataset.least))] } },
      axes: [
        { ...axis, size: 30, values: moments },
        { ...axis, size: widthOf, values: texts },
      ],
      series: [{}, ...keys.map((key) => ({ stroke: colourOf(key), width: 2, dash: dashOf(key), points }))],
      hooks: { setCursor: [(plot) => showValues(element, keys, plot)] },
    };
  }

  /** Of the axis at the side, so that its longest number has room. */
  function widthOf({ ctx, axes }, texts, at) {
    const { font, ticks, gap } = axes[at];
    ctx.font = font[0];
    const widths = (texts ?? []).map((text) => ctx.measureText(text).width / devicePixelRatio);
    return Math.ceil(Math.max(AXIS_WIDTH, ticks.size + gap + AXIS_ROOM + Math.max(0, ...widths)));
  }

  const dashOf = (key) => key.dataset.dash?.split(" ").map(Number);

  /** The time of day, in 24 hours, and at midnight the day. */
  function momentText(seconds) {
    const [day, time] = new Date(seconds * 1000).toLocaleString("sv-SE").split(" ");
    return time === "00:00:00" ? day.slice(5) : time.slice(0, 5);
  }

  /** At the cursor, beside the keys. */
  function showValues(element, keys, { cursor, data }) {
    for (const [position, key] of keys.entries()) {
      const value = cursor.idx === null || cursor.idx === undefined ? undefined : data[position + 1][cursor.idx];
      key.lastElementChild.textContent =
        value === undefined || value === null ? "" : numberText(value) + element.dataset.unit;
    }
  }

  function draw(element) {
    const text = element.dataset.plot;
    const before = drawn.get(element);
    if (before?.text === text) return;
    if (before !== undefined) {
      before.plot.setData(dataOf(text));
      before.text = text;
      return;
    }
    const keys = [...element.parentElement.querySelectorAll(".keys li")];
    drawn.set(element, { text, plot: new uPlot(optionsOf(element, keys), dataOf(text), element) });
    resizes.observe(element);
  }

  function forget(element) {
    resizes.unobserve(element);
    drawn.get(element)?.plot.destroy();
    drawn.delete(element);
  }

  const resizes = new ResizeObserver((entries) => {
    for (const { target } of entries)
      drawn.get(target)?.plot.setSize({ width: Math.floor(target.clientWidth), height: HEIGHT });
  });

  function drawAll() {
    for (const element of drawn.keys()) if (!element.isConnected) forget(element);
    for (const element of document.querySelectorAll("[data-plot]")) draw(element);
  }

  drawAll();
  document.addEventListener("htmx:after:swap", drawAll);
  // Other colours, for all that is drawn.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const element of [...drawn.keys()]) forget(element);
    drawAll();
  });
}
