/**
 * xterm.js under our Content-Security-Policy (`style-src 'self'`).
 *
 * xterm 6 writes its geometry and theme into <style> elements, and exact colours into style attributes; both are
 * inline styles, which the policy forbids. What a script sets through the CSSOM is not, so the elements made here do
 * the same through constructed style sheets and `element.style`.
 */

/** For xterm's option `documentOverride`, which must be an instance of Document: hence a proxy. */
export function cspDocument(real: Document): Document {
  return new Proxy(real, {
    get(target, property) {
      if (property === "createElement") return (name: string) => createElement(target, name);
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/**
 * Runs `open` while the page's own document makes elements like ours.
 *
 * xterm 6.0 takes the window's document for the style of its scroll bar, whatever the option says (`??` before `?:` in
 * CoreBrowserTerminal.open). So the method is shadowed for that one synchronous call.
 */
export function withCspElements(real: Document, open: () => void): void {
  Object.defineProperty(real, "createElement", {
    configurable: true,
    value: (name: string) => createElement(real, name),
  });
  try {
    open();
  } finally {
    Reflect.deleteProperty(real, "createElement");
  }
}

function createElement(real: Document, name: string): HTMLElement {
  if (name.toLowerCase() === "style") return styleSheetElement(real);
  const element = make(real, name);
  element.setAttribute = setAttribute;
  return element;
}

/** An inert element whose text is a style sheet that the document adopts; removing it takes the sheet away. */
function styleSheetElement(real: Document): HTMLElement {
  const element = make(real, "template");
  const sheet = new CSSStyleSheet();
  real.adoptedStyleSheets.push(sheet);
  Object.defineProperty(element, "textContent", { set: (css: string) => sheet.replaceSync(css) });
  element.remove = () => {
    real.adoptedStyleSheets = real.adoptedStyleSheets.filter((adopted) => adopted !== sheet);
    Element.prototype.remove.call(element);
  };
  return element;
}

/** The browser's own way to make an element, also while it is shadowed. */
function make(real: Document, name: string): HTMLElement {
  return Document.prototype.createElement.call(real, name);
}

function setAttribute(this: HTMLElement, name: string, value: string): void {
  if (name.toLowerCase() === "style") this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
}
