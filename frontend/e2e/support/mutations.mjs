// Counting what changes in a page. Knows the classes of rows, not what they say.

/** From now on, what is added, removed and touched. */
export async function watchMutations(person) {
  await person.page.evaluate(() => {
    const kinds = { row: ".timeline__row", room: ".room-list__item" };
    const begin = () => (window.__changes = { added: {}, removed: {}, touched: new Set() });
    const count = (into, node) => {
      if (!(node instanceof Element)) return;
      for (const [kind, selector] of Object.entries(kinds)) {
        const found = node.querySelectorAll(selector).length + Number(node.matches(selector));
        if (found) into[kind] = (into[kind] ?? 0) + found;
      }
    };
    begin();
    window.__beginChanges = begin;
    new MutationObserver((records) => {
      for (const { target, addedNodes, removedNodes } of records) {
        window.__changes.touched.add(target instanceof Element ? target : target.parentElement);
        for (const node of addedNodes) count(window.__changes.added, node);
        for (const node of removedNodes) count(window.__changes.removed, node);
      }
    }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  });
}

/**
 * What has changed since: rows added and removed by kind, how many elements were touched, how many rows of messages that
 * were there before, and the names of the rooms in whose row of the list something was. `begin` counts anew from now.
 */
export async function mutations(person, { begin = false } = {}) {
  return person.page.evaluate((begin) => {
    const { added, removed, touched } = window.__changes;
    const all = [...touched].filter(Boolean);
    const within = (selector) => [...new Set(all.map((it) => it.closest(selector)).filter(Boolean))];
    const links = within(".room-list__item").map((it) => it.querySelector(".room-list__name").textContent);
    const counts = { added, removed, touched: all.length, rows: within(".timeline__row").length, links: links.sort() };
    if (begin) window.__beginChanges();
    return counts;
  }, begin);
}
