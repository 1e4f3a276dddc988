/** What a preStop hook provably does, and when. */
import type { Field } from "./manifest";
import {
    isInert,
    knownWords,
    looseCommands,
    parseCommand,
    programOf,
    simpleCommands,
    unwrapped,
    type Script,
} from "./shell";

/** Something in a hook that is neither a sleep nor of no effect. */
export interface Action {
    /** As it stands in the hook, for messages. */
    readonly source: string;
    /** The words of each command that it runs, as far as they are known. */
    readonly commands: readonly (readonly string[])[];
    /** The sleeps before it. */
    readonly atSeconds: number;
}

export interface PreStop {
    /** What it provably sleeps before it does anything else. */
    readonly sleepSeconds: number;
    /** All its sleeps: it takes no less. */
    readonly totalSeconds: number;
    /** What else it does, in order. */
    readonly actions: readonly Action[];
}

/** A container's preStop hook; undefined where it has none. */
export function preStopOf(container: Field): PreStop | undefined {
    const hook = container.at("lifecycle", "preStop");
    const handlers = hook.entries.flatMap(([name, handler]) => (handler.exists ? [name] : []));
    // The API server takes one alone.
    if (handlers.length > 1) return unreadable(handlers.join(" and "));
    if (hook.at("sleep").exists) {
        const seconds = Number(hook.at("sleep", "seconds").numberOrText ?? 0);
        return { sleepSeconds: seconds, totalSeconds: seconds, actions: [] };
    }
    if (hook.at("exec").exists) {
        const words = hook.at("exec", "command").items.map((word) => word.text);
        return parseHook(words.filter((word) => word !== undefined));
    }
    const [handler] = handlers;
    return handler === undefined ? undefined : unreadable(handler);
}

const unreadable = (source: string): PreStop => ({
    sleepSeconds: 0,
    totalSeconds: 0,
    actions: [{ source, commands: [], atSeconds: 0 }],
});

/** What an exec hook does: ["/bin/sleep", "30"], ["sh", "-c", "sleep 15; nginx -s quit"]. */
export function parseHook(argv: readonly string[]): PreStop {
    return follow(parseCommand(argv));
}

/** True where an exec command succeeds whatever there is, such as `true`, or `curl ... || true`. */
export function alwaysSucceeds(argv: readonly string[]): boolean {
    const { commands, rest } = parseCommand(argv);
    const [asked, otherwise, ...more] = commands;
    const isExcused = asked?.separator === "||" && otherwise !== undefined && isInert(otherwise) && more.length === 0;
    return (isExcused && rest === undefined) || parseHook(argv).actions.length === 0;
}

function follow({ commands, rest }: Script): PreStop {
    const actions: Action[] = [];
    let sleepSeconds = 0;
    let totalSeconds = 0;
    const act = (source: string, commands: Action["commands"]): void => {
        actions.push({ source, commands, atSeconds: totalSeconds });
    };
    /** What stands before a command, and whether the command before that surely succeeded. */
    let before = ";";
    let hasSucceeded = true;
    for (const command of commands) {
        const { source, separator } = command;
        const isSkipped = before === "||" && hasSucceeded;
        const isCertain: boolean = before === ";" || (before === "&&" && hasSucceeded);
        const isForeground = separator !== "&" && separator !== "|" && before !== "|";
        const words = knownWords(command);
        before = separator;
        if (isSkipped) continue;
        const seconds = isForeground ? sleepOf(words) : undefined;
        hasSucceeded = isForeground && isCertain && (seconds !== undefined || isInert(command));
        if (words?.[0] === "exit" && isCertain) return { sleepSeconds, totalSeconds, actions };
        if (seconds === undefined) {
            if (!hasSucceeded) act(source, simpleCommands(command));
            continue;
        }
        // A sleep on a condition takes its time, and proves nothing.
        if (!isCertain) act(source, simpleCommands(command));
        if (actions.length === 0) sleepSeconds += seconds;
        totalSeconds += seconds;
    }
    if (rest !== undefined) act(rest, looseCommands(rest));
    return { sleepSeconds, totalSeconds, actions };
}

const unitSeconds: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86400 };

/** The seconds of a sleep, which adds up its arguments: sleep 1m 30 is 90; undefined where it is none. */
function sleepOf(words: readonly string[] | undefined): number | undefined {
    const [program, ...durations] = unwrapped(words ?? []);
    if (programOf(program) !== "sleep" || durations.length === 0) return undefined;
    let sum = 0;
    for (const duration of durations) {
        const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(duration);
        if (match === null) return undefined;
        sum += Number(match[1]) * (unitSeconds[match[2] ?? ""] ?? 1);
    }
    return sum;
}

// --- Stopping at once ------------------------------------------------------------------------------------------------

/** What the kubelet does to a container that names its own stop signal when the hook has ended. */
export function stopSignalOf(container: Field): Action | undefined {
    const signal = container.at("lifecycle", "stopSignal").text;
    if (signal === undefined) return undefined;
    const atSeconds = preStopOf(container)?.totalSeconds ?? 0;
    return { source: `lifecycle.stopSignal: ${signal}`, commands: [["kill", "-s", signal]], atSeconds };
}

/** Signals by which nginx, php-fpm and Apache end without a look at their requests. Other servers drain on TERM and INT. */
const abruptSignals = new Set(["TERM", "INT", "15", "2"]);

/** True where an action ends a server at once, and its requests with it. */
export function isAbruptStop({ commands }: Pick<Action, "commands">, endsOnTerm: boolean): boolean {
    return commands.some((words) => isAbrupt(words, endsOnTerm));
}

function isAbrupt([program = "", ...args]: readonly string[], endsOnTerm: boolean): boolean {
    if (program.startsWith("/etc/init.d/")) return endsOnTerm && args.includes("stop");
    switch (programOf(program)) {
        case "service":
            return endsOnTerm && args.includes("stop");
        case "nginx":
        case "openresty":
        case "angie":
            return args.join(" ").includes("-s stop");
        case "httpd":
        case "apache2":
        case "apachectl":
        case "apache2ctl":
            return args.includes("stop");
        case "kill":
        case "pkill":
        case "killall": {
            const signal = signalOf(args);
            return signal === "KILL" || signal === "9" || (endsOnTerm && abruptSignals.has(signal));
        }
        default:
            return false;
    }
}

/** The signal of kill's arguments (-9, -QUIT, -SIGQUIT, -s QUIT), or its default. */
function signalOf(args: readonly string[]): string {
    const flag = args.findIndex((arg) => /^-(s|n|-signal)$/.test(arg));
    const name = flag === -1 ? args.find((arg) => /^-(\d+|[A-Z]+\d*)$/.test(arg))?.slice(1) : args[flag + 1];
    return (name ?? "TERM").toUpperCase().replace(/^SIG/, "");
}
