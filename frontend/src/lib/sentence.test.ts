import { expect, test } from "vitest";
import { fieldSentence, sentence } from "@/lib/sentence";

test("what is wrong with a field is a sentence that begins with its name", () => {
  expect(fieldSentence("User name", "may not contain '/'")).toBe("User name may not contain '/'");
  expect(fieldSentence("Email", "Enter a valid email address.")).toBe("Enter a valid email address.");
  expect(fieldSentence("Name", "the name bob is taken")).toBe("The name bob is taken");
});

test("a sentence that may begin with a name keeps its case", () => {
  expect(sentence("bob may not do this")).toBe("bob may not do this");
  expect(sentence("there is a role Seen already")).toBe("There is a role Seen already");
});
