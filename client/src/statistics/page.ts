import type { Counted, Statistics } from './counts';

/** Words of the page, so that they can be translated where VS Code is known. */
export interface PageTexts {
  readonly title: string;
  readonly nothing: string;
  readonly count: string;
  readonly refused: (count: number) => string;
  readonly more: (count: number) => string;
  readonly sections: Readonly<Record<'byTime' | 'byRule' | 'byHost' | 'byPath' | 'byProgram', string>>;
}

export interface PageSource {
  readonly name: string;
  readonly statistics: Statistics;
}

const MAX_ROWS = 12;
const SECTIONS = ['byTime', 'byRule', 'byHost', 'byPath', 'byProgram'] as const;

/** The whole page; everything that varies later is in `pageBody`. */
export function pageHtml(body: string, { language, title, cspSource, nonce, charts, style }: { readonly language: string; readonly title: string; readonly cspSource: string; readonly nonce: string; readonly charts: string; readonly style: string }): string {
  return `<!DOCTYPE html>
<html lang="${escape(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}'">
<title>${escape(title)}</title>
<link rel="stylesheet" href="${escape(charts)}">
<link rel="stylesheet" href="${escape(style)}">
</head>
<body>
<main>${body}</main>
<script nonce="${nonce}">
const main = document.querySelector('main');
const size = () => document.querySelectorAll('[data-size]').forEach((cell) => cell.style.setProperty('--size', cell.dataset.size));
addEventListener('message', ({ data }) => { main.innerHTML = data.body; size(); });
size();
</script>
</body>
</html>`;
}

/** Tables, which the charts library draws as bars and which a screen reader reads as tables. */
export function pageBody(sources: readonly PageSource[], texts: PageTexts): string {
  return `<h1>${escape(texts.title)}</h1>${sources.map((source) => sourceHtml(source, texts)).join('')}`;
}

function sourceHtml({ name, statistics }: PageSource, texts: PageTexts): string {
  const heading = `<h2>${escape(name)}</h2>`;
  if (statistics.refused === 0) return `${heading}<p>${escape(texts.nothing)}</p>`;
  return `${heading}<p>${escape(texts.refused(statistics.refused))}</p><div class="charts">${SECTIONS.map((section) => tableHtml(texts.sections[section], statistics[section], texts)).join('')}</div>`;
}

function tableHtml(caption: string, rows: readonly Counted[], texts: PageTexts): string {
  if (rows.length === 0) return '';
  const most = Math.max(...rows.map(({ count }) => count));
  const shown = rows.slice(0, MAX_ROWS).map(({ name, count }) => `<tr><th scope="row" tabindex="0" title="${escape(name)}">${escape(name)}</th><td data-size="${(count / most).toFixed(4)}"><span class="data">${count}</span></td></tr>`);
  const more = rows.length > MAX_ROWS ? `<p class="more">${escape(texts.more(rows.length - MAX_ROWS))}</p>` : '';
  return `<section><table class="charts-css bar show-labels show-heading data-spacing-3"><caption>${escape(caption)}</caption><thead><tr><th scope="col">${escape(caption)}</th><th scope="col">${escape(texts.count)}</th></tr></thead><tbody>${shown.join('')}</tbody></table>${more}</section>`;
}

/** Names of files, programs and hosts are whatever somebody in the sandbox chose. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
