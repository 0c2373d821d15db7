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
 * Scrolls by so many pixels and watches the first message in sight: from now on, how far it is from where it stands,
 * after each painted frame. What the browser reports as shifts of the frame that shows the jump is left out of
 * `shifts`: it takes for one that rows go with the whole jump, while `scrollTop` has less of it where rows above turned
 * out higher than was thought.
 */
export async function watchAnchor(person, scrollFirst = 0) {
  return person.page.evaluate((scrollFirst) => {
    const view = document.querySelector(".timeline__scroll");
    const jump = { from: performance.now(), to: Infinity };
    if (scrollFirst) {
      view.scrollBy(0, scrollFirst);
      (window.__jumps ??= []).push(jump);
    }
    const edge = view.getBoundingClientRect().top - 1;
    const rows = [...view.querySelectorAll(".timeline__row")];
    const row = rows.find((it) => it.querySelector(".message__text") && it.getBoundingClientRect().top >= edge);
    const place = () => row.getBoundingClientRect().top;
    const start = place();
    const watched = { words: row.innerText, drift: 0, frames: 0, lost: false, on: true };
    window.__anchor = watched;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      if (!watched.on) return;
      watched.frames += 1;
      jump.to = Math.min(jump.to, performance.now());
      watched.lost ||= !row.isConnected;
      if (row.isConnected) watched.drift = Math.max(watched.drift, Math.abs(place() - start));
      requestAnimationFrame(() => port2.postMessage(0));
    };
    requestAnimationFrame(() => port2.postMessage(0));
    return watched.words;
  }, scrollFirst);
}

/** Ends the watch; what it saw. */
export async function anchor(person) {
  return person.page.evaluate(() => {
    window.__anchor.on = false;
    return window.__anchor;
  });
}

/** How many frames the watch has seen by now. */
export async function frames(person) {
  return person.page.evaluate(() => window.__anchor.frames);
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
