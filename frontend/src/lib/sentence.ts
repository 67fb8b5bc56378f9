/** What the server says of a field goes on from its name: "may not be empty", "is wrong". */
const GOES_ON = /^(is|are|was|may|must|has|have|can|cannot|does|do|needs)\b/;
/** Beginnings that are no name of anything; names keep their case. */
const BEGINS_SMALL = /^(the|there|this|that|these|those|no|none|nobody|only|a|an|it|at|on|in|to)\b/;

/** What is wrong with a field, as a sentence: "User name may not be empty". */
export function fieldSentence(label: string, text: string): string {
  return GOES_ON.test(text) ? `${label} ${text}` : sentence(text);
}

/** With a capital at its beginning, unless that may be somebody's name. */
export function sentence(text: string): string {
  return BEGINS_SMALL.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
