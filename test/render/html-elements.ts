/** Reads the HTML that the renderers write: enough of it to see what a browser would. */
export interface Element {
  name: string;
  attributes: Record<string, string>;
  /** The text up to the next tag. */
  text: string;
}

const tag = /<([a-z][a-z0-9]*)((?:\s+[^\s"'>/=]+(?:="[^"]*")?)*)\s*\/?>([^<]*)/gi;

/** Every element that a browser would make; what stands inside style and script is text. */
export function elementsOf(html: string): Element[] {
  return [...html.matchAll(/<(style|script)>(.*?)<\/\1>/gis)]
    .map(([, name = '', text = '']) => ({ name, attributes: {}, text }))
    .concat(
      [...withoutSources(html).matchAll(tag)].map(([, name = '', given = '', text = '']) => ({
        name: name.toLowerCase(),
        attributes: attributesOf(given),
        text: unescaped(text),
      })),
    );
}

/** What a reader sees, without its layout. */
export function textOf(html: string): string {
  return unescaped(withoutSources(html).replaceAll(/<[^>]*>/g, ' ')).replaceAll(/\s+/g, ' ');
}

function withoutSources(html: string): string {
  return html.replaceAll(/<(style|script)>.*?<\/\1>/gis, '');
}

function attributesOf(given: string): Record<string, string> {
  const pairs = [...given.matchAll(/([^\s"'>/=]+)(?:="([^"]*)")?/g)];
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, unescaped(value)]));
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
