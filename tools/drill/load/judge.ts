/** Whether a request was lost. Pure. */
import type { Attack } from "./stream";

/** What a sender says of a request. */
export interface Answer {
    /** HTTP status; 0 where there was no whole answer. */
    readonly code: number;
    /** In the words of Go's HTTP client, or of Node's; empty where there was none. */
    readonly error: string;
    /** Its begin, where it is long. */
    readonly body: string;
    /** Of the whole body. */
    readonly bodyBytes: number;
    readonly latencyMilliseconds: number;
}

/** Two machines' clocks do not run at quite the same speed. */
const clockMilliseconds = 50;

/** The pod is undefined where an answer does not tell. */
export type Verdict = { readonly pod: string | undefined } | { readonly error: string };

/** @param sha1 of the request's body, in hexadecimal */
export function judge(id: string, attack: Attack, sha1: string, answer: Answer): Verdict {
    if (answer.code !== 0 && answer.code !== 200) return { error: String(answer.code) };
    if (answer.error !== "") return { error: inPlainWords(answer.error, attack.stream.deadlineSeconds) };
    const { page } = attack.stream;
    if (page !== undefined) {
        return answer.body.includes(page.expected)
            ? // Where the page is /echo, it tells.
              { pod: parseEcho(answer.body)?.pod }
            : { error: `wrong answer: without ${JSON.stringify(page.expected)}` };
    }
    const echo = parseEcho(answer.body);
    if (echo === undefined) return { error: "wrong answer: not that of /echo" };
    const problem = problemOf(echo, id, attack, sha1, answer);
    return problem === undefined ? { pod: echo.pod } : { error: `wrong answer: ${problem}` };
}

/** What app/index.php answers. */
interface Echo {
    readonly id: string;
    readonly pod: string;
    readonly bytes: number;
    readonly sha1: string;
    readonly waited_ms: number;
    readonly busy_ms: number;
}

function parseEcho(body: string): Echo | undefined {
    try {
        const value = JSON.parse(body) as Partial<Echo> | null;
        return typeof value?.id === "string" && typeof value.pod === "string" ? (value as Echo) : undefined;
    } catch {
        return undefined;
    }
}

function problemOf(echo: Echo, id: string, attack: Attack, sha1: string, answer: Answer): string | undefined {
    const latencyMs = answer.latencyMilliseconds;
    const { waitSeconds = 0, busyMilliseconds = 0, pace } = attack.stream;
    const answerKib = pace?.kind === "slow-reader" ? pace.answerKib : 0;
    const waitMs = waitSeconds * 1000;
    if (echo.id !== id) return `to ${echo.id}`;
    if (echo.bytes !== attack.bodyBytes) return `${echo.bytes} of ${attack.bodyBytes} bytes arrived`;
    if (echo.sha1 !== sha1) return "another body arrived";
    // "not at least", so that a field which is missing is wrong as well.
    if (!(echo.waited_ms >= waitMs)) return `waited ${echo.waited_ms} of ${waitMs} ms`;
    if (!(echo.busy_ms >= busyMilliseconds)) return `worked ${echo.busy_ms} of ${busyMilliseconds} ms`;
    if (answer.bodyBytes < answerKib * 1024) return `${answer.bodyBytes} of ${answerKib * 1024} bytes came back`;
    if (latencyMs < waitMs - clockMilliseconds)
        return `came after ${Math.round(latencyMs)} ms of a wait of ${waitMs} ms`;
    return undefined;
}

/** Errors of Go's HTTP client and of Node's, the first that fits. What it says before the whole answer is there begins with `Post "URL": `. */
const plainWords: readonly (readonly [RegExp, string])[] = [
    [/connection refused|ECONNREFUSED/, "connection refused"],
    [/no such host|ENOTFOUND|EAI_AGAIN/, "unknown host name"],
    [/no route to host|network is unreachable|EHOSTUNREACH|ENETUNREACH/, "no route to host"],
    // Of the machine that makes the load, which is no loss of the service's; report it as what it is.
    [
        /cannot assign requested address|too many open files|EADDRNOTAVAIL|EMFILE/,
        "not sent: the load's own machine is out of ports or files",
    ],
    // While the answer's body was read.
    [/^(?!\w+ ").*(EOF|connection reset)/, "answer cut"],
    [/unexpected EOF|aborted/, "answer cut"],
    [/connection reset|broken pipe|ECONNRESET|EPIPE/, "connection reset"],
    // The last of them: noticed while the request was written, of which a part is under way.
    [
        /EOF|server closed idle connection|use of closed network connection|socket hang up/,
        "connection closed without an answer",
    ],
    [/malformed HTTP|Parse Error/, "wrong answer: no HTTP"],
];

/** What is not foreseen is in the words of its cause, without the addresses before it, so that equal losses read alike. */
function inPlainWords(error: string, deadlineSeconds: number): string {
    if (/Client\.Timeout|deadline exceeded|i\/o timeout/.test(error)) return `no answer in ${deadlineSeconds} s`;
    return plainWords.find(([pattern]) => pattern.test(error))?.[1] ?? error.split(": ").at(-1) ?? error;
}
