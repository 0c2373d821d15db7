// Measuring the timeline: where rows stand after each painted frame. Knows its class names and nothing of what rows say.

/** Scrolls the timeline by so many pixels, as a wheel would. */
export async function scrollBy(person, pixels) {
  await person.page.evaluate((by) => document.querySelector(".timeline__scroll").scrollBy(0, by), pixels);
}

export async function scrollTo(person, edge) {
  await person.page.evaluate((edge) => {
    const view = document.querySelector(".timeline__scroll");
    view.scrollTo(0, edge === "top" ? 0 : view.scrollHeight);
  }, edge);
}

/** Whether a row stands at the top of the view: right after a jump there is empty space until the next frame. */
export async function rowAtTop(person) {
  return person.page.evaluate(() => {
    const box = document.querySelector(".timeline__scroll").getBoundingClientRect();
    const there = document.elementFromPoint(box.left + box.width / 2, box.top + 40);
    return Boolean(there?.closest(".timeline__row"));
  });
}

/** What the first message says whose top is in sight. */
export async function wordsAtTop(person) {
  return person.page.evaluate(() => {
    const view = document.querySelector(".timeline__scroll");
    const edge = view.getBoundingClientRect().top - 1;
    const rows = [...view.querySelectorAll(".timeline__row")];
    const first = rows.find((it) => it.querySelector(".message__text") && it.getBoundingClientRect().top >= edge);
    return first?.innerText;
  });
}

/** How far the timeline is from its beginning, in pixels. */
export async function fromTop(person) {
  return person.page.evaluate(() => document.querySelector(".timeline__scroll").scrollTop);
}

/** How far the timeline is from its end, in pixels. */
export async function fromEnd(person) {
  return person.page.evaluate(() => {
    const view = document.querySelector(".timeline__scroll");
    return view.scrollHeight - view.clientHeight - view.scrollTop;
  });
}

/**
 * Scrolls by so many pixels and watches every message that is in sight then or in a later frame: how far it gets from
 * where it first stood, after each painted frame. What the browser reports as shifts of the frame that shows the jump is
 * left out of `shifts`: it takes for one that rows go with the whole jump, while `scrollTop` has less of it where rows
 * above turned out higher than was thought.
 */
export async function watchSight(person, scrollFirst = 0) {
  await person.page.evaluate((scrollFirst) => {
    const view = document.querySelector(".timeline__scroll");
    const from = performance.now();
    if (scrollFirst) view.scrollBy(0, scrollFirst);
    const places = new Map();
    const watched = { rows: 0, drift: 0, moved: "", lost: "", frames: 0, on: true };
    window.__sight = watched;
    const look = () => {
      const { top: edge, bottom } = view.getBoundingClientRect();
      for (const [id, { start, words }] of places) {
        const row = document.getElementById(id);
        if (!row) watched.lost ||= words;
        const drift = row ? Math.abs(row.getBoundingClientRect().top - start) : 0;
        if (drift > watched.drift) Object.assign(watched, { drift, moved: words });
      }
      for (const row of view.querySelectorAll(".timeline__row")) {
        const { top: start } = row.getBoundingClientRect();
        const inSight = start >= edge - 1 && start < bottom && row.querySelector(".message__text");
        if (inSight && !places.has(row.id)) places.set(row.id, { start, words: row.innerText });
      }
      watched.rows = places.size;
    };
    look();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      if (!watched.on) return;
      if (scrollFirst && watched.frames === 0) (window.__jumps ??= []).push({ from, to: performance.now() });
      watched.frames += 1;
      look();
      requestAnimationFrame(() => port2.postMessage(0));
    };
    requestAnimationFrame(() => port2.postMessage(0));
  }, scrollFirst);
}

/** Ends the watch; what it saw. */
export async function sight(person) {
  return person.page.evaluate(() => {
    window.__sight.on = false;
    return window.__sight;
  });
}

/** How many frames the watch has seen by now. */
export async function frames(person) {
  return person.page.evaluate(() => window.__sight.frames);
}

/** From now on, the most rows that were ever mounted. */
export async function watchMounted(person) {
  await person.page.evaluate(() => {
    const list = document.querySelector(".timeline__rows");
    const count = () => list.querySelectorAll(":scope > .timeline__row").length;
    window.__mounted = count();
    new MutationObserver(() => (window.__mounted = Math.max(window.__mounted, count()))).observe(list, {
      childList: true,
    });
  });
}

export async function mounted(person) {
  return person.page.evaluate("window.__mounted");
}

/** The shifts of the layout since the page began, or since the last time this was asked. */
export async function shifts(person) {
  return person.page.evaluate(() => {
    const jumped = ({ at }) => (window.__jumps ?? []).some(({ from, to }) => from <= at && at <= to);
    const shifted = window.__shifts.splice(0).filter((it) => !jumped(it));
    return shifted.map((it) => `${it.value.toFixed(4)} ${it.what}`);
  });
}
