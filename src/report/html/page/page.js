// The script of the page: filters the matrix, and shows a replay beside it. Whatever the report says is set as text, never as HTML.
(() => {
  /**
   * @typedef {import('../page-data.ts').Detail} Detail
   * @typedef {import('../page-data.ts').Row} Row
   * @typedef {import('../page-data.ts').Value} Value
   * @typedef {import('../page-data.ts').Policy} Policy
   */

  /** More replays than these aren't printed in full. */
  const mostPrinted = 200;

  const stateWords = {
    same: 'as expected',
    different: 'another value',
    missing: 'did not happen',
    unexpected: 'not expected',
    changed: '',
  };

  /** @type {readonly Detail[]} */
  const details = JSON.parse(byId('details').textContent ?? '[]');
  const panel = byId('panel');
  const matrix = document.getElementById('matrix');
  const rows = matrix === null ? [] : [...matrix.querySelectorAll('tbody tr')].map(rowOf);
  /** @type {HTMLButtonElement | null} */
  let open = null;

  /**
   * @param {string} id
   * @returns {HTMLElement}
   */
  function byId(id) {
    const element = document.getElementById(id);
    if (element === null) throw new Error(`the page has no #${id}`);
    return element;
  }

  /** @param {Element} element */
  function rowOf(element) {
    const head = element.querySelector('th');
    const cells = [...element.querySelectorAll('button')];
    return {
      element: /** @type {HTMLElement} */ (element),
      text: (head?.textContent ?? '').toLowerCase(),
      cells,
    };
  }

  /**
   * @param {string} tag
   * @param {string} [className]
   * @param {...(string | Node)} children text, or nodes made here
   * @returns {HTMLElement}
   */
  function make(tag, className, ...children) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...children);
    return element;
  }

  /** @param {HTMLButtonElement} cell */
  function detailOf(cell) {
    return details[Number(cell.dataset.detail)];
  }

  // --- what a replay looks like

  /** @param {Policy} policy */
  function by(policy) {
    return `by ${policy.name}${policy.place === null ? '' : ` · ${policy.place}`}`;
  }

  /**
   * @param {Value | null} value
   * @param {string} absent
   */
  function valueBox(value, absent) {
    if (value === null) return make('span', 'nothing', absent);
    const box = make('div', 'value');
    /** @param {string} className @param {string} sign @param {string} text */
    const line = (className, sign, text) =>
      make(
        'span',
        className,
        make('span', 'sr', className === 'gone' ? 'removed ' : 'added '),
        `${sign} ${text}`,
      );
    if (value.gone !== undefined || value.come !== undefined) {
      for (const item of value.gone ?? []) box.append(line('gone', '−', item));
      for (const item of value.come ?? []) box.append(line('come', '+', item));
      if (box.childNodes.length === 0) box.append(make('span', 'nothing', absent));
    } else {
      if (value.from !== null && value.from !== undefined) box.append(line('gone', '−', value.from));
      if (value.to !== null && value.to !== undefined) box.append(line('come', '+', value.to));
      if (box.childNodes.length === 0) box.append(make('span', 'nothing', '(nothing)'));
    }
    if (value.note !== null) box.append(make('span', 'note', `(${value.note})`));
    return box;
  }

  /**
   * What stood there and stands there now, without signs: each side is one of them.
   *
   * @param {Value | null} value
   * @param {'gone' | 'come'} side
   */
  function sideOf(value, side) {
    if (value === null) return make('span', 'nothing', '(nothing)');
    if (value.gone !== undefined || value.come !== undefined) return valueBox(value, 'nothing else');
    if (value.to === null || value.to === undefined) return make('span', 'nothing', '(nothing)');
    const box = make('div', 'value', make('span', side, value.to));
    if (value.note !== null) box.append(make('span', 'note', `(${value.note})`));
    return box;
  }

  /** @param {Row} row */
  function rowsOf(row) {
    const head = make('th', '', make('span', 'state', stateWords[row.state]), make('code', '', row.path));
    head.setAttribute('colspan', '2');
    head.setAttribute('scope', 'rowgroup');
    if (row.policy !== null) head.append(make('span', 'by', by(row.policy)));
    const [left, right] =
      row.state === 'changed'
        ? [sideOf(row.left, 'gone'), sideOf(row.right, 'come')]
        : [valueBox(row.left, 'nothing'), valueBox(row.right, 'did not happen')];
    return make(
      'tbody',
      row.state,
      make('tr', '', head),
      make('tr', '', make('td', '', left), make('td', '', right)),
    );
  }

  /** @param {Detail} detail */
  function sides({ sides: [left, right], rows: all, expected, actual, verdict }) {
    const table = make('table', 'sides');
    const [first, second] = [make('th', '', left), make('th', '', right)];
    first.setAttribute('scope', 'col');
    second.setAttribute('scope', 'col');
    table.append(make('thead', '', make('tr', '', first, second)));
    if (left === 'Expected') {
      const was = expected ?? (verdict === 'new' ? 'nothing is recorded yet' : 'nothing was recorded');
      table.append(make('tbody', 'outcomes', make('tr', '', make('td', '', was), make('td', '', actual))));
    }
    for (const row of all) table.append(rowsOf(row));
    return table;
  }

  /**
   * @param {HTMLButtonElement} cell
   * @param {string} titleId
   */
  function render(cell, titleId) {
    const detail = detailOf(cell);
    const { sample, where } = placeOf(cell);
    const title = make('h2', '', make('span', 'path', sample));
    title.id = titleId;
    const tone = detail?.mark === '✗' ? 'bad' : detail?.mark === '✓' ? 'good' : 'open';
    const article = make('div', 'detail', title, make('p', 'facts', make('span', '', where)));
    if (detail === undefined) return article;
    article.append(
      make(
        'p',
        '',
        make('span', `tag ${tone}`, `${detail.mark} ${detail.verdict}`),
        ' ',
        make(
          'span',
          `tag outcome-${detail.outcome}`,
          detail.outcome === 'timed-out' ? 'timed out' : detail.outcome,
        ),
      ),
    );
    if (detail.sides[0] !== 'Expected') article.append(make('p', 'lines', detail.actual));
    if (detail.message !== null) article.append(make('p', 'lines', detail.message));
    if (detail.by !== null) article.append(make('p', 'place', by(detail.by)));
    if (detail.rows.length > 0 || detail.sides[0] === 'Expected') article.append(sides(detail));
    for (const finding of detail.findings) article.append(findingOf(finding));
    if (detail.answers.length > 0) {
      article.append(make('h3', '', 'What the plugin service answered'));
      for (const { text, body } of detail.answers) {
        article.append(make('p', 'lines', text));
        if (body !== '') article.append(scrollable(body));
      }
    }
    if (detail.spec !== null) {
      const { title, text } = detail.spec;
      article.append(make('h3', '', title.charAt(0).toUpperCase() + title.slice(1)), scrollable(text));
    }
    if (detail.logs !== '') article.append(make('h3', '', 'What the plugin wrote'), scrollable(detail.logs));
    return article;
  }

  /** @param {Detail['findings'][number]} finding */
  function findingOf({ code, severity, text, place }) {
    const badge = make('span', 'badge', severity === 'error' ? '✗ error' : '! warning');
    const box = make('article', `finding ${severity}`, make('h3', '', badge, code), make('p', 'lines', text));
    if (place !== null) box.append(make('code', 'place', place));
    const why = document.getElementById(`why-${code}`);
    if (why !== null) {
      const copy = /** @type {HTMLElement} */ (why.cloneNode(true));
      copy.removeAttribute('id');
      box.append(make('details', 'why panel-why', make('summary', '', 'What it means'), copy));
    }
    return box;
  }

  /** @param {string} text */
  function scrollable(text) {
    const block = make('pre', '', text);
    block.tabIndex = 0;
    return block;
  }

  /** @param {HTMLButtonElement} cell */
  function placeOf(cell) {
    const sample = cell.closest('tr')?.querySelector('.path')?.textContent ?? '';
    const td = cell.closest('td');
    if (td === null || matrix === null) return { sample, where: '' };
    const column = td.cellIndex - 1;
    const [contexts, versions] = [...matrix.querySelectorAll('thead tr')].map((row) =>
      [...row.querySelectorAll('th')].map((head) => head.textContent ?? ''),
    );
    const names = (contexts ?? []).slice(1);
    if (versions === undefined) return { sample, where: `as ${names[column] ?? ''}` };
    const each = versions.length / Math.max(1, names.length);
    return {
      sample,
      where: `as ${names[Math.floor(column / each)] ?? ''} on dstack ${versions[column] ?? ''}`,
    };
  }

  // --- the panel

  /** @param {HTMLButtonElement} cell */
  function show(cell) {
    open?.removeAttribute('aria-expanded');
    open = cell;
    cell.setAttribute('aria-expanded', 'true');
    makeCurrent(cell);
    /** @param {string} text @param {() => void} act */
    const button = (text, act) => {
      const made = make('button', '', text);
      made.setAttribute('type', 'button');
      made.addEventListener('click', act);
      return made;
    };
    panel.replaceChildren(
      make(
        'header',
        '',
        button('Previous failure', () => step(-1)),
        button('Next failure', () => step(1)),
        button('Close', close),
      ),
      render(cell, 'panel-title'),
    );
    panel.hidden = false;
    panel.scrollTop = 0;
    cell.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    panel.focus({ preventScroll: true });
    history.replaceState(null, '', `#replay-${cells().indexOf(cell)}`);
  }

  function close() {
    if (open === null) return;
    open.removeAttribute('aria-expanded');
    panel.hidden = true;
    open.focus();
    open = null;
    history.replaceState(null, '', '#samples');
  }

  function cells() {
    return rows.flatMap((row) => row.cells);
  }

  /** @param {1 | -1} by */
  function step(by) {
    const failed = rows
      .filter((row) => !row.element.hidden)
      .flatMap((row) => row.cells)
      .filter((cell) => !cell.classList.contains('dim') && ['✗', '+'].includes(detailOf(cell)?.mark ?? ''));
    if (failed.length === 0) return;
    const all = cells();
    const at = open === null ? -1 : all.indexOf(open);
    const next =
      by === 1
        ? (failed.find((cell) => all.indexOf(cell) > at) ?? failed[0])
        : (failed.findLast((cell) => all.indexOf(cell) < at) ?? failed.at(-1));
    if (next !== undefined) show(next);
  }

  // --- moving through the matrix: one stop for the tab key, arrows inside

  /** @param {HTMLButtonElement} cell */
  function makeCurrent(cell) {
    for (const other of matrix?.querySelectorAll('button[tabindex="0"]') ?? [])
      other.setAttribute('tabindex', '-1');
    cell.tabIndex = 0;
  }

  /** @param {KeyboardEvent} event */
  function move(event) {
    const cell = event.target;
    if (!(cell instanceof HTMLButtonElement)) return;
    const shown = rows.filter((row) => !row.element.hidden);
    const y = shown.findIndex((row) => row.cells.includes(cell));
    const x = shown[y]?.cells.indexOf(cell) ?? 0;
    /** @type {Readonly<Record<string, readonly [number, number]>>} */
    const targets = {
      ArrowRight: [x + 1, y],
      ArrowLeft: [x - 1, y],
      ArrowDown: [x, y + 1],
      ArrowUp: [x, y - 1],
      PageDown: [x, Math.min(shown.length - 1, y + 15)],
      PageUp: [x, Math.max(0, y - 15)],
      Home: [0, event.ctrlKey ? 0 : y],
      End: [Number.POSITIVE_INFINITY, event.ctrlKey ? shown.length - 1 : y],
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const row = shown[target[1]];
    const next = row?.cells[Math.min(target[0], row.cells.length - 1)];
    if (next === undefined) return;
    makeCurrent(next);
    next.focus();
  }

  // --- filters

  const form = /** @type {HTMLFormElement | null} */ (document.getElementById('filters'));
  const search = /** @type {HTMLInputElement | null} */ (document.getElementById('search'));
  /** @type {(string | undefined)[]} */
  const haystacks = [];

  /** @param {HTMLButtonElement} cell */
  function haystackOf(cell) {
    const index = Number(cell.dataset.detail);
    haystacks[index] ??= JSON.stringify(details[index]).toLowerCase();
    return haystacks[index];
  }

  function filter() {
    if (form === null || search === null) return;
    const data = new FormData(form);
    const verdicts = data.getAll('verdict');
    const outcomes = data.getAll('outcome');
    const withFindings = data.has('finding');
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    let replays = 0;
    for (const row of rows) {
      let any = false;
      for (const cell of row.cells) {
        const detail = detailOf(cell);
        const fits =
          detail !== undefined &&
          (verdicts.length === 0 || verdicts.includes(cell.dataset.verdict ?? '')) &&
          (outcomes.length === 0 || outcomes.includes(detail.outcome)) &&
          (!withFindings || detail.findings.length > 0) &&
          words.every((word) => row.text.includes(word) || haystackOf(cell).includes(word));
        cell.classList.toggle('dim', !fits);
        if (fits) replays += 1;
        any ||= fits;
      }
      row.element.hidden = !any;
      if (any) shown += 1;
    }
    const all = words.length === 0 && verdicts.length === 0 && outcomes.length === 0 && !withFindings;
    const counted = (/** @type {number} */ count, /** @type {string} */ word) =>
      `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;
    byId('shown').textContent = all
      ? ''
      : `${shown.toLocaleString('en')} of ${counted(rows.length, 'sample')}, ${counted(replays, 'replay')}`;
    byId('none').hidden = shown > 0;
    const current = matrix?.querySelector('tr:not([hidden]) button[tabindex="0"]');
    const first = matrix?.querySelector('tr:not([hidden]) button');
    if (current == null && first instanceof HTMLButtonElement) makeCurrent(first);
  }

  function reset() {
    form?.reset();
    filter();
    search?.focus();
  }

  // --- printing: every replay that isn't as it has to be, in full

  function preparePrint() {
    const target = byId('print-details');
    const due = cells().filter((cell) => ['✗', '+', '~'].includes(detailOf(cell)?.mark ?? ''));
    const seen = new Set();
    const distinct = due.filter((cell) => {
      const key = `${placeOf(cell).sample} ${cell.dataset.detail}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
    const printed = distinct.slice(0, mostPrinted).map((cell, index) => render(cell, `print-${index}`));
    target.replaceChildren(
      ...(printed.length === 0 ? [] : [make('h2', '', 'What is not as it has to be')]),
      ...printed,
    );
    if (distinct.length > mostPrinted)
      target.append(
        make('p', '', `… ${(distinct.length - mostPrinted).toLocaleString('en')} more are not printed.`),
      );
    target.hidden = printed.length === 0;
  }

  addEventListener('beforeprint', preparePrint);
  addEventListener('afterprint', () => {
    byId('print-details').hidden = true;
    byId('print-details').replaceChildren();
  });

  // --- what a person does

  matrix?.addEventListener('click', (event) => {
    const cell = event.target instanceof Element ? event.target.closest('button') : null;
    if (cell === null) return;
    if (cell === open) close();
    else show(cell);
  });
  matrix?.addEventListener('keydown', move);
  form?.addEventListener('input', filter);
  form?.addEventListener('submit', (event) => event.preventDefault());
  document.getElementById('reset')?.addEventListener('click', reset);
  for (const button of document.querySelectorAll('.show')) {
    button.addEventListener('click', () => {
      if (search === null || !(button instanceof HTMLElement)) return;
      form?.reset();
      search.value = button.dataset.search ?? '';
      filter();
      byId('samples').scrollIntoView();
      search.focus({ preventScroll: true });
    });
  }
  addEventListener('keydown', (event) => {
    const typing = event.target instanceof HTMLInputElement && event.target.type === 'search';
    if (event.key === 'Escape' && open !== null) close();
    else if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key === '/' && search !== null) {
      event.preventDefault();
      search.focus();
    } else if (event.key === 'n') step(1);
    else if (event.key === 'p') step(-1);
  });

  const first = matrix?.querySelector('button');
  if (first instanceof HTMLButtonElement) makeCurrent(first);
  const linked = cells()[Number(/^#replay-(\d+)$/.exec(location.hash)?.[1])];
  if (linked !== undefined) show(linked);
})();
