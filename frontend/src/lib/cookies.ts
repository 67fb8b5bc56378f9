/** The value of a cookie that scripts may read, or "" where there is none. */
export function readCookie(name: string, source: string = document.cookie): string {
  for (const part of source.split(";")) {
    const [key, ...value] = part.trim().split("=");
    if (key === name) return decodeURIComponent(value.join("="));
  }
  return "";
}
