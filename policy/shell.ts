/** Shell scripts, as far as they are a row of simple commands: enough to prove what a hook does first, and no more. */

/** A word of a command. */
interface Word {
    /** undefined where only the shell knows it ($VARIABLE, *, ~). */
    readonly text: string | undefined;
    /** The scripts in it: $(...) and `...`. */
    readonly substitutions: readonly string[];
}

export interface Command {
    readonly words: readonly Word[];
    /** As it stands in the script, for messages. */
    readonly source: string;
    /** What stands after it. A new line and the script's end are ";". */
    readonly separator: ";" | "&&" | "||" | "|" | "&";
}

export interface Script {
    readonly commands: readonly Command[];
    /** What follows them and is not understood: if, while, (...), { ... }, functions, here-documents. */
    readonly rest: string | undefined;
}

const blank = /(?:[ \t]|\\\n)+|#[^\n]*/y;
const separator = /\n|;(?!;)|&&|\|\||[|&]/y;
// Before a word: 2>&1 and >file; of <<EOF nothing is understood.
const redirection = /(?:&>>?|\d*(?:>>|>&|<&|>\||<>|>|<(?!<)))[ \t]*/y;
const wordPart = /'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|(\$\([^()]*\)|`[^`]*`)|([^\s;&|<>()'"\\`$]+|\$)/y;

const compound = new Set(["if", "while", "until", "for", "case", "select", "function", "{", "}", "!", "[[", "time"]);

/** The commands of a script, up to the first that is not understood. */
export function parseScript(script: string): Script {
    const commands: Command[] = [];
    let at = 0;
    let start = 0;
    let words: Word[] = [];
    const take = (pattern: RegExp): RegExpExecArray | undefined => {
        pattern.lastIndex = at;
        const match = pattern.exec(script) ?? undefined;
        at += match?.[0].length ?? 0;
        return match;
    };
    const takeWord = (): Word | undefined => {
        const parts: RegExpExecArray[] = [];
        for (let part = take(wordPart); part !== undefined; part = take(wordPart)) parts.push(part);
        return parts.length === 0 ? undefined : wordOf(parts);
    };
    const close = (end: number, by: Command["separator"]): void => {
        if (words.length > 0) commands.push({ words, source: script.slice(start, end).trim(), separator: by });
        words = [];
        start = at;
    };
    while (at < script.length) {
        // Inside a word there is no comment: the word is taken as a whole below.
        if (take(blank) !== undefined) continue;
        const end = at;
        if (take(redirection) !== undefined) {
            if (takeWord() === undefined) return { commands, rest: script.slice(start).trim() };
            continue;
        }
        const by = take(separator)?.[0];
        if (by !== undefined) {
            close(end, by === "\n" ? ";" : (by as Command["separator"]));
            continue;
        }
        const word = takeWord();
        const opens = words.length === 0 && word?.text !== undefined && compound.has(word.text);
        if (word === undefined || opens) return { commands, rest: script.slice(start).trim() };
        words.push(word);
    }
    close(at, ";");
    return { commands, rest: undefined };
}

