/** Directives of a stack's own in the pod's nginx.conf. Which those may be: allowedDirectives.ts. */
import { allowedDirectives, instead } from "./allowedDirectives";
import type { ArgumentProblem } from "./argumentProblem";

/** In nginx's own contexts, each entry one directive without its semicolon: "add_header X-Frame-Options DENY always". */
export interface Directives {
    readonly http: readonly string[];
    readonly server: readonly string[];
}

/** nginx reads its configuration in pieces of 4096 bytes, and no word may be longer. */
const mostBytes = 4000;

const word = String.raw`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?!["'#])(?:\\.|\$\{\w+\}|[^\s;{}\\])+`;
/** Most of what {@link isDirective} asks, for editors. */
export const directivePattern = new RegExp(`^[a-z_0-9]+(?: +(?:${word}))*$`);

/** What {@link isDirective} takes. */
export const directiveAllowed =
    "one directive as nginx writes it, without its semicolon: quotes closed, no braces and no ; outside of them, on one line";

/** Whether it stays one directive where it is put: nothing in it ends it, begins a block, or hides what follows. */
export function isDirective(text: string): boolean {
    // eslint-disable-next-line no-control-regex -- nginx would take some of them for the end of a word
    return directivePattern.test(text) && !/[\u0000-\u001f\u007f]/.test(text) && Buffer.byteLength(text) <= mostBytes;
}

/** Name and arguments, as nginx reads them: without quotes, and with what a backslash stands for. */
function wordsOf(text: string): readonly string[] {
    const escapes: Readonly<Record<string, string>> = { t: "\t", r: "\r", n: "\n" };
    return [...text.matchAll(new RegExp(word, "g"))].map(([found]) =>
        (/^["']/.test(found) ? found.slice(1, -1) : found).replaceAll(
            /\\(["'\\trn])/g,
            (_, escaped: string) => escapes[escaped] ?? escaped,
        ),
    );
}

function whyNot(name: string, section: string): string {
    const [, reason] = instead(section).find(([pattern]) => pattern.test(name)) ?? [];
    return (
        `found ${name}. Allowed: ${Object.keys(allowedDirectives).join(", ")}` +
        (reason === undefined ? ", which leave alone what the stack sets." : `. In its place: ${reason}.`)
    );
}

/** @param section what stands before the arguments' names, where a stack file has them: "web." */
export function problemsOfDirectives(directives: Directives, section = ""): readonly ArgumentProblem[] {
    return (["http", "server"] as const).flatMap((place) => {
        const names: string[] = [];
        return directives[place].flatMap((text, i) => {
            const problem = (message: string) => [{ path: `${section}nginx.directives.${place}[${i}]`, message }];
            if (!isDirective(text)) return problem(`found something else. Allowed: ${directiveAllowed}.`);
            const [name = "", ...args] = wordsOf(text);
            const allowed = Object.hasOwn(allowedDirectives, name) ? allowedDirectives[name] : undefined;
            if (allowed === undefined) return problem(whyNot(name, section));
            if (allowed.onlyInServer === true && place === "http") return problem(`found ${name}. Allowed: in server.`);
            const wanted = allowed.check(args);
            if (wanted !== undefined) return problem(`found ${name} with other arguments. Allowed: ${wanted}.`);
            if (allowed.isOnce && names.includes(name)) return problem(`found ${name} once more. Remove one of them.`);
            names.push(name);
            return [];
        });
    });
}

/** Those that nginx forgets in a location which has one of its own: add_header, and of the nearest place that has any. */
export function headersOf({ http, server }: Directives): readonly string[] {
    const [own, outer] = [server, http].map((list) => list.filter((text) => text.startsWith("add_header ")));
    return own === undefined || own.length === 0 ? (outer ?? []) : own;
}
