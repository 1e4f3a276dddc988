/** HTML that is known to be safe: what is not markup already is escaped on its way in. */

/** HTML or SVG. Made by `markup` alone, so that its type says that it is escaped. */
export class Markup {
    private constructor(readonly text: string) {}

    /** For what is markup by itself: a style sheet, a program. Never for what a cluster or a user wrote. */
    static trusted(text: string): Markup {
        return new Markup(text);
    }
}

export type Embeddable = Markup | string | number | readonly Markup[];

/**
 * The tag of template strings that hold HTML: markup`<td>${pod.name}</td>`. Strings in it are escaped, for text and for
 * attributes in double quotes alike; markup and lists of it stay as they are.
 */
export function markup(strings: TemplateStringsArray, ...values: readonly Embeddable[]): Markup {
    const text = strings.reduce((before, string, i) => {
        const value = values[i - 1];
        return before + (value === undefined ? "" : textOf(value)) + string;
    });
    return Markup.trusted(text);
}

function textOf(value: Embeddable): string {
    if (value instanceof Markup) return value.text;
    if (typeof value === "string") return escape(value);
    if (typeof value === "number") return String(value);
    return value.map((each) => each.text).join("");
}

/** No markup at all. */
export const nothing: Markup = Markup.trusted("");

const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
};

/** Control characters have no place in HTML; what a server sent shows that there was one. */
function escape(text: string): string {
    return text
        .replace(/[&<>"']/g, (character) => entities[character] ?? character)
        .replace(/[^\P{Cc}\t\n]/gu, "\u{fffd}");
}

/** A value for the page's own program, in an element that no browser runs. */
export function embeddedJson(value: unknown): Markup {
    // "</script>" in a string would end the element.
    const json = JSON.stringify(value).replaceAll("<", "\\u003c");
    return markup`<script type="application/json">${Markup.trusted(json)}</script>`;
}
