// find(kind, query) finds the one element that query means and reports what a
// person could do with it. The kinds: "field" (by its label, then by CSS),
// "target" for something to click (by its name, then by CSS), "css".
(function (kind, query, act) {
  const squeeze = (text) => (text || '').replace(/\s+/g, ' ').trim();
  const visible = (el) => el.checkVisibility({ visibilityProperty: true }) && el.getClientRects().length > 0;

  // What assistive technology reads for the contents of an element, roughly.
  const textOf = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE) return '';
    if (node.getAttribute('aria-hidden') === 'true') return '';
    if (['INPUT', 'SELECT', 'TEXTAREA', 'STYLE', 'SCRIPT'].includes(node.tagName)) return '';
    if (node.tagName === 'IMG') return node.alt;
    if (!node.checkVisibility({ visibilityProperty: true })) return '';
    return [...node.childNodes].map(textOf).join('');
  };
  const nameOf = (el) => {
    const by = el.getAttribute('aria-labelledby');
    if (by) return squeeze(by.split(/\s+/).map((id) => document.getElementById(id)?.textContent).join(' '));
    if (el.hasAttribute('aria-label')) return squeeze(el.getAttribute('aria-label'));
    if (el.tagName === 'INPUT' && ['submit', 'button', 'reset'].includes(el.type)) return squeeze(el.value);
    return squeeze(textOf(el)) || squeeze(el.title);
  };

  const fields = 'input:not([type=hidden]), select, textarea, [contenteditable=true], [role=textbox]';
  const targets = 'a[href], button, input[type=submit], input[type=button], input[type=reset], summary, ' +
    '[role=button], [role=link], [role=menuitem], [role=tab], [role=switch], [role=checkbox], [role=radio], [role=option]';
  const all = (selector) => [...document.querySelectorAll(selector)];
  const named = {
    field: () => {
      const labelled = all('label').filter((l) => l.control && squeeze(textOf(l)) === query).map((l) => l.control);
      if (labelled.length) return labelled;
      return all(fields).filter((el) => nameOf(el) === query || squeeze(el.placeholder) === query);
    },
    target: () => {
      const found = all(targets).filter((el) => nameOf(el) === query);
      // A label stands for its check box, which style may have hidden.
      return found.length ? found : all('label').filter((l) => l.control && squeeze(textOf(l)) === query);
    },
    css: () => [],
  }[kind]();

  let found = named.filter(visible);
  if (found.length > 1) return { state: found.length + ' elements have this name; use a CSS selector' };
  if (!found.length) {
    try {
      found = all(query);
    } catch {
      // Not a selector, then.
    }
    if (!found.length && named.length) return { state: 'it is there but not visible' };
    if (!found.length) return { state: 'nothing has this name or selector' };
    found = found.filter(visible).concat(found.filter((el) => !visible(el)));
  }
  const el = found[0];
  return act(el, { visible, squeeze });
})
