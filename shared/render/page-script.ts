/**
 * What the page does besides being read: buttons that copy, filters, an order, and an address for each view of it
 * (`#finding-1f0c?severity=high&text=cart&sort=oldest`). Without scripts it lacks only these. It reads attributes and text,
 * and never writes HTML: nothing of a stranger can run, and of an address only what the page itself offers counts. Texts
 * are in the page's markup.
 */
export const pageScript = `
'use strict';
(() => {
  const body = document.body;

  function addCopyButton(code) {
    const text = code.querySelector('pre');
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = body.dataset.copy;
    button.setAttribute('aria-label', body.dataset.copy + ': ' + text.getAttribute('aria-label'));
    code.querySelector('.caption').append(button);
  }

  async function copy(button) {
    const text = button.closest('.code').querySelector('pre');
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = body.dataset.copied;
    } catch {
      getSelection().selectAllChildren(text);
      button.textContent = body.dataset.selected;
    }
    document.getElementById('said').textContent = button.textContent;
    setTimeout(() => { button.textContent = body.dataset.copy; }, 2000);
  }

  document.querySelectorAll('.code').forEach(addCopyButton);
  body.addEventListener('click', (event) => {
    const button = event.target.closest('.code button');
    if (button) copy(button);
  });

  const filters = document.getElementById('filters');
  if (!filters) return;
  filters.hidden = false;
  const sort = filters.querySelector('select[name=sort]');
  const selects = [...filters.querySelectorAll('select')].filter((select) => select !== sort);
  const search = filters.querySelector('input');
  const groups = [...document.querySelectorAll('.group')].map((section) => ({
    section,
    cards: [...section.querySelectorAll('.finding')].map((card) => ({ card, section, text: null })),
  }));
  const all = groups.reduce((sum, { cards }) => sum + cards.length, 0);
  let sortedBy = '';

  function textOf(item) {
    item.text ??= (item.section.querySelector('h2').textContent + ' ' + item.card.textContent).toLowerCase();
    return item.text;
  }

  function apply() {
    const wanted = selects.filter((select) => select.value !== '').map((select) => [select.name, select.value]);
    const words = search.value.toLowerCase().split(/\\s+/).filter((word) => word !== '');
    let shown = 0;
    for (const { section, cards } of groups) {
      let here = 0;
      for (const item of cards) {
        const fits =
          wanted.every(([name, value]) => item.card.dataset[name] === value) &&
          words.every((word) => textOf(item).includes(word));
        if (item.card.hidden === fits) item.card.hidden = !fits;
        if (fits) here += 1;
      }
      section.hidden = here === 0;
      shown += here;
    }
    document.getElementById('shown').textContent = body.dataset.shown.replace('{shown}', shown).replace('{all}', all);
    order();
  }

  function compare(a, b) {
    const [first, second] = [a, b].map(({ card }) => card.dataset.since);
    if (first === second) return 0;
    return (first < second) === (sortedBy === 'oldest') ? -1 : 1;
  }

  // Clusters stay together, in the order of their first findings.
  function order() {
    if (!sort || sort.value === sortedBy) return;
    sortedBy = sort.value;
    const sorted = groups.map(({ section, cards }) => ({
      section,
      cards: sortedBy === '' ? cards : [...cards].sort(compare),
    }));
    if (sortedBy !== '') sorted.sort((a, b) => compare(a.cards[0], b.cards[0]));
    const place = document.createComment('');
    groups[0].section.parentNode.insertBefore(place, document.querySelector('.group'));
    for (const { section, cards } of sorted) {
      section.append(...cards.map(({ card }) => card));
      place.before(section);
    }
    place.remove();
  }

  function clear() {
    for (const select of selects) select.value = '';
    search.value = '';
    apply();
  }

  // The address of what is shown: where in the page, and what of it.
  function addressOf(anchor) {
    const view = new URLSearchParams();
    for (const { name, value } of [...selects, search, ...(sort ? [sort] : [])]) if (value !== '') view.set(name, value);
    const query = view.toString();
    return query === '' ? '#' + anchor : '#' + anchor + '?' + query;
  }

  let anchor = '';

  function read() {
    const [place, query = ''] = location.hash.slice(1).split(/\\?(.*)/s);
    try {
      anchor = decodeURIComponent(place);
    } catch {
      anchor = '';
    }
    return new URLSearchParams(query);
  }

  // A viewer may forbid pages to change their address: then it stays as it is.
  function write(how) {
    try {
      const address = addressOf(encodeURIComponent(anchor));
      history[how]({ view: true }, '', address === '#' ? location.pathname + location.search : address);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  }

  // Only what is offered can be chosen, whatever the address says.
  function restore() {
    const view = read();
    for (const select of [...selects, ...(sort ? [sort] : [])]) {
      const wanted = view.get(select.name) ?? '';
      select.value = [...select.options].some(({ value }) => value === wanted) ? wanted : '';
    }
    search.value = (view.get('text') ?? '').slice(0, 1000);
    apply();
    reveal();
  }

  // A finding is shown whatever the filters say.
  function reveal() {
    const target = anchor === '' ? null : document.getElementById(anchor);
    if (!target) return;
    const isFinding = target.classList.contains('finding');
    if (target.hidden && (isFinding || target.classList.contains('group'))) {
      clear();
      write('replaceState');
    }
    target.scrollIntoView();
    if (isFinding) target.focus({ preventScroll: true });
  }

  // A link within the page, or an address that was typed: it goes on with what is chosen, unless it chooses itself.
  function follow() {
    if (location.hash.includes('?')) return restore();
    read();
    if (anchor === '') return restore();
    reveal();
    write('replaceState');
  }

  // Each choice can be gone back from; of what is typed only the whole.
  let typing = false;
  let pending;
  let writing;
  function choose() {
    clearTimeout(writing);
    anchor = '';
    apply();
    write('pushState');
    typing = false;
  }
  search.addEventListener('input', () => {
    clearTimeout(pending);
    clearTimeout(writing);
    // A long list is filtered when the typing pauses.
    pending = setTimeout(apply, all > 500 ? 150 : 0);
    writing = setTimeout(() => {
      anchor = '';
      write(typing ? 'replaceState' : 'pushState');
      typing = true;
    }, 300);
  });
  for (const select of [...selects, ...(sort ? [sort] : [])]) select.addEventListener('change', choose);
  filters.querySelector('button').addEventListener('click', () => {
    clear();
    choose();
  });

  addEventListener('popstate', ({ state }) => {
    clearTimeout(writing);
    typing = false;
    if (state && state.view) restore();
    else follow();
  });
  restore();
  write('replaceState');
})();
`;
