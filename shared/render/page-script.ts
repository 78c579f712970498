/**
 * What the page does besides being read: buttons that copy, and filters. Without scripts it lacks only these. It reads
 * attributes and text, and never writes HTML: nothing of a stranger can run. Texts are in the page's markup.
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
  const selects = [...filters.querySelectorAll('select')];
  const search = filters.querySelector('input');
  const groups = [...document.querySelectorAll('.group')].map((section) => ({
    section,
    cards: [...section.querySelectorAll('.finding')].map((card) => ({ card, text: null })),
  }));
  const all = groups.reduce((sum, { cards }) => sum + cards.length, 0);

  function textOf(item) {
    item.text ??= item.card.textContent.toLowerCase();
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
  }

  function clear() {
    for (const select of selects) select.value = '';
    search.value = '';
    apply();
  }

  // A long list is filtered when the typing pauses.
  let pending;
  search.addEventListener('input', () => {
    clearTimeout(pending);
    pending = setTimeout(apply, all > 500 ? 150 : 0);
  });
  for (const select of selects) select.addEventListener('change', apply);
  filters.querySelector('button').addEventListener('click', clear);

  // An address leads to its finding, whatever the filters say.
  function reveal() {
    let card = null;
    try {
      card = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return;
    }
    if (!card || !card.classList.contains('finding')) return;
    if (card.hidden) clear();
    card.scrollIntoView();
    card.focus({ preventScroll: true });
  }
  addEventListener('hashchange', reveal);
  reveal();
})();
`;
