/**
 * A document for xterm.js that keeps to our Content-Security-Policy (`style-src 'self'`).
 *
 * xterm 6 writes its geometry and theme into <style> elements, and exact colours into style attributes; both are
 * inline styles, which the policy forbids. What a script sets through the CSSOM is not, so the elements made here do
 * the same through constructed style sheets and `element.style`. xterm takes the document from its constructor option
 * `documentOverride`, which must be an instance of Document: hence a proxy.
 */
export function cspDocument(real: Document): Document {
  return new Proxy(real, {
    get(target, property) {
      if (property === "createElement") return (name: string) => createElement(target, name);
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

function createElement(real: Document, name: string): HTMLElement {
  if (name.toLowerCase() === "style") return styleSheetElement(real);
  const element = real.createElement(name);
  element.setAttribute = setAttribute;
  return element;
}

/** An inert element whose text is a style sheet that the document adopts; removing it takes the sheet away. */
function styleSheetElement(real: Document): HTMLElement {
  const element = real.createElement("template");
  const sheet = new CSSStyleSheet();
  real.adoptedStyleSheets.push(sheet);
  Object.defineProperty(element, "textContent", { set: (css: string) => sheet.replaceSync(css) });
  element.remove = () => {
    real.adoptedStyleSheets = real.adoptedStyleSheets.filter((adopted) => adopted !== sheet);
    Element.prototype.remove.call(element);
  };
  return element;
}

function setAttribute(this: HTMLElement, name: string, value: string): void {
  if (name.toLowerCase() === "style") this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
}
