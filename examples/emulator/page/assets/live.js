// Keeps the page up to date: asks once a second whether anything is new, and puts the new
// parts in the place of the old ones. What the server says stays text; nothing is run.
'use strict';
(() => {
  const interval = 1000; // ms
  const slowest = 8000; // between two tries while there is no server
  const quiet = 10000; // between two announcements
  const state = document.getElementById('state');
  const button = document.getElementById('pause');
  const announcement = document.getElementById('announcement');
  let version = document.body.dataset.version;
  let paused = false;
  let failures = 0;
  let timer = 0;
  let announced = Date.now();

  function say(text, name) {
    if (state.textContent !== text) state.textContent = text;
    state.className = name;
  }

  // remember returns a function that finds the focused element again after its part was
  // replaced, and opens what was open.
  function remember(part) {
    const open = [...part.querySelectorAll('details[open]')].map((d) => d.dataset.key);
    const focused = part.contains(document.activeElement) ? document.activeElement : null;
    const index = focused ? [...part.querySelectorAll('a, summary')].findIndex((e) => e === focused) : -1;
    const href = focused && focused.getAttribute('href');
    return () => {
      for (const details of part.querySelectorAll('details')) {
        if (open.includes(details.dataset.key)) details.open = true;
      }
      if (!focused) return;
      const all = [...part.querySelectorAll('a, summary')];
      const again = all.find((e) => href && e.getAttribute('href') === href) || all[index];
      if (again) again.focus({ preventScroll: true });
    };
  }

  function keys(part) {
    return new Set([...part.querySelectorAll('tr[data-key]')].map((row) => row.dataset.key));
  }

  function selecting(part) {
    const selection = document.getSelection();
    return !selection.isCollapsed && part.contains(selection.anchorNode);
  }

  // update replaces the parts that are new, and reports whether it did so with all of them.
  function update(next) {
    let all = true;
    const parts = [...document.querySelectorAll('[data-live]')];
    if (!parts.every((part) => next.getElementById(part.id))) { // such as a record that was deleted
      const main = document.getElementById('main');
      main.replaceChildren(...document.importNode(next.getElementById('main'), true).childNodes);
    }
    for (const part of document.querySelectorAll('[data-live]')) {
      const fresh = next.getElementById(part.id);
      if (!fresh || part.isEqualNode(fresh)) continue;
      if (selecting(part)) { // somebody is about to copy something
        all = false;
        continue;
      }
      const restore = remember(part);
      const known = keys(part);
      if (fresh.hasAttribute('href')) part.setAttribute('href', fresh.getAttribute('href'));
      part.replaceChildren(...document.importNode(fresh, true).childNodes);
      for (const row of part.querySelectorAll('tr[data-key]')) {
        if (!known.has(row.dataset.key)) row.classList.add('new');
      }
      restore();
    }
    return all;
  }

  function announce(before) {
    const now = document.getElementById('summary').textContent;
    if (now === before || Date.now() - announced < quiet) return;
    announced = Date.now();
    announcement.textContent = now;
  }

  async function poll() {
    if (paused || document.hidden) return;
    try {
      const response = await fetch(location.href, { headers: { 'If-None-Match': version }, signal: AbortSignal.timeout(30000) });
      if (response.status !== 304) {
        const text = await response.text();
        if (paused) return;
        const next = new DOMParser().parseFromString(text, 'text/html');
        const before = document.getElementById('summary').textContent;
        if (update(next)) version = response.headers.get('ETag');
        announce(before);
      }
      failures = 0;
      say('Live', '');
    } catch {
      failures++;
      say('No connection', 'lost');
    }
    later(Math.min(interval * 2 ** failures, failures ? slowest : interval));
  }

  function later(ms) {
    clearTimeout(timer);
    timer = setTimeout(poll, ms);
  }

  button.addEventListener('click', () => {
    paused = !paused;
    button.textContent = paused ? 'Resume' : 'Pause';
    say(paused ? 'Paused' : 'Live', paused ? 'paused' : '');
    later(0);
  });
  document.addEventListener('visibilitychange', () => later(0));
  state.hidden = false;
  button.hidden = false;
  later(interval);
})();
