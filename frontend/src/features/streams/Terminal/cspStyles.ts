/**
 * xterm.js under our Content-Security-Policy (`style-src 'self'`).
 *
 * xterm 6 writes its geometry and theme into <style> elements, and exact colours into style attributes of spans; both
 * are inline styles, which the policy forbids. What a script sets through the CSSOM is not, so from the first terminal
 * on the document makes these two elements so that they do the same through constructed style sheets and
 * `element.style`. (The option `documentOverride` does not do: parts of xterm take the global document all the same.)
 */
export function keepStylesWithinPolicy(page: Document): void {
  if (Object.hasOwn(page, "createElement")) return;
  const create = (name: string, options?: ElementCreationOptions): HTMLElement => {
    if (name === "style") return styleSheetElement(page);
    const element = make(page, name, options);
    if (name === "span") element.setAttribute = setAttribute;
    return element;
  };
  Object.defineProperty(page, "createElement", { configurable: true, value: create });
}

/** An inert element whose text is a style sheet that the document adopts; removing it takes the sheet away. */
function styleSheetElement(page: Document): HTMLElement {
  const element = make(page, "template");
  const sheet = new CSSStyleSheet();
  page.adoptedStyleSheets.push(sheet);
  Object.defineProperty(element, "textContent", { set: (css: string) => sheet.replaceSync(css) });
  element.remove = () => {
    page.adoptedStyleSheets = page.adoptedStyleSheets.filter((adopted) => adopted !== sheet);
    Element.prototype.remove.call(element);
  };
  return element;
}

/** The browser's own way to make an element. */
function make(page: Document, name: string, options?: ElementCreationOptions): HTMLElement {
  return Document.prototype.createElement.call(page, name, options);
}

function setAttribute(this: HTMLElement, name: string, value: string): void {
  if (name === "style") this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
}