function wordOf(parts: readonly RegExpExecArray[]): Word {
    let text: string | undefined = "";
    const substitutions: string[] = [];
    for (const [, single, double, escaped, substitution, plain] of parts) {
        const inDouble = [...(double ?? "").matchAll(/\$\(([^()]*)\)|`([^`]*)`/g)];
        substitutions.push(...inDouble.map(([, dollar, backtick]) => dollar ?? backtick ?? ""));
        if (substitution !== undefined) substitutions.push(substitution.replace(/^\$\(|^`|\)$|`$/g, ""));
        const isExpanded =
            substitution !== undefined ||
            /[$`]/.test(double ?? "") ||
            (plain !== undefined && /[$*?[~]|\{./.test(plain));
        const known: string = single ?? double?.replace(/\\(["\\])/g, "$1") ?? escaped ?? plain ?? "";
        text = isExpanded || text === undefined ? undefined : text + known;
    }
    return { text, substitutions };
}

/** A command's words where all of them are known. */
export function knownWords({ words }: Command): readonly string[] | undefined {
    const texts = words.map(({ text }) => text);
    return texts.every((text) => text !== undefined) ? texts : undefined;
}

/** A program without its directory. */
export const programOf = (word: string | undefined): string => (word ?? "").replace(/^.*\//, "");

const shells = new Set(["sh", "ash", "bash", "dash", "zsh"]);
/** They run what stands after them. */
const wrappers = new Set(["env", "busybox", "exec", "command", "nohup", "sudo"]);

/** An exec command, read as the script that it is, or that it gives to a shell. */
export function parseCommand(argv: readonly string[]): Script {
    const [program, ...rest] = argv;
    if (program === undefined) return { commands: [], rest: undefined };
    if (wrappers.has(programOf(program)) && rest.length > 0) return parseCommand(rest);
    const script = scriptOf(argv);
    if (script !== undefined) return parseScript(script);
    const words = argv.map((text) => ({ text, substitutions: [] }));
    return { commands: [{ words, source: argv.join(" "), separator: ";" }], rest: undefined };
}

/** The script that a command gives to a shell; undefined where it gives none. */
function scriptOf([program, ...args]: readonly string[]): string | undefined {
    if (!shells.has(programOf(program))) return undefined;
    const at = args.findIndex((word) => !/^-[a-z]*$|^-o$|^pipefail$/.test(word));
    return at > 0 && /^-[a-z]*c$/.test(args[at - 1] ?? "") ? args[at] : undefined;
}

/**
 * The words of every simple command that a command leads to: its own, those of a shell that it starts, and of $(...) in it.
 * A word that only the shell knows is empty.
 */
export function simpleCommands({ words }: Command): readonly (readonly string[])[] {
    const own = unwrapped(words.map(({ text }) => text ?? ""));
    const script = scriptOf(own);
    const inner = [...words.flatMap(({ substitutions }) => substitutions), ...(script === undefined ? [] : [script])];
    return [own, ...inner.flatMap(scriptCommands)];
}

/** Those of a script. What is not understood as a whole is read piece by piece. */
function scriptCommands(script: string): readonly (readonly string[])[] {
    const { commands, rest } = parseScript(script);
    return [...commands.flatMap(simpleCommands), ...(rest === undefined ? [] : looseCommands(rest))];
}

const keywords = /^(?:(?:if|then|elif|else|do|while|until|time|!)\s+)+/;

/** The simple commands in if, while, (...), { ... } and the like, as far as they can be told apart. */
export function looseCommands(text: string): readonly (readonly string[])[] {
    return text
        .split(/[\n;&|(){}]+/)
        .map((piece) => parseScript(piece.trim().replace(keywords, "")))
        .flatMap(({ commands }) => commands.flatMap(simpleCommands));
}

/** A command without what only starts it: exec, env, busybox, ... */
export function unwrapped(words: readonly string[]): readonly string[] {
    return wrappers.has(programOf(words[0])) && words.length > 1 ? unwrapped(words.slice(1)) : words;
}

const inertPrograms = new Set(["echo", "printf", ":", "true", "date", "touch", "logger"]);

/** True where the command changes nothing that a request depends on, and succeeds. */
export function isInert(command: Command): boolean {
    const [program, ...args] = command.words;
    const substitutions = command.words.flatMap((word) => word.substitutions).map(parseScript);
    if (!substitutions.every(({ commands, rest }) => rest === undefined && commands.every(isInert))) return false;
    if (program?.text === undefined) return false;
    if (program.text === "set") return args.every(({ text }) => /^([-+][eux]+o?|[-+]o|pipefail)$/.test(text ?? ""));
    if (/^(?!PATH=)\w+=/.test(program.text)) return args.length === 0;
    return inertPrograms.has(programOf(program.text));
}
